"""Stored runs: tables that take minutes, trained once; a test trains one network of each again.

`python -m reglab.chapters.combining.stored NAME` trains one of TABLES and prints it.
"""

import sys
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from reglab.chapters.combining import networks as nets
from reglab.chapters.combining import search
from reglab.data import stored_table

SEEDS = {"factorial": range(3520, 3530), "grid": range(3530, 3540), "search": range(3540, 3550)}
ERRORS = ["train_error", "val_error", "test_error"]
BLOCKS = {"val": 1000 // search.BLOCK, "test": 4000 // search.TEST_BLOCK}
TABLES = {  # name: the parts that are trained one after another
    "factorial": tuple(nets.SITUATIONS),
    "grid": ("wrong labels",),
    "search": tuple(search.SPACES),
}


def train_table(name: str) -> pd.DataFrame:
    """Train all networks of a table and return one row for each; a few minutes on one core."""
    parts = {part: train_part(name, part, SEEDS[name]) for part in TABLES[name]}
    return pd.concat(parts, names=["part"]).reset_index()


def train_part(
    name: str, part: str, seeds: Iterable[int], arms: Iterable[str] | None = None
) -> pd.DataFrame:
    """Train the networks of one part, or of some of its arms: rows over (arm, seed)."""
    recipes = {
        "factorial": lambda: nets.combinations(part),
        "grid": nets.grid,
        "search": lambda: search.recipes(part),
    }[name]()
    chosen = {arm: recipes[arm] for arm in (recipes if arms is None else arms)}
    if name == "search":
        return _count_rows(search.search(chosen, seeds), list(chosen))
    runs = nets.train(chosen, seeds, part)
    return runs[ERRORS].to_dataframe().loc[:, ERRORS]


def _count_rows(found: xr.Dataset, names: list[str]) -> pd.DataFrame:
    """Mistakes in columns val0, val1, ... and test0, ..., rows over (arm, seed)."""
    columns = {
        f"{name}{i}": found[name][..., i].values.ravel()
        for name, count in BLOCKS.items()
        for i in range(count)
    }
    index = pd.MultiIndex.from_product([names, found.seed.values], names=["arm", "seed"])
    return pd.DataFrame(columns, index=index)


def rows(name: str, part: str) -> pd.DataFrame:
    """Return the stored rows of one part of a table."""
    table = stored_table(__package__, f"{name}.csv", dtype={"arm": str})
    return table.loc[table.part == part].drop(columns="part")


def factorial(situation: str, name: str = "test_error") -> xr.DataArray:
    """Return an error of the full design over (shift, decay, dropout, smoothing, seed), a share."""
    return nets.as_design(_labeled("factorial", situation)[name])


def grid(name: str = "test_error") -> xr.DataArray:
    """Return an error over (shift, decay, dropout, seed), a share."""
    return nets.as_grid(_labeled("grid", "wrong labels")[name])


def searched(space: str) -> xr.Dataset:
    """Return the mistakes of a search as `search.search` does, over (trial, seed, block)."""
    table = rows("search", space).set_index(["arm", "seed"])
    trials, seeds = table.index.unique("arm"), table.index.unique("seed")
    shape, found = (len(trials), len(seeds)), {}
    for name, dim in [("val", "block"), ("test", "test_block")]:
        columns = [f"{name}{i}" for i in range(BLOCKS[name])]
        found[name] = (("trial", "seed", dim), table[columns].to_numpy().reshape(*shape, -1))
    return xr.Dataset(found, coords={"trial": np.arange(len(trials)), "seed": seeds.values})


def _labeled(name: str, part: str) -> xr.Dataset:
    return rows(name, part).set_index(["arm", "seed"]).to_xarray()


if __name__ == "__main__":
    print(train_table(sys.argv[1]).to_csv(index=False, float_format="%.6g"), end="")
