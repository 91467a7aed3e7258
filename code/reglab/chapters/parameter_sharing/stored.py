"""Stored runs: tables that take minutes, trained once; a test trains some networks again.

`python -m reglab.chapters.parameter_sharing.stored NAME` trains one of SEEDS, or "strengths", and
prints it.
"""

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reglab.chapters.parameter_sharing import adapting, convnets, layers, soft, tickets
from reglab.data import stored_table

SEEDS = {
    "convolution": range(4120, 4130),
    "lower_rate": range(4180, 4190),
    "tickets": range(4130, 4140),
    "autoencoders": range(4140, 4150),
    "lines": range(4150, 4160),
    "networks": range(4160, 4170),
    "adapting": range(4170, 4180),
}
SETTINGS = {  # by table: what varies beside the arms
    "convolution": [name for name in convnets.SETTINGS if name != "1000, lower rate"],
    "lower_rate": ["1000, lower rate"],
    "tickets": [str(share) for share in tickets.REMAINING],
    "autoencoders": [str(n) for n in layers.COUNTS],
    "lines": list(soft.VALUES),
    "networks": ["30 % wrong labels"],
    "adapting": list(adapting.SITUATIONS),
}


def train_settings(name: str, seeds: Sequence[int], settings: Sequence[str]) -> list[xr.DataArray]:
    """Train all arms in these settings of a table: errors over (arm, seed) for each of them.

    Tickets are pruned in rounds, so theirs are the first settings of the table.
    """
    if name == "tickets":
        found = tickets.prune_in_rounds(seeds, [float(share) for share in settings])
        return [found.sel(remaining=float(share), drop=True) for share in settings]
    if name == "adapting":
        networks = adapting.pretrain(seeds)
        return [adapting.adapt(networks, one).test_error for one in settings]
    one_setting = {
        "convolution": lambda one: convnets.train_networks(one, seeds).test_error,
        "lower_rate": lambda one: convnets.train_networks(one, seeds).test_error,
        "autoencoders": lambda one: layers.reconstruct(seeds, int(one)).test_error,
        "lines": lambda one: soft.fit_lines(seeds, one).excess_error,
        "networks": lambda one: soft.train_mlps(seeds).test_error,
    }[name]
    return [one_setting(one) for one in settings]


def train_table(
    name: str, seeds: Sequence[int] | None = None, settings: Sequence[str] | None = None
) -> pd.DataFrame:
    """Train a table, or some of its seeds and settings: one row per (setting, arm, seed)."""
    settings = settings or SETTINGS[name]
    found = train_settings(name, seeds or SEEDS[name], settings)
    parts = [one.transpose("arm", "seed").rename("error").to_series() for one in found]
    return pd.concat(parts, keys=settings, names=["setting"]).reset_index()


def errors(name: str) -> xr.DataArray:
    """Return the stored errors of a table over (setting, arm, seed); NaN for what is not there.

    They are test errors, as shares; of "autoencoders" mean squares; of "lines" squared distances
    from the true weights.
    """
    table = stored_table(__package__, f"{name}.csv", dtype={"setting": str})
    found = table.set_index(["setting", "arm", "seed"]).error.to_xarray()
    return found.sel(setting=SETTINGS[name], arm=table.arm.unique())


def train_strengths(strengths: Sequence[float] = soft.STRENGTHS) -> pd.DataFrame:
    """Fit one line with soft sharing at each strength: a row for each learned weight."""
    lines = soft.fit_lines([soft.SHOWN], "three values", soft.soft_arms(strengths)).isel(seed=0)
    weights = np.stack([net.weight.detach()[0].numpy() for net in lines.network.values])
    dims = {"strength": list(strengths), "weight": range(soft.INPUTS)}
    return xr.DataArray(weights, dims, name="value").to_series().reset_index()


def strengths() -> xr.DataArray:
    """Return the stored weights of that line over (strength, weight)."""
    table = stored_table(__package__, "strengths.csv")
    return table.set_index(["strength", "weight"]).value.to_xarray()


if __name__ == "__main__":
    wanted = sys.argv[1]
    found = train_strengths() if wanted == "strengths" else train_table(wanted)
    print(found.to_csv(index=False, float_format="%.6g"), end="")
