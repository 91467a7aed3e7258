"""Stored runs: the tables that take minutes, trained once; a test trains some networks again.

`python -m reglab.chapters.soft_targets.stored` trains all of them and prints the table.
"""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from reglab.chapters.soft_targets import networks as nets
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = {
    "many": range(3020, 3030),
    "students": range(3020, 3030),
    "wrong labels": range(3040, 3050),
}
ARMS = {"many": nets.MANY, "students": nets.STUDENTS, "wrong labels": nets.NOISY}
COLUMNS = [
    *["error", "nll", "brier", "ece"],
    *["temperature", "scaled_nll", "scaled_ece", "chance_ece"],
]


def repeat(
    task: str, seeds: Sequence[int] | None = None, names: Sequence[str] | None = None
) -> xr.Dataset:
    """Train the networks of a task again: a dataset over (arm, seed), with what is stored.

    `seeds` and `names` (of arms): those to train; None: all of the table. Students need their
    teachers, the networks of "many", which are then trained as well.
    """
    seeds = SEEDS[task] if seeds is None else seeds
    arms = {name: ARMS[task][name] for name in names or ARMS[task]}
    if task == "wrong labels":
        return nets.train_arms(arms, seeds, label_noise=nets.WRONG)
    if task == "many":
        return nets.train_arms(arms, seeds, n_train=4000)
    return nets.train_students(repeat("many", seeds), seeds, arms)


def table(tasks: Sequence[str] = tuple(SEEDS)) -> pd.DataFrame:
    """Train all arms of these tasks and return one row per network; minutes on one core."""
    rows = [repeat(task)[COLUMNS].to_dataframe()[COLUMNS] for task in tasks]
    found = pd.concat(rows, keys=tasks, names=["task"]).reset_index()
    return found.loc[:, ["task", "arm", "seed", *COLUMNS]]


def runs(task: str) -> xr.Dataset:
    """Return what is stored of a task's networks over (arm, seed), see `networks.measured`."""
    rows = stored_table(__package__, FILE).query("task == @task")
    data = rows.drop(columns="task").set_index(["arm", "seed"]).to_xarray()
    return data.sel(arm=list(ARMS[task]))


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
