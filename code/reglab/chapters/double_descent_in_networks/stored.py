"""Stored runs: the networks of two hidden layers of ReLU units; a test trains some of them again.

`python -m reglab.chapters.double_descent_in_networks.stored NAME` trains one of TABLES and prints
it, in half a minute on one core.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from reglab.chapters.double_descent_in_networks import networks as nets
from reglab.data import signals, stored_table
from reglab.train import fleet, mlp

SEEDS = range(760, 770)
GROUPS = [*nets.VALLEY, *nets.PEAK, *nets.WIDE]
L2 = 0.01
PARTS = ("train", "test")
DIMS = ("width", "seed", "epoch")  # of a table, in this order; not all have the last


def wrong(seeds: Sequence[int] = SEEDS, widths: Sequence[int] = nets.WIDTHS) -> xr.Dataset:
    """Train with 20 % wrong labels; errors, validation too, over (width, seed, epoch)."""
    parts = ("train", "val", "test")
    return _errors(seeds, widths, parts, label_noise=0.2, report=nets.REPORT)


def clean(seeds: Sequence[int] = SEEDS, widths: Sequence[int] = nets.CLEAN_WIDTHS) -> xr.Dataset:
    """Train on clean labels; errors over (width, seed, epoch)."""
    return _errors(seeds, widths, PARTS, label_noise=0.0, report=nets.REPORT)


def decayed(seeds: Sequence[int] = SEEDS, widths: Sequence[int] = GROUPS) -> xr.Dataset:
    """Train on 20 % wrong labels with an L2 penalty; errors over (width, seed) at the end."""
    runs = _errors(seeds, widths, PARTS, label_noise=0.2, l2=L2, report=[nets.EPOCHS])
    return runs.isel(epoch=-1, drop=True)


def averaged(seeds: Sequence[int] = SEEDS, widths: Sequence[int] = (8, 18)) -> xr.Dataset:
    """Average five networks; errors `alone` and `together` over (width, seed)."""
    each: list[xr.Dataset] = [nets.ensemble_errors(seeds, width=width) for width in widths]
    return xr.concat(each, pd.Index(list(widths), name="width"))


def _errors(
    seeds: Sequence[int], widths: Sequence[int], parts: Sequence[str], **settings: Any
) -> xr.Dataset:
    model = mlp(width=list(widths))
    runs = fleet(model, signals, seeds=seeds, lr=nets.LR, epochs=nets.EPOCHS, **settings)
    return runs[[f"{part}_error" for part in parts]]


TABLES: dict[str, Callable[..., xr.Dataset]] = {
    "wrong": wrong,
    "clean": clean,
    "decayed": decayed,
    "averaged": averaged,
}


def rows(data: xr.Dataset) -> pd.DataFrame:
    """Return one row for each place of a dataset over DIMS."""
    return data.to_dataframe(dim_order=[dim for dim in DIMS if dim in data.dims]).reset_index()


def runs(name: str) -> xr.Dataset:
    """Return a stored table as its maker returned it, errors as fractions."""
    table = stored_table(__package__, f"{name}.csv")
    return table.set_index([dim for dim in DIMS if dim in table]).to_xarray()


if __name__ == "__main__":
    print(rows(TABLES[sys.argv[1]]()).to_csv(index=False, float_format="%.6g"), end="")
