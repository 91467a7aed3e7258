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
SEEDS = {
    "sizes": range(4810, 4820),
    "places": range(2720, 2730),
    "dropout": range(2720, 2730),
}
SIZES = (2, 5, 10, 20, 50, 100, 1000)  # examples of a ghost group, or of a batch
SIZE_RATES = {  # the learning rate for each of SIZES
    "ghost": (0.3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "batch": (0.001, 0.01, 0.03, 0.1, 0.3, 0.3, 1.0),
    "group": (0.01, 0.01, 0.03, 0.03, 0.1, 0.1, 0.3),
    "none": (0.003, 0.01, 0.03, 0.03, 0.1, 0.1, 0.3),
}
ARMS = {  # "ghost 20": normalization, size, learning rate
    f"{norm} {size}": (norm, size, lr)
    for norm, rates in SIZE_RATES.items()
    for size, lr in zip(SIZES, rates, strict=True)
}
RATES = (0.1, 1.0)  # of the networks with dropout before batch normalization
LAYERS = (1, 2, 3)


def train_sizes(
    seeds: Iterable[int] = SEEDS["sizes"], names: Sequence[str] = tuple(ARMS)
) -> xr.Dataset:
    """Train networks for 100 epochs; test_error over (arm, seed).

    A size is that of the groups for "ghost", whose batch is all 1000 signals, and else of a batch.
    """
    seeds, errors = list(seeds), []
    for norm, size, lr in (ARMS[name] for name in names):
        sizes: dict[str, Any] = dict(size=size, batch=1000) if norm == "ghost" else {"batch": size}
        found = nets.trained(norm, seeds, lr, epochs=100, depth=3, **sizes)
        errors.append(found.test_error.isel(epoch=-1, drop=True))
    return xr.Dataset({"test_error": xr.concat(errors, pd.Index(list(names), name="arm"))})


def train_places(seeds: Iterable[int] = SEEDS["places"]) -> xr.Dataset:
    """Train residual networks of 12 blocks for 5 epochs; test_error over (place, seed)."""
    found = nets.residual_trained(list(seeds), lr=0.01, epochs=5)
    return found[["test_error"]].isel(epoch=-1, drop=True)


def train_dropout(
    seeds: Iterable[int] = SEEDS["dropout"], rates: Sequence[float] = RATES
) -> xr.Dataset:
    """Train networks with dropout before batch norm; what `recalibrated` finds, over (lr, ...)."""
    settings: dict[str, Any] = dict(depth=3, width=100, dropout=0.5, keep=["networks"])
    found: list[xr.Dataset] = []
    for lr in rates:
        networks = nets.trained("batch", list(seeds), lr, 20, **settings).network
        found.append(probes.recalibrated(networks))
    return xr.concat(found, pd.Index(list(rates), name="lr"))


MAKERS: dict[str, Callable[..., xr.Dataset]] = {
    "sizes": train_sizes,
    "places": train_places,
    "dropout": train_dropout,
}
DIMS = {"sizes": "arm", "places": "place", "dropout": "lr"}  # beside seed, and layer


def rows(name: str, data: xr.Dataset) -> pd.DataFrame:
    """Return one row for each network of a table, in the columns of the file."""
    if "layer" in data.dims:  # a column for each layer
        layers = {f"ratio_{k}": data.ratio.sel(layer=k, drop=True) for k in LAYERS}
        data = data.drop_dims("layer").assign(layers)
    measures = list(data.data_vars)
    frame = data.to_dataframe(dim_order=[DIMS[name], "seed"])[measures].reset_index()
    return frame.rename(columns={DIMS[name]: "arm"}).assign(table=name)


def table() -> pd.DataFrame:
    """Train everything and return one row per network; a quarter of an hour on one core."""
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
