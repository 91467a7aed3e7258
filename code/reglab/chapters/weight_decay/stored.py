"""Stored runs: networks trained ten times as long, once; a test trains one of them again.

`python -m reglab.chapters.weight_decay.stored` trains them and prints the table.
"""

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from reglab.chapters.weight_decay.networks import trained
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = range(4520, 4530)
LAMS = (0.0, 1e-4, 0.01)  # none, the line as it is often copied, a hundred times that
LR, EPOCHS = 1e-3, 600


def train_long(seeds: Iterable[int] = SEEDS, lams: Iterable[float] = LAMS) -> pd.DataFrame:
    """Train Adam + L2 at LR for EPOCHS epochs on 40 % wrong labels: a row for each network."""
    runs = trained("adam", list(seeds), LR, list(lams), report=[EPOCHS], epochs=EPOCHS)
    errors = runs[["train_error", "test_error"]].isel(epoch=-1, drop=True)
    return errors.to_dataframe().reset_index().rename(columns={"weight_decay": "lam"})


def long_runs() -> xr.Dataset:
    """Return the stored errors, shares from 0 to 1, over (lam, seed)."""
    return stored_table(__package__, FILE).set_index(["lam", "seed"]).to_xarray()


if __name__ == "__main__":
    print(train_long().to_csv(index=False, float_format="%.6g"), end="")
