"""Stored runs: tables that take minutes, trained once; a test trains one network of each again.

`python -m reglab.chapters.implicit_regularization.stored NAME` trains one of TABLES and prints it.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import xarray as xr

from reglab.chapters.implicit_regularization import adversarial, edge, grokking
from reglab.chapters.implicit_regularization import networks as nets
from reglab.data import stored_table


@dataclass(frozen=True)
class Table:
    """What trains a table, called with seeds; its dims in order; the seeds that are stored."""

    train: Callable[[Iterable[int]], xr.Dataset]
    dims: Sequence[str]
    seeds: range


TABLES = {
    "rates": Table(partial(nets.train, nets.RATES), ("arm", "seed"), range(3320, 3330)),
    "epochs": Table(partial(nets.train, nets.EPOCHS), ("arm", "seed"), range(3330, 3340)),
    "steps": Table(partial(nets.train, nets.STEPS), ("arm", "seed"), range(3330, 3340)),
    "wrong": Table(partial(nets.train, nets.WRONG_LABELS), ("arm", "seed"), range(3340, 3350)),
    "clean": Table(partial(nets.train, nets.CLEAN_LABELS), ("arm", "seed"), range(3340, 3350)),
    "edge": Table(edge.train, ("lr", "seed", "step"), range(3350, 3360)),
    "grokking": Table(grokking.train, ("decay", "seed", "step"), range(3360, 3370)),
    "adversarial": Table(adversarial.train, ("arm", "seed", "size"), range(3370, 3380)),
}


def rows_of(runs: xr.Dataset, dims: Sequence[str]) -> pd.DataFrame:
    """Return one row for each place of a dataset over `dims`, in their order."""
    return runs.to_dataframe(dim_order=list(dims)).reset_index()


def runs(name: str) -> xr.Dataset:
    """Return a stored table as the function that trained it returned it."""
    table = stored_table(__package__, f"{name}.csv", dtype={"arm": str, "decay": str})
    orders = {dim: table[dim].unique() for dim in TABLES[name].dims}  # to_xarray sorts
    return table.set_index(list(TABLES[name].dims)).to_xarray().sel(orders)


if __name__ == "__main__":
    wanted = TABLES[sys.argv[1]]
    found = rows_of(wanted.train(wanted.seeds), wanted.dims)
    print(found.to_csv(index=False, float_format="%.6g"), end="")
