"""Networks that fit their training data: what rate, batch size and SAM decide about the rest.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import nn

from reglab.core import stream
from reglab.data import Examples, signals
from reglab.sharpness import SAM, flat_loss, largest_eigenvalue
from reglab.train import fleet, mlp

WIDTH, N, LANCZOS = 64, 1000, 20
PLAIN = dict(momentum=0.0, schedule="constant")  # nothing but the gradient's own noise
TUNED = dict(momentum=0.9, schedule="cosine")
# Rate times epochs is the same for all: the same distance along the gradient, in larger steps.
RATES = {
    "0.8": dict(lr=0.8, epochs=150),
    "0.4": dict(lr=0.4, epochs=300),
    "0.2": dict(lr=0.2, epochs=600),
    "0.05": dict(lr=0.05, epochs=2400),
}
MEASURES = ["train_loss", "train_error", "val_error", "test_error", "sharpness", "squared_weights"]


def train(
    arms: Mapping[str, Mapping[str, Any]], seeds: Iterable[int], **settings: Any
) -> xr.Dataset:
    """Train two layers of 64 units on signals; MEASURES over (arm, seed), at the end.

    An arm may set `epochs` and anything else of `fleet`; the settings are for all arms. Networks
    that diverge count as guesses: an error of 0.9. Their other measures are NaN.
    """
    seeds = list(seeds)
    parts = [measure(_train_arm(arm, seeds, settings)) for arm in arms.values()]
    return xr.concat(parts, xr.Variable("arm", list(arms)))


def _train_arm(arm: Mapping[str, Any], seeds: list[int], settings: Mapping[str, Any]) -> xr.Dataset:
    made = PLAIN | dict(n_train=N) | settings | arm
    runs = fleet(
        mlp(WIDTH), signals, seeds=seeds, report=[made["epochs"]], keep=["networks"], **made
    )
    return runs.isel(epoch=0, drop=True).drop_attrs()


def measure(runs: xr.Dataset) -> xr.Dataset:
    """Return MEASURES of each network over (seed,).

    sharpness: the largest eigenvalue of the Hessian of the training loss; squared_weights: the
    sum over all weights and biases.
    """
    found = {name: runs[name].fillna(0.9) for name in ("train_error", "val_error", "test_error")}
    lost, networks = runs.diverged.values, runs.network.values
    noise = runs.attrs.get("label_noise", 0.0)
    sharp = [
        np.nan if gone else sharpness(net, signals(int(seed), N, label_noise=noise).train)
        for net, seed, gone in zip(networks, runs.seed.values, lost, strict=True)
    ]
    squares = [np.nan if gone else sum_of_squares(net) for net, gone in zip(networks, lost)]
    found |= {"train_loss": runs.train_loss, "sharpness": ("seed", sharp)}
    return runs.assign(found | {"squared_weights": ("seed", squares)})[MEASURES]


def sharpness(network: nn.Module, data: Examples, steps: int = LANCZOS) -> float:
    """Return the largest eigenvalue of the Hessian of the mean cross-entropy on these examples."""
    loss, w = flat_loss(network, data.x, data.y)
    return float(largest_eigenvalue(loss, w, steps, stream(0, "lanczos")))


@torch.no_grad()
def sum_of_squares(network: nn.Module) -> float:
    """Return the sum of squares of all parameters."""
    return float(sum(w.double().square().sum() for w in network.parameters()))
