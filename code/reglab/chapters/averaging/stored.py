"""Stored runs: tables that take minutes, trained once; a test trains a part of each again.

`python -m reglab.chapters.averaging.stored NAME` trains one of TABLES and prints it.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import xarray as xr

from reglab.chapters.averaging import members, running, soups
from reglab.data import stored_table

SEEDS = {
    "ensembles": range(4020, 4030),
    "arms": range(4030, 4040),
    "decays": range(4030, 4040),
    "soups": range(4040, 4050),
    "lines": range(4040, 4050),
    "snapshots": range(4050, 4060),
    "statistics": range(4060, 4070),
}
DIMS = {  # those of each table; the last one of WIDE stands in columns
    "ensembles": ["labels", "drawn", "average", "size", "seed"],
    "arms": ["situation", "arm", "seed"],
    "decays": ["situation", "decay", "lr", "seed", "percent"],
    "soups": ["task", "lr", "seed"],
    "lines": ["task", "lr", "seed", "share"],
    "snapshots": ["way", "seed"],
    "statistics": ["statistics", "seed"],
}
WIDE = {"decays": "percent", "lines": "share"}
NOISY = ("shifts", "wrong labels")  # situations in which gradients stay noisy


def of_ensembles(seeds: Iterable[int], **changed: Any) -> xr.Dataset:
    """What averages of ten members score, with all examples and bagged."""
    seeds = list(seeds)
    parts: list[xr.Dataset] = []
    for labels in members.LABELS:
        kinds = [members.train_members(labels, seeds, bag, **changed) for bag in (False, True)]
        drawn = pd.Index(["all", "bagged"], name="drawn")
        parts.append(xr.concat([members.measure_ensembles(z) for z in kinds], drawn))
    return xr.concat(parts, pd.Index(list(members.LABELS), name="labels"))


def of_arms(seeds: Iterable[int], **changed: Any) -> xr.Dataset:
    """Errors of all arms in all situations, at the end."""
    seeds, errors = list(seeds), ["train_error", "val_error", "test_error"]
    parts = [
        running.train_arms(situation, seeds, **changed).isel(epoch=-1, drop=True)[errors]
        for situation in running.SITUATIONS
    ]
    return xr.concat(parts, pd.Index(list(running.SITUATIONS), name="situation"))


def of_decays(seeds: Iterable[int], **changed: Any) -> xr.Dataset:
    """Test errors on the way, for all decays and rates."""
    seeds = list(seeds)
    parts = [running.train_decays(situation, seeds, **changed) for situation in NOISY]
    found = xr.concat(parts, pd.Index(NOISY, name="situation"))
    return found.to_dataset(name="test_error")


def of_soups(seeds: Iterable[int], **changed: Any) -> xr.Dataset:
    """What soups of fine-tuned copies score, and of independent networks, and all lines."""
    starts = soups.pretrain(seeds)
    groups = [soups.fine_tune(starts, task, **changed) for task in soups.TASKS]
    groups.append(soups.train_independent(seeds))
    names = pd.Index([*soups.TASKS, "independent"], name="task")
    return xr.concat([soups.measure_soups(one) for one in groups], names, join="outer")


def of_statistics(seeds: Iterable[int], **changed: Any) -> xr.Dataset:
    """Errors of averaged networks with each kind of batch statistics."""
    return running.bn_errors(seeds, **changed).to_dataset(name="test_error")


TABLES: dict[str, Callable[..., xr.Dataset]] = {
    "ensembles": of_ensembles,
    "arms": of_arms,
    "decays": of_decays,
    "soups": lambda seeds, **changed: of_soups(seeds, **changed).drop_dims("share"),
    "lines": lambda seeds, **changed: of_soups(seeds, **changed)[["line"]],
    "snapshots": running.train_snapshots,
    "statistics": of_statistics,
}


def train_table(name: str, seeds: Iterable[int] | None = None, **changed: Any) -> pd.DataFrame:
    """Train all networks of a table, or of some seeds, and return its rows.

    `changed` goes on to what trains them, such as epochs=2.
    """
    found = TABLES[name](list(SEEDS[name] if seeds is None else seeds), **changed)
    if name in WIDE:
        (variable,) = found
        return found[variable].to_series().unstack(WIDE[name]).dropna().reset_index()
    return found.to_dataframe(dim_order=DIMS[name]).dropna().reset_index()


def runs(name: str) -> xr.Dataset:
    """Return a stored table over its DIMS; NaN where it has no network."""
    table = stored_table(__package__, f"{name}.csv")
    dims = list(DIMS[name])
    if name in WIDE:
        table = table.melt(dims[:-1], var_name=dims[-1], value_name="value")
        table[dims[-1]] = table[dims[-1]].astype(float)
    return table.set_index(dims).to_xarray()


if __name__ == "__main__":
    print(train_table(sys.argv[1]).to_csv(index=False, float_format="%.6g"), end="")
