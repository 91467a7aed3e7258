"""Stored runs: the tables that take longest, trained once; a test trains a part of each again.

`python -m reglab.chapters.early_stopping.stored` trains all of them and prints the table.
"""

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from reglab.chapters.early_stopping import networks as nets
from reglab.chapters.early_stopping import rules, validation
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = {
    "patience": range(4420, 4450),
    "ends": range(2840, 2850),
    "judged": range(2840, 2860),
}
AGAIN = range(2840, 2850)  # of the judged networks: those that were trained a second time
PATIENCES = (1, 10)
DIMS = {  # of each table, beside seed
    "patience": "patience",
    "ends": "arm",
    "optimism": "n_val",
    "labels": "labels",
    "again": "arm",
}


def of_patience(seeds: Iterable[int] = SEEDS["patience"]) -> xr.Dataset:
    """Train STOPPED and stop it: errors of the `last` and `restored` weights, (patience, seed)."""
    return rules.stop_with(nets.train(list(seeds), **nets.STOPPED), PATIENCES)


def of_ends(seeds: Iterable[int] = SEEDS["ends"]) -> xr.Dataset:
    """Train all of TO_THE_END: test_error over (arm, seed)."""
    return nets.errors_at_end(list(seeds)).to_dataset(name="test_error")


def of_judged(
    seeds: Iterable[int] = SEEDS["judged"], again: Iterable[int] = AGAIN
) -> dict[str, xr.Dataset]:
    """Judge networks by validation examples, and train those of `again` once more, by table.

    optimism: `chosen`, `fixed` over (n_val, seed); labels: `error`, `loss` over (labels, seed);
    again: `test_error` over (arm, seed), arms "stopped" and "again".
    """
    judged = validation.judge(list(seeds))
    both = validation.train_again(judged, again)[["stopped", "again"]]
    return {
        "optimism": validation.optimism(judged),
        "labels": validation.stop_each_way(judged),
        "again": both.to_dataarray("arm").to_dataset(name="test_error"),
    }


def rows(name: str, data: xr.Dataset) -> pd.DataFrame:
    """Return one row for each arm and seed of a table, in the columns of the file."""
    measures = list(data.data_vars)
    frame = data.to_dataframe(dim_order=[DIMS[name], "seed"])[measures].reset_index()
    return frame.rename(columns={DIMS[name]: "arm"}).assign(table=name)


def table() -> pd.DataFrame:
    """Train everything and return one row per network and arm; half a minute on one core."""
    parts = {"patience": of_patience(), "ends": of_ends(), **of_judged()}
    found = pd.concat([rows(name, data) for name, data in parts.items()], ignore_index=True)
    order = ["table", "arm", "seed", *found.columns.drop(["table", "arm", "seed"])]
    return found.loc[:, order]


def runs(name: str) -> xr.Dataset:
    """Return a stored table over (its dim, seed): errors and their differences, as fractions."""
    every = stored_table(__package__, FILE, dtype={"arm": str}).query("table == @name")
    order = every.arm.unique()
    frame = every.drop(columns="table").dropna(axis="columns", how="all").set_index(["arm", "seed"])
    data = frame.to_xarray().sel(arm=order).rename(arm=DIMS[name])
    if name in ("patience", "optimism"):
        data = data.assign_coords({DIMS[name]: data[DIMS[name]].astype(int)})
    return data


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.6g"), end="")
