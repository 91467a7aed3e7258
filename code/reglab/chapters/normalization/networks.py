"""Networks with and without normalization: learning rates, group sizes, dropout, depth.

All are linear -> norm -> ReLU, on 1000 MNIST-1D signals, trained by SGD with momentum 0.9 (except
`residual`). The layers are torch's own, which the library's equal to 12 digits and which are
faster; noisy and ghost normalization, which torch has not, are the library's. Seeds: SEEDS.md.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import xarray as xr
from torch import Tensor, nn

from reglab.core import check_choice, normal_like, uniform_like
from reglab.data import signals
from reglab.normalization import GhostBatchNorm
from reglab.train import fleet, modules

INPUTS, OUTPUTS = 40, 10
CHANCE = 1 - 1 / OUTPUTS  # the error of guessing
NORMS = ("none", "batch", "layer", "group", "noisy", "ghost")
BIASED = ("none", "layer", "group")  # where a bias before the norm does something
PLACES = ("pre", "post")


class ShiftedUnits(nn.Module):
    """Shift and scale each unit by new noise at each step: "covariate shift", made on purpose.

    y = (1 + size u) x + size n with one uniform u in [-1, 1] and one normal n for each unit, drawn
    at each step, the same for all examples (after Santurkar et al. 2018, section 2.2). In
    evaluation it does nothing.
    """

    def __init__(self, size: float):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C) with its units shifted and scaled."""
        if not self.training:
            return x
        row = x[:1]
        return x * (1 + self.size * (2 * uniform_like(row) - 1)) + self.size * normal_like(row)


def make_norm(norm: str, width: int, size: int, noise: float) -> nn.Module:
    """Return the normalization of a layer; `size` is the ghost group's, `noise` the shift's."""
    made = {
        "none": nn.Identity,
        "batch": lambda: nn.BatchNorm1d(width),
        "layer": lambda: nn.LayerNorm(width),
        "group": lambda: nn.GroupNorm(8, width),
        "noisy": lambda: nn.Sequential(nn.BatchNorm1d(width), ShiftedUnits(noise)),
        "ghost": lambda: GhostBatchNorm(width, size),
    }
    return made[check_choice("norm", norm, NORMS)]()


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """Return a linear layer with weights of He's size, uniform, and biases 0."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def network(
    norm: str = "none",
    depth: int = 5,
    width: int = 64,
    dropout: float = 0.0,
    size: int = 20,
    noise: float = 0.1,
) -> nn.Sequential:
    """Return `depth` blocks of linear -> norm -> ReLU and a linear output.

    Dropout stands before the linear layers of all blocks but the first. A bias before a
    normalization over the batch would do nothing, so there is none.
    """
    layers: list[nn.Module] = []
    for block in range(depth):
        if dropout and block:
            layers.append(nn.Dropout(dropout))
        layers.append(linear(width if block else INPUTS, width, bias=norm in BIASED))
        layers += [make_norm(norm, width, size, noise), nn.ReLU()]
    return nn.Sequential(*layers, linear(width, OUTPUTS))


class Residual(nn.Module):
    """x + f(LN(x)), or LN(x + f(x)); f is linear -> ReLU -> linear."""

    def __init__(self, place: str, width: int):
        super().__init__()
        self.place = check_choice("place", place, PLACES)
        self.norm = nn.LayerNorm(width)
        self.branch = nn.Sequential(linear(width, width), nn.ReLU(), linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output (B, width)."""
        if self.place == "pre":
            return x + self.branch(self.norm(x))
        return self.norm(x + self.branch(x))


def residual(place: str = "pre", blocks: int = 12, width: int = 64) -> nn.Sequential:
    """Return a residual network with layer normalization before or after each addition.

    With "pre" a last normalization stands before the output, as in transformers.
    """
    body = [Residual(place, width) for _ in range(blocks)]
    last = [nn.LayerNorm(width)] if place == "pre" else []
    return nn.Sequential(linear(INPUTS, width), *body, *last, linear(width, OUTPUTS))


def trained(
    norm: str | Sequence[str],
    seeds: Iterable[int],
    lr: float | Sequence[float],
    epochs: int,
    *,
    schedule: str = "cosine",
    batch: int = 100,
    report: Sequence[int] | None = None,
    keep: Sequence[str] = (),
    **settings: float | Sequence[float],
) -> xr.Dataset:
    """Train `network`s on 1000 signals by SGD with momentum 0.9; lists are varied (see `fleet`).

    `settings` are those of `network`: depth, width, dropout, size, noise.
    """
    return _fleet(
        modules(network, norm=norm, **settings),
        seeds=seeds,
        lr=lr,
        epochs=epochs,
        schedule=schedule,
        batch=batch,
        report=[epochs] if report is None else report,
        keep=keep,
    )


def _fleet(model: Any, **settings: Any) -> xr.Dataset:
    """Train; a network that diverged, which is what some arms are there to show, is at chance."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*diverged.*", RuntimeWarning)
        found = fleet(model, signals, **settings)
    errors = {name: found[name].fillna(CHANCE) for name in found if name.endswith("_error")}
    return found.assign(errors)


def residual_trained(seeds: Iterable[int], lr: float, epochs: int) -> xr.Dataset:
    """Train both kinds of `residual` by Adam, constant rate; dims (place, seed, epoch)."""
    model = modules(residual, place=list(PLACES))
    return _fleet(model, seeds=seeds, lr=lr, epochs=epochs, report=[epochs], optimizer="adam")
