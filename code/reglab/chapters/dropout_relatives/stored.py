"""Stored runs: the tasks that take minutes, trained once; a test trains one network of each again.

`python -m reglab.chapters.dropout_relatives.stored` prints the table anew.
"""

import io
from collections.abc import Iterable
from importlib import resources

import pandas as pd
import xarray as xr

from reglab.chapters.dropout_relatives.networks import compared

FILE = "stored.csv"
SEEDS = {"maps": range(2640, 2652), "branches": range(2660, 2672)}
COLUMNS = ["test_error", "test_loss", "train_error"]


def table(tasks: Iterable[str] = tuple(SEEDS)) -> pd.DataFrame:
    """Train all arms of these tasks and return one row per network; some minutes on one core."""
    runs = [compared(task, SEEDS[task])[COLUMNS].to_dataframe() for task in tasks]
    return pd.concat(runs, keys=tasks, names=["task"]).reset_index()[
        ["task", "arm", "seed", *COLUMNS]
    ]


def text() -> str:
    """Return the stored table with its head."""
    return resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")


def runs(task: str) -> xr.Dataset:
    """Return the stored errors (fractions) and losses (nats) of a task over (arm, seed)."""
    rows = pd.read_csv(io.StringIO(text()), comment="#").query("task == @task")
    order = rows.arm.unique()
    data = rows.drop(columns="task").set_index(["arm", "seed"]).to_xarray()
    return data.sel(arm=order)


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
