"""Stored runs: the tasks that take minutes, trained once; a test trains one network of each again.

`python -m reglab.chapters.dropout_relatives.stored` trains all of them and prints the table.
"""

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from reglab.chapters.dropout_relatives.networks import compared, remaining
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = {
    "units": range(2620, 2630),
    "maps": range(3600, 3620),
    "states": range(3620, 3640),
    "branches": range(2660, 2672),
    "branches, again": range(2690, 2700),
    "weights": range(2680, 2690),
}
COLUMNS = ["test_error", "test_loss", "train_error"]
USED = ["weights", "units"]  # what networks with learned noise still use


def table(tasks: Iterable[str] = tuple(SEEDS)) -> pd.DataFrame:
    """Train all arms of these tasks and return one row per network; some minutes on one core."""
    rows = pd.concat([_measured(task) for task in tasks], keys=tasks, names=["task"])
    return rows.reset_index().loc[:, ["task", "arm", "seed", *COLUMNS, *USED]]


def _measured(task: str) -> pd.DataFrame:
    """Errors of one task over (arm, seed), and what its networks use where noise is learned."""
    runs = compared(task, SEEDS[task], keep=["networks"] if task == "weights" else [])
    rows = runs[COLUMNS].to_dataframe()[COLUMNS].assign(**dict.fromkeys(USED))
    if task == "weights":
        networks = runs.network.to_series()
        for place, network in networks[networks.index.get_level_values("arm") != "none"].items():
            rows.loc[place, USED] = [remaining(network)[name] for name in USED]
    return rows


def runs(task: str) -> xr.Dataset:
    """Return the stored errors (fractions) and losses (nats) of a task over (arm, seed)."""
    rows = stored_table(__package__, FILE).query("task == @task")
    order = rows.arm.unique()
    data = rows.drop(columns="task").set_index(["arm", "seed"]).to_xarray()
    return data.sel(arm=order)


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
