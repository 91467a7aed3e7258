"""Soft sharing: where the true weights have three values, where they do not, and in a network.

Source      Nowlan, Hinton (1992), "Simplifying Neural Networks by Soft Weight-Sharing".
Symbols     y = x w + noise, x (n, I) standard normal, noise of deviation NOISE, w (I,).
Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import xarray as xr
from torch import nn

from reglab.core import stream
from reglab.data import Examples, Splits, signals
from reglab.sharing import SoftSharing
from reglab.train import fleet, mlp, modules

INPUTS, EXAMPLES, NOISE = 60, 100, 2.0
VALUES = ("three values", "normal")  # laws of the true weights, both of variance 2/3
LINES: dict[str, dict[str, Any]] = {  # arms by law
    "three values": {
        "none": [],
        "L2": dict(l2=0.05),
        "soft sharing": [SoftSharing(0.02, components=3, min_width=0.2)],
    },
    "normal": {
        "none": [],
        "L2": dict(l2=0.1),
        "soft sharing": [SoftSharing(0.04, components=3, min_width=0.4)],
    },
}
NETWORK: dict[str, dict[str, Any]] = {
    "none": dict(lr=0.1),
    "L2": dict(lr=0.2, l2=0.01),
    "soft sharing": dict(lr=0.2, techniques=[SoftSharing(0.0003, 5, steps=3, min_width=0.15)]),
}
WRONG, EPOCHS = 0.3, 60
SHOWN, STRENGTHS = 4110, (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # seed, lam of the figure


def true_weights(seed: int, values: str) -> torch.Tensor:
    """Draw weights (I,) that are -1, 0 or 1, or normal with the same variance."""
    drawing = stream(seed, f"weights {values}")
    if values == "normal":
        return (2 / 3) ** 0.5 * torch.randn(INPUTS, generator=drawing)
    return torch.tensor([-1.0, 0.0, 1.0])[torch.randint(3, (INPUTS,), generator=drawing)]


def regression(seed: int, values: str, n_train: int = EXAMPLES) -> Splits:
    """Draw examples of a linear function with such weights; 1000 to validate, 4000 to test."""
    sizes, drawing = [n_train, 1000, 4000], stream(seed, "examples")
    x = torch.randn(sum(sizes), INPUTS, generator=drawing)
    y = x @ true_weights(seed, values) + NOISE * torch.randn(len(x), generator=drawing)
    rows = torch.arange(len(x)).split(sizes)
    train, val, test = (Examples(x[part], y[part]) for part in rows)
    return Splits(train, val, test)


def zero_line() -> nn.Module:
    """Return a linear function without bias whose weights start at 0."""
    line = nn.Linear(INPUTS, 1, bias=False)
    nn.init.zeros_(line.weight)
    return line


def soft_arms(strengths: Iterable[float]) -> dict[str, list[SoftSharing]]:
    """Return one arm for each strength of soft sharing with three components; 0 is none."""
    return {f"{lam:g}": [SoftSharing(lam, 3, min_width=0.2)] if lam else [] for lam in strengths}


def fit_lines(
    seeds: Iterable[int], values: str, arms: Mapping[str, Any] | None = None, epochs: int = 600
) -> xr.Dataset:
    """Fit lines by Adam on all examples at once; over (arm, seed), with `network`.

    Adds excess_error: |w - true w|^2, the mean squared error on new examples above the noise.
    """
    runs = fleet(
        modules(zero_line), regression, values=values, arms=arms or LINES[values],
        seeds=seeds, epochs=epochs, lr=0.03, optimizer="adam", batch=None, schedule="cosine",
        report=[epochs], keep="networks",
    ).isel(epoch=0, drop=True)  # fmt: skip
    excess = [
        [
            float((net.weight.detach()[0] - true_weights(int(seed), values)).square().sum())
            for net in line
        ]
        for seed, line in zip(runs.seed, runs.network.transpose("seed", "arm").values, strict=True)
    ]
    return runs.assign(excess_error=(("seed", "arm"), excess))


def train_mlps(
    seeds: Iterable[int], arms: Mapping[str, Any] | None = None, epochs: int = EPOCHS
) -> xr.Dataset:
    """Train networks of 64 units on 1000 signals, 30 % of their labels wrong; over (arm, seed)."""
    runs = fleet(
        mlp(64), signals, label_noise=WRONG, arms=arms or NETWORK, seeds=seeds,
        lr=0.1, epochs=epochs, schedule="cosine", report=[epochs], keep="networks",
    )  # fmt: skip
    return runs.isel(epoch=0, drop=True)
