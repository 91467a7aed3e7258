"""Stored runs: the tables that take minutes, trained once; a test trains some networks again.

`python -m reglab.chapters.augmentation.stored FOLDER` trains all of them and writes both files.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from reglab.augmentation import Mixup, Shift
from reglab.chapters.augmentation import evaluation, pictures, search, spaces
from reglab.chapters.augmentation import networks as nets
from reglab.data import stored_table

FILE, DIGITS = "stored.csv", "stored-digits.csv"
SEEDS = {
    "500 examples": range(2920, 2930),
    "1000 examples": range(2920, 2930),
    "4000 examples": range(2920, 2930),
    "kinds": range(2920, 2930),
    "wrong labels": range(2920, 2930),
    "inputs": range(2920, 2930),
    "features": range(2920, 2930),
    "searched": range(2940, 2950),
    "digits": range(2960, 2980),
    "mirrored": range(2980, 3000),
}
COLUMNS = ["test_error", "val_error", "train_error"]  # of every network
MORE = ["ece", "views_error", "backwards_error", "moved_error", "error_2_5"]  # of some
STRENGTHS = {500: nets.STRENGTHS, 1000: nets.STRENGTHS, 4000: (0, 3)}
WRONG = 0.3  # share of wrong labels
Seeds = list[int]
Names = Sequence[str] | None
AVERAGED = ["none", "shift ±3"]  # the arms whose predictions are averaged over views


def _shifts(n: int, seeds: Seeds, names: Names) -> xr.Dataset:
    strengths = STRENGTHS[n] if names is None else [int(name) for name in names]
    runs = nets.shifts(seeds, n, strengths).rename(strength="arm")
    return runs.assign_coords(arm=[str(k) for k in strengths])


def _kinds(seeds: Seeds, names: Names) -> xr.Dataset:
    runs = nets.kinds(seeds, names or tuple(nets.KINDS))
    averaged = runs.sel(arm=[name for name in AVERAGED if name in runs.arm])
    found = {"ece": nets.calibration_errors(runs)}
    if averaged.sizes["arm"]:
        views = {
            "views_error": evaluation.shifted_views(1),
            "backwards_error": evaluation.with_reversed,
        }
        found |= {k: evaluation.error_of_views(averaged, v) for k, v in views.items()}
    return xr.merge([runs, xr.Dataset(found).reindex(arm=runs.arm)])


def _wrong_labels(seeds: Seeds, names: Names) -> xr.Dataset:
    arms = {
        "none": dict(lr=0.1),
        "mixup": dict(lr=0.1, techniques=[Mixup(0.2)]),
        "shift": dict(techniques=[Shift(3)]),
    }
    arms = {name: arms[name] for name in names or arms}
    runs = nets.trained(arms, seeds, label_noise=WRONG, keep="predictions")
    return runs.assign(ece=nets.calibration_errors(runs))


def _searched(seeds: Seeds, names: Names) -> xr.Dataset:
    runs = search.compare(seeds, search.winner(search.stored()))
    return runs if names is None else runs.sel(arm=list(names))


def _digits(seeds: Seeds, names: Names) -> xr.Dataset:
    runs = pictures.trained(seeds, names or tuple(pictures.ARMS))
    return runs.assign(moved_error=pictures.moved_test_error(runs), share=pictures.answers(runs))


def _mirrored(seeds: Seeds, names: Names) -> xr.Dataset:
    runs = pictures.trained(seeds, names or ["none", "flipped"])
    by_class = pictures.class_errors(pictures.answers(runs))
    return runs.assign(error_2_5=by_class.sel(true=[2, 5]).mean("true", skipna=False))


def _spaces(space: str, seeds: Seeds, names: Names) -> xr.Dataset:
    without = {"features": "interpolation"}.get(space)
    return spaces.trained(seeds, space, names or [n for n in spaces.ARMS if n != without])


MAKERS: dict[str, Callable[[Seeds, Names], xr.Dataset]] = {
    **{f"{n} examples": partial(_shifts, n) for n in STRENGTHS},
    "kinds": _kinds,
    "wrong labels": _wrong_labels,
    "inputs": partial(_spaces, "inputs"),
    "features": partial(_spaces, "features"),
    "searched": _searched,
    "digits": _digits,
    "mirrored": _mirrored,
}


def repeat(
    task: str, seeds: Sequence[int] | None = None, names: Sequence[str] | None = None
) -> xr.Dataset:
    """Train the networks of a task again: a dataset over (arm, seed), with what is stored.

    `seeds` and `names` (of arms): those to train; None: all of the table.
    """
    return MAKERS[task](list(SEEDS[task] if seeds is None else seeds), names)


def runs(task: str) -> xr.Dataset:
    """Return what is stored of a task's networks over (arm, seed), as fractions."""
    rows = (
        stored_table(__package__, FILE, dtype={"arm": str})
        .query("task == @task")
        .drop(columns="task")
    )
    return rows.set_index(["arm", "seed"]).to_xarray().sel(arm=rows.arm.unique())


def shifts(n: int) -> xr.Dataset:
    """Return the networks with shifts, of n examples, over (strength, seed)."""
    found = runs(f"{n} examples")
    found = found.assign_coords(arm=found.arm.astype(int))
    return found.rename(arm="strength").sortby("strength")


def answers() -> xr.DataArray:
    """Return shares over (arm, seed, true, answer): of each digit, how often each is answered."""
    rows = (
        stored_table(__package__, DIGITS, dtype={"arm": str})
        .set_index(["arm", "seed", "true"])
        .rename_axis(columns="answer")
    )
    counts = rows.rename(columns=int).stack().to_xarray().sel(arm=list(pictures.ARMS))
    return counts / counts.sum("answer")


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train everything: a row per network, and the counts of answers; minutes on one core."""
    rows, counts = [], pd.DataFrame()
    for task in SEEDS:
        found = repeat(task)
        names = [name for name in (*COLUMNS, *MORE) if name in found]
        frame = found[names].to_dataframe()[names].reset_index()
        rows.append(frame.assign(task=task))
        if task == "digits":
            counts = counts_of(found.share)
    table = pd.concat(rows)
    return table.loc[:, ["task", "arm", "seed", *COLUMNS, *MORE]], counts


def counts_of(shares: xr.DataArray) -> pd.DataFrame:
    """Return `answers` as counts, a row per (arm, seed, true), a column per answer."""
    sizes = [np.bincount(pictures.images(int(s)).test.y, minlength=10) for s in shares.seed]
    size = xr.DataArray(sizes, dims=["seed", "true"])
    counts = (shares * size).round().astype(int).rename("count")
    return counts.to_series().unstack("answer").reset_index()


if __name__ == "__main__":
    for name, table in zip((FILE, DIGITS), tables(), strict=True):
        Path(sys.argv[1], name).write_text(table.to_csv(index=False, float_format="%.6g"), "utf-8")
