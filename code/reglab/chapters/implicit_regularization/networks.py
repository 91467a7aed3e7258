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

WIDTH, N, LANCZOS = 64, 1000, 10
PLAIN = dict(momentum=0.0, schedule="constant")  # nothing but the gradient's own noise
TUNED = dict(momentum=0.9, schedule="cosine")
# Rate times epochs is the same for all: the same distance along the gradient, in larger steps.
RATES = {
    "0.8": PLAIN | dict(lr=0.8, epochs=150),
    "0.4": PLAIN | dict(lr=0.4, epochs=300),
    "0.2": PLAIN | dict(lr=0.2, epochs=600),
    "0.05": PLAIN | dict(lr=0.05, epochs=2400),
}
# Sizes of minibatches, each with its own tuned rate, at 60 epochs or at 3000 steps.
EPOCHS = {
    "10": PLAIN | dict(batch=10, lr=0.2, epochs=60),
    "100": PLAIN | dict(batch=100, lr=1.0, epochs=60),
    "320": PLAIN | dict(batch=320, lr=0.6, epochs=60),
    "1000": PLAIN | dict(batch=1000, lr=0.8, epochs=60),
}
STEPS = {
    "10": PLAIN | dict(batch=10, lr=0.15, epochs=30),
    "100": PLAIN | dict(batch=100, lr=0.8, epochs=300),
    "320": PLAIN | dict(batch=320, lr=0.8, epochs=750),
}
WRONG = TUNED | dict(label_noise=0.3, epochs=60)
CLEAN = TUNED | dict(epochs=120)
WRONG_LABELS = {
    "plain": WRONG | dict(lr=0.2),
    "SAM 0.2": WRONG | dict(lr=0.05, techniques=[SAM(0.2)]),
    "SAM 0.4": WRONG | dict(lr=0.1, techniques=[SAM(0.4)]),
    "decay 0.01": WRONG | dict(lr=0.2, weight_decay=0.01),
}
CLEAN_LABELS = {
    "plain": CLEAN | dict(lr=0.2),
    "SAM 0.05": CLEAN | dict(lr=0.2, techniques=[SAM(0.05)]),
    "SAM 0.2": CLEAN | dict(lr=0.2, techniques=[SAM(0.2)]),
    "decay 0.003": CLEAN | dict(lr=0.2, weight_decay=0.003),
}
MEASURES = ["train_loss", "train_error", "val_error", "test_error", "sharpness", "squared_weights"]


def train(arms: Mapping[str, Mapping[str, Any]], seeds: Iterable[int]) -> xr.Dataset:
    """Train two layers of 64 units on 1000 signals; MEASURES over (arm, seed), at the end.

    An arm is any settings of `fleet`, its `epochs` among them. Networks that diverge count as
    guesses: an error of 0.9. Their other measures are NaN.
    """
    seeds = list(seeds)
    parts: list[xr.Dataset] = []
    for arm in arms.values():
        last = [arm["epochs"]]
        runs = fleet(
            mlp(WIDTH), signals, n_train=N, seeds=seeds, report=last, keep=["networks"], **arm
        )
        parts.append(measure(runs.isel(epoch=0, drop=True), arm.get("label_noise", 0.0)))
    return xr.concat(parts, xr.Variable("arm", list(arms)))


def measure(runs: xr.Dataset, label_noise: float = 0.0) -> xr.Dataset:
    """Return MEASURES of each network over (seed,).

    sharpness: the largest eigenvalue of the Hessian of the training loss; squared_weights: the
    sum over all weights and biases.
    """
    rows = []
    each = (runs.network.values, runs.seed.values, runs.diverged.values)
    for network, seed, lost in zip(*each, strict=True):
        if lost:
            rows.append((np.nan, np.nan))
            continue
        data = signals(int(seed), N, label_noise=label_noise).train
        rows.append((sharpness(network, data), sum_of_squares(network)))
    found = {name: runs[name].fillna(0.9) for name in ("train_error", "val_error", "test_error")}
    sharp, squares = np.array(rows).T
    more = {"sharpness": ("seed", sharp), "squared_weights": ("seed", squares)}
    return runs.assign(found | more)[MEASURES].drop_attrs()


def sharpness(network: nn.Module, data: Examples, steps: int = LANCZOS) -> float:
    """Return the largest eigenvalue of the Hessian of the mean cross-entropy on these examples."""
    loss, w = flat_loss(network, data.x, data.y)
    return float(largest_eigenvalue(loss, w, steps, stream(0, "lanczos")))


@torch.no_grad()
def sum_of_squares(network: nn.Module) -> float:
    """Return the sum of squares of all parameters."""
    return float(sum(w.double().square().sum() for w in network.parameters()))
