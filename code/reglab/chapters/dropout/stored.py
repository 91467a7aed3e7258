"""Stored runs: what takes minutes, trained once; a test trains a part of each table again.

`python -m reglab.chapters.dropout.stored` trains all of it and prints the table.
"""

from collections.abc import Callable

import pandas as pd
import xarray as xr

from reglab.chapters.dropout import networks as nets
from reglab.chapters.dropout import predictions
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = {"width": range(2520, 2530), "many": range(2540, 2550), "fives": range(2550, 2600)}
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)  # of units that are removed
MANY = {"dropout": (0.1, 0.1), "no dropout": (0.0, 0.2)}  # p and learning rate
AT = {"width": "width", "removed": "q", "active": "layer", "ensembles": "size"}  # numeric dims
NAMES = {"width": "p", "uncertainties": "method", "modes": "mode"}  # dims of names, if not "arm"
COORDS = ["labels", "arm", "at", "seed"]  # columns of the file
ERRORS = ["train_error", "test_error"]


def of_width(seeds=SEEDS["width"], **less) -> xr.Dataset:
    """Errors over (labels, width, p, seed); `less` goes to `error_over_width`."""
    return nets.error_over_width(seeds, **less)[ERRORS]


def of_many(seeds=SEEDS["many"]) -> xr.Dataset:
    """Errors over (arm, seed) after 30 epochs on 4000 signals."""
    return nets.train_arms(MANY, seeds, n_train=4000, epochs=30)[ERRORS]


def removed(runs: xr.Dataset) -> xr.Dataset:
    """Test error without a share of the units."""
    return predictions.error_without_units(runs, SHARES).to_dataset(name="error")


def active(runs: xr.Dataset) -> xr.Dataset:
    """Share of activations above 0."""
    return predictions.active_shares(runs).to_dataset(name="share")


# what is measured of five networks on each data set, by table
MEASURES: dict[str, Callable[[xr.Dataset], xr.Dataset]] = {
    "removed": removed,
    "active": active,
    "ensembles": predictions.compare_with_ensembles,
    "uncertainties": predictions.compare_uncertainties,
}


def of_fives(seeds=SEEDS["fives"]) -> dict[str, xr.Dataset]:
    """All that is measured of five networks on each data set, by table."""
    fives = {kind: nets.train_fives(kind, seeds) for kind in nets.KINDS}
    clean, wrong = fives.values()
    kinds = pd.Index(list(fives), name="labels")
    found = {
        name: xr.concat([measure(runs) for runs in fives.values()], kinds)
        for name, measure in MEASURES.items()
    }
    found["learned"] = nets.learned_labels(wrong, "40 % wrong labels")
    first = clean.network.sel(arm="dropout", member=0)
    losses = predictions.losses_of_both_modes(first.values, first.seed.values)
    coords = {"seed": first.seed.values, "mode": ["training", "evaluation"]}
    found["modes"] = xr.Dataset({"loss": (("seed", "mode"), losses.numpy())}, coords=coords)
    return found


def table() -> pd.DataFrame:
    """Train everything and return one row per number; some minutes on one core."""
    parts = {"width": of_width(), "many": of_many(), **of_fives()}
    return pd.concat([rows(name, data) for name, data in parts.items()], ignore_index=True)


def rows(name: str, data: xr.Dataset) -> pd.DataFrame:
    """Return one row for each number of a dataset, in the columns of the file."""
    data = data.rename({own: place for own, place in _places(name).items() if own in data.dims})
    order = [dim for dim in COORDS if dim in data.dims]
    frame = data.to_dataframe(dim_order=order)[list(data.data_vars)].reset_index()
    long = frame.melt(id_vars=order, var_name="measure").dropna(subset="value")
    return long.assign(table=name).reindex(columns=["table", *COORDS, "measure", "value"])


def _places(name: str) -> dict[str, str]:
    """Which column of the file holds a dim of this table."""
    return {NAMES.get(name, "arm"): "arm", AT.get(name, "at"): "at"}


def runs(name: str) -> xr.Dataset:
    """Return a stored table: errors are fractions, losses in nats, over its dims."""
    every = stored_table(__package__, FILE).query("table == @name")
    dims = [dim for dim in COORDS if every[dim].notna().to_numpy().all()]
    order = {dim: every[dim].unique() for dim in dims}
    data = every.pivot(index=dims, columns="measure", values="value").to_xarray().sel(order)
    if "at" in data.dims and (data["at"] % 1 == 0).all():
        data = data.assign_coords(at=data["at"].astype(int))  # a width, a layer, a number
    data = data.rename({place: own for own, place in _places(name).items() if place in data.dims})
    return data.assign_coords(p=data.p.astype(float)) if "p" in data.dims else data


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
