"""Stored runs: the networks of the last interactive figure; a test trains some of them again.

`python -m reglab.chapters.overfitting.stored` trains all 450 and prints the table, in about 20
seconds on one core.
"""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from reglab.chapters.overfitting import networks as nets
from reglab.data import signals, stored_table
from reglab.train import fleet, mlp

FILE = "stored.csv"
SEEDS = range(400, 410)
WIDTHS, SIZES, NOISES = (4, 8, 16, 32, 64), (250, 500, 1000), (0.0, 0.2, 0.4)
REPORT = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60)  # epochs
PARTS = ["train_error", "test_error"]
PLACES = ["part", "width", "n_train", "label_noise", "seed"]  # columns of the file before epochs


def train(
    seeds: Sequence[int] = SEEDS, widths: Sequence[int] = WIDTHS, sizes: Sequence[int] = SIZES
) -> xr.Dataset:
    """Train with every width, size and share of wrong labels: PARTS over (..., seed, epoch)."""
    runs = fleet(
        mlp(width=list(widths)), signals, n_train=list(sizes), label_noise=list(NOISES),
        seeds=seeds, lr=nets.LR, epochs=REPORT[-1], report=REPORT,
    )  # fmt: skip
    return runs[PARTS]


def rows(runs: xr.Dataset) -> pd.DataFrame:
    """Return a row for each network and each of PARTS, a column for each epoch."""
    errors = runs.to_dataarray("part").transpose(*PLACES, "epoch")
    return errors.to_series().unstack("epoch").loc[PARTS].reset_index()


def runs() -> xr.Dataset:
    """Return the stored PARTS, fractions, as `train` returns them."""
    table = stored_table(__package__, FILE).set_index(PLACES)
    errors = table.rename(columns=int).rename_axis(columns="epoch").stack()
    return errors.to_xarray().to_dataset("part")[PARTS]


if __name__ == "__main__":
    print(rows(train()).to_csv(index=False, float_format="%.6g"), end="")
