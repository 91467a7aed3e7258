"""Stored runs: the networks of the map, and some trained ten times as long; tests retrain some.

`python -m reglab.chapters.weight_decay.stored NAME` trains one of TABLES and prints it.
"""

import sys
from collections.abc import Iterable, Mapping

import pandas as pd
import xarray as xr

from reglab.chapters.weight_decay.networks import NAMES, grids, trained
from reglab.data import stored_table

SEEDS = range(4520, 4530)
LAMS = (0.0, 1e-4, 0.01)  # none, the line as it is often copied, a hundred times that
LR, EPOCHS = 1e-3, 600
MAP_SEEDS, SGD_SEEDS = range(10), range(3)
PARTS = ["train_error", "val_error"]


def train_long(seeds: Iterable[int] = SEEDS, lams: Iterable[float] = LAMS) -> pd.DataFrame:
    """Train Adam + L2 at LR for EPOCHS epochs on 40 % wrong labels: a row for each network."""
    runs = trained("adam", list(seeds), LR, list(lams), report=[EPOCHS], epochs=EPOCHS)
    errors = runs[["train_error", "test_error"]].isel(epoch=-1, drop=True)
    return errors.to_dataframe().reset_index().rename(columns={"weight_decay": "lam"})


def long_runs() -> xr.Dataset:
    """Return the stored errors, shares from 0 to 1, over (lam, seed)."""
    return stored_table(__package__, "long.csv").set_index(["lam", "seed"]).to_xarray()


def train_map() -> pd.DataFrame:
    """Train all optimizers, learning rates and lams of the map: the rows of the table."""
    return rows_of(grids(MAP_SEEDS, SGD_SEEDS))


def rows_of(grids: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Return a row for each network of `grids` and each of PARTS, a column for each epoch."""
    rows = [grids[name][PARTS].to_array("part").to_series() for name in NAMES.values()]
    return pd.concat(rows, keys=NAMES, names=["optimizer"]).unstack("epoch").reset_index()


def map_runs() -> dict[str, xr.Dataset]:
    """Return the stored PARTS, shares from 0 to 1, as `networks.grids` returns them."""
    table = stored_table(__package__, "map.csv")
    table = table.set_index(["optimizer", "part", "lr", "weight_decay", "seed"])
    errors = table.rename(columns=int).rename_axis(columns="epoch").stack()
    return {
        name: errors.loc[optimizer].to_xarray().to_dataset("part")
        for optimizer, name in NAMES.items()
    }


TABLES = {"long": train_long, "map": train_map}

if __name__ == "__main__":
    print(TABLES[sys.argv[1]]().to_csv(index=False, float_format="%.6g"), end="")
