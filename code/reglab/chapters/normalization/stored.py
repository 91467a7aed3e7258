"""Stored runs: the tables that take longest, trained once; a test trains a part of each again.

`python -m reglab.chapters.normalization.stored` trains all of them and prints the table.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from reglab.chapters.normalization import networks as nets
from reglab.chapters.normalization import probes
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = range(2720, 2730)
GROUPS = {  # normalization, learning rate, examples of a ghost group
    "one group of 1000": ("ghost", 1.0, 1000),
    "groups of 20": ("ghost", 1.0, 20),
    "groups of 2": ("ghost", 0.3, 2),
    "group norm": ("group", 0.3, 2),
}
RATES = (0.1, 1.0)  # of the networks with dropout before batch normalization
LAYERS = (1, 2, 3)


def train_groups(seeds: Iterable[int] = SEEDS, names: Sequence[str] = tuple(GROUPS)) -> xr.Dataset:
    """Train networks on one batch of 1000 signals for 100 steps; test_error over (arm, seed)."""
    settings: dict[str, Any] = dict(epochs=100, batch=1000, depth=3)
    seeds = list(seeds)
    errors = [
        nets.trained(norm, seeds, lr, size=size, **settings).test_error.isel(epoch=-1, drop=True)
        for norm, lr, size in (GROUPS[name] for name in names)
    ]
    return xr.Dataset({"test_error": xr.concat(errors, pd.Index(list(names), name="arm"))})


def train_places(seeds: Iterable[int] = SEEDS) -> xr.Dataset:
    """Train residual networks of 12 blocks for 5 epochs; test_error over (place, seed)."""
    found = nets.residual_trained(list(seeds), lr=0.01, epochs=5)
    return found[["test_error"]].isel(epoch=-1, drop=True)


def train_dropout(seeds: Iterable[int] = SEEDS, rates: Sequence[float] = RATES) -> xr.Dataset:
    """Train networks with dropout before batch norm; what `recalibrated` finds, over (lr, ...)."""
    settings: dict[str, Any] = dict(depth=3, width=100, dropout=0.5, keep=["networks"])
    found: list[xr.Dataset] = []
    for lr in rates:
        networks = nets.trained("batch", list(seeds), lr, 20, **settings).network
        found.append(probes.recalibrated(networks))
    return xr.concat(found, pd.Index(list(rates), name="lr"))


MAKERS: dict[str, Callable[..., xr.Dataset]] = {
    "groups": train_groups,
    "places": train_places,
    "dropout": train_dropout,
}
DIMS = {"groups": "arm", "places": "place", "dropout": "lr"}  # beside seed, and layer


def rows(name: str, data: xr.Dataset) -> pd.DataFrame:
    """Return one row for each network of a table, in the columns of the file."""
    if "layer" in data.dims:  # a column for each layer
        layers = {f"ratio_{k}": data.ratio.sel(layer=k, drop=True) for k in LAYERS}
        data = data.drop_dims("layer").assign(layers)
    measures = list(data.data_vars)
    frame = data.to_dataframe(dim_order=[DIMS[name], "seed"])[measures].reset_index()
    return frame.rename(columns={DIMS[name]: "arm"}).assign(table=name)


def table() -> pd.DataFrame:
    """Train everything and return one row per network; a minute on one core."""
    found = pd.concat([rows(name, make()) for name, make in MAKERS.items()], ignore_index=True)
    order = ["table", "arm", "seed", *found.columns.drop(["table", "arm", "seed"])]
    return found.loc[:, order]


def runs(name: str) -> xr.Dataset:
    """Return a stored table, over the dims of its maker: errors as fractions, and ratios."""
    every = stored_table(__package__, FILE, dtype={"arm": str}).query("table == @name")
    order = every.arm.unique()
    frame = every.drop(columns="table").dropna(axis="columns", how="all").set_index(["arm", "seed"])
    data = frame.to_xarray().sel(arm=order).rename(arm=DIMS[name])
    if name != "dropout":
        return data
    layers = [data[f"ratio_{k}"] for k in LAYERS]
    data = data[["before", "after"]].assign(ratio=xr.concat(layers, pd.Index(LAYERS, name="layer")))
    return data.assign_coords(lr=data.lr.astype(float))


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
