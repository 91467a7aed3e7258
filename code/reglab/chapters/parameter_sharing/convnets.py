"""Convolution against dense layers: three networks that differ in what is tied and what is local.

Symbols     a signal has 40 points; three layers of kernel 5, stride 2 and 8 channels shrink it to
            20, 10 and 5 places; a linear layer reads the classes from 8 channels x 5 places.
Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from reglab.augmentation import Shift
from reglab.core import stream
from reglab.data import Examples, Splits, signals
from reglab.sharing import MaskedLinear, convolution_matrix
from reglab.train import fleet, mlp, modules

LENGTH, CLASSES, CHANNELS, KERNEL, STRIDE, LAYERS = 40, 10, 8, 5, 2, 3
SPACING: dict[str, Any] = dict(stride=STRIDE, padding=KERNEL // 2)
STEPS, BATCH = 2000, 100
SETTINGS = {
    "100 signals": dict(n_train=100),
    "1000 signals": dict(n_train=1000),
    "4000 signals": dict(n_train=4000),
    "1000, points shuffled": dict(n_train=1000, order="shuffled"),
    "1000, lower rate": dict(n_train=1000),  # of the convolution: tuned on more pilot seeds
}
# Learning rates by setting and arm: the lowest pilot validation error.
RATES = {
    "100 signals": {"convolution": 0.0125, "local": 0.2, "dense": 0.2},
    "1000 signals": {
        "convolution": 0.2,
        "local": 0.2,
        "dense": 0.2,
        "convolution + shifts": 0.1,
        "dense + shifts": 0.1,
    },
    "4000 signals": {"convolution": 0.1, "local": 0.1, "dense": 0.1},
    "1000, points shuffled": {"convolution": 0.025, "local": 0.2, "dense": 0.2},
    "1000, lower rate": {
        "convolution": 0.1,
        "local": 0.2,
        "dense": 0.2,
        "convolution + shifts": 0.1,
        "dense + shifts": 0.1,
    },
}
SHIFTS = {"convolution + shifts": ("convolution", 2), "dense + shifts": ("dense", 3)}


class AddChannel(nn.Module):
    """Signals (B, L) as one channel, (B, 1, L)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x with a dimension more."""
        return x[:, None]


def he_start(layer: nn.Conv1d | nn.Linear) -> nn.Module:
    """Draw the weights of a layer with variance 2 / fan_in, set its bias to 0, and return it."""
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    assert layer.bias is not None, "these networks have all of their biases"
    nn.init.zeros_(layer.bias)
    return layer


def shapes() -> list[tuple[int, int]]:
    """Return (channels, length) of what each layer sees, and of what the last one gives."""
    return [(1, LENGTH)] + [(CHANNELS, LENGTH // STRIDE ** (i + 1)) for i in range(LAYERS)]


def convolutional() -> nn.Sequential:
    """Local connections, and every place shares its weights."""
    parts: list[nn.Module] = [AddChannel()]
    for channels, _ in shapes()[:-1]:
        parts += [he_start(nn.Conv1d(channels, CHANNELS, KERNEL, **SPACING)), nn.ReLU()]
    return nn.Sequential(*parts, nn.Flatten(), read_out())


def read_out() -> nn.Module:
    """Return the linear layer from all channels and places to the classes."""
    return he_start(nn.Linear(CHANNELS * shapes()[-1][1], CLASSES))


def local() -> nn.Sequential:
    """The same connections, but every place has weights and biases of its own."""
    parts: list[nn.Module] = []
    for channels, length in shapes()[:-1]:
        kernels = torch.ones(CHANNELS, channels, KERNEL)
        mask = convolution_matrix(kernels, length, **SPACING) > 0
        bound = (6 / (channels * KERNEL)) ** 0.5  # He's variance, for the connections there are
        weight = bound * (2 * torch.rand(mask.shape) - 1)
        parts += [MaskedLinear(weight, torch.zeros(len(mask)), mask), nn.ReLU()]
    return nn.Sequential(*parts, read_out())


NETWORKS = {"convolution": modules(convolutional), "local": modules(local), "dense": mlp(64)}


def ordered_signals(seed: int, n_train: int, order: str = "in order") -> Splits:
    """Draw signals; "shuffled" puts the 40 points of all of them in one random order."""
    data = signals(seed, n_train)
    if order == "in order":
        return data
    places = torch.randperm(LENGTH, generator=stream(seed, "places"))
    train, val, test = (Examples(p.x[:, places], p.y) for p in data.parts().values())
    return Splits(train, val, test, data.classes)


def arm(name: str, lr: float) -> dict[str, Any]:
    """Return the settings of one arm of `fleet`: a network's name, or one with shifts."""
    network, steps = SHIFTS.get(name, (name, 0))
    return dict(model=NETWORKS[network], lr=lr, techniques=[Shift(steps)] if steps else [])


def train_networks(
    setting: str, seeds: Iterable[int], rates: Mapping[str, float] | None = None, steps: int = STEPS
) -> xr.Dataset:
    """Train networks for 2000 steps; over (arm, seed), measured at the end.

    SGD with momentum 0.9, minibatches of 100, a cosine schedule.
    Args: setting: one of SETTINGS; rates: learning rate by arm, None for RATES.
    """
    arms = {name: arm(name, lr) for name, lr in (rates or RATES[setting]).items()}
    data = SETTINGS[setting]
    epochs = steps * BATCH // max(data["n_train"], BATCH)
    runs = fleet(
        mlp(64), ordered_signals, arms=arms, seeds=seeds, lr=0.1, epochs=epochs,
        schedule="cosine", report=[epochs], **data,
    )  # fmt: skip
    return runs.isel(epoch=0, drop=True)
