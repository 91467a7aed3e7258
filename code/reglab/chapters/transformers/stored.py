"""Stored runs: transformers take minutes, so they are trained once; a test trains some again.

`python -m reglab.chapters.transformers.stored` trains all of them and prints the table.
"""

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from reglab.chapters.transformers import networks as nets
from reglab.data import stored_table

FILE = "stored.csv"
SEEDS = range(4320, 4330)
COLUMNS = ["train", "val", "test", "error", "log_z"]


def repeat(
    epochs: int, seeds: Iterable[int] = SEEDS, names: Iterable[str] | None = None
) -> xr.Dataset:
    """Train the arms of a number of epochs again, or those named, as `networks.train` does."""
    arms = nets.arms(epochs)
    chosen = {name: arms[name] for name in (arms if names is None else names)}
    return nets.train(chosen, seeds, epochs, nets.CURVE if epochs == max(nets.EPOCHS) else None)


def table() -> pd.DataFrame:
    """Train everything and return one row for each network and measured epoch."""
    rows = []
    for epochs in nets.EPOCHS:
        for name in nets.RATES[epochs]:
            found = repeat(epochs, names=[name])
            rows.append(found.to_dataframe()[COLUMNS].reset_index().assign(epochs=epochs))
    return pd.concat(rows).loc[:, ["epochs", "arm", "seed", "epoch", *COLUMNS]]


def curves(epochs: int) -> xr.Dataset:
    """Return what is stored of a number of epochs over (arm, seed, epoch)."""
    rows = stored_table(__package__, FILE).query("epochs == @epochs").drop(columns="epochs")
    data = rows.set_index(["arm", "seed", "epoch"]).to_xarray()
    return data.sel(arm=list(nets.RATES[epochs]))


def last(epochs: int) -> xr.Dataset:
    """Return the same at the end of training, over (arm, seed)."""
    return curves(epochs).isel(epoch=-1, drop=True)


def stop_early(runs: xr.Dataset) -> xr.DataArray:
    """Return the excess on test sequences at the epoch of the lowest validation loss."""
    return runs.test.isel(epoch=runs.val.argmin("epoch"))


if __name__ == "__main__":
    print(table().to_csv(index=False, float_format="%.5g"), end="")
