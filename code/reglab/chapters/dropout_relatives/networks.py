"""Networks with one kind of noise each, and the tasks on which the chapter compares them.

Settings, pilot seeds and what became of each claim: see SEEDS.md beside this file.
"""

import math
from collections.abc import Iterable
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import check_choice
from reglab.data import digits, signals
from reglab.dropout import (
    DropBlock1d,
    DropConnectLinear,
    Dropout,
    GaussianDropout,
    RDrop,
    SpatialDropout1d,
    Standout,
    StochasticDepth,
    VariationalKL,
    VariationalLinear,
    Zoneout,
    drop_mask,
    linear_rule,
)
from reglab.train import fleet, modules

INPUTS, CLASSES = 40, 10
UNIT_NOISE = ("none", "dropout", "Gaussian", "DropConnect", "standout")
MAP_NOISE = ("none", "dropout", "channels", "blocks")
BRANCH_NOISE = ("none", "dropout", "depth")
STATE_NOISE = ("none", "state", "new masks", "tied masks", "zoneout")
STEPS = 10  # a signal is read as ten times four values
WEIGHTED = (nn.Linear, nn.Conv1d, DropConnectLinear, VariationalLinear)
SLOPE = 0.3  # alpha of standout: how much the input decides


def perceptron(noise: str = "none", p: float = 0.0, width: int = 64) -> nn.Sequential:
    """Return two hidden ReLU layers with noise after each; p = 0 is no noise.

    DropConnect drops the weights that read the hidden layers, by the normal distribution with the
    exact moments of a mask for each example. Standout drops a unit whose input is 0 with
    probability p.
    """
    check_choice("noise", noise, UNIT_NOISE)
    layers: list[nn.Module] = [nn.Linear(INPUTS, width)]
    for outputs in (width, CLASSES):
        if noise == "standout":
            layers += [Standout(SLOPE, math.log((1 - p) / p)), nn.Linear(width, outputs)]
        elif noise == "DropConnect":
            layers += [nn.ReLU(), DropConnectLinear(width, outputs, p, masks="moments")]
        else:
            kind = {"none": nn.Identity, "dropout": Dropout, "Gaussian": GaussianDropout}[noise]
            layers += [nn.ReLU(), kind(p), nn.Linear(width, outputs)]
    return he_initialized(nn.Sequential(*layers))


class Map(nn.Module):
    """View inputs (B, 40) as one channel (B, 1, 40)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x with a channel axis."""
        return x.unsqueeze(1)


class Pool(nn.Module):
    """Average over places: (B, C, L) to (B, C)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of each channel."""
        return x.mean(-1)


def convnet(noise: str = "none", p: float = 0.0, channels: int = 16) -> nn.Sequential:
    """Return three convolutions of five places with noise after each, pooled over all places."""
    kinds = {
        "none": nn.Identity,
        "dropout": Dropout,
        "channels": SpatialDropout1d,
        "blocks": lambda p: DropBlock1d(p, block=3),
    }
    check_choice("noise", noise, kinds)
    layers: list[nn.Module] = [Map()]
    for inputs, stride in ((1, 2), (channels, 2), (channels, 1)):
        layers.append(nn.Conv1d(inputs, channels, 5, stride, padding=2))
        layers += [nn.ReLU(), kinds[noise](p)]
    return he_initialized(nn.Sequential(*layers, Pool(), nn.Linear(channels, CLASSES)))


class Residual(nn.Module):
    """x + noise(linear(relu(linear(norm(x))))): one pre-norm residual block."""

    def __init__(self, width: int, inside: nn.Module, end: nn.Module):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.inside, self.end = inside, end

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, width) plus the branch."""
        h = self.inside(torch.relu(self.first(self.norm(x))))
        return x + self.end(self.second(h))


def residual(noise: str = "none", p: float = 0.0, blocks: int = 8, width: int = 64):
    """Return a deep residual network; "depth" drops branches by the linear rule up to p."""
    check_choice("noise", noise, BRANCH_NOISE)
    layers: list[nn.Module] = [nn.Linear(INPUTS, width)]
    for rate in linear_rule(p, blocks):
        inside = Dropout(p) if noise == "dropout" else nn.Identity()
        end = StochasticDepth(rate) if noise == "depth" else nn.Identity()
        layers.append(Residual(width, inside, end))
    return he_initialized(nn.Sequential(*layers, nn.LayerNorm(width), nn.Linear(width, CLASSES)))


class GatedCell(nn.Module):
    """A gated recurrent unit (GRU), written out so that a mask can stand where the state is read.

    Args: inputs, hidden_size: numbers in x and in the state.
    """

    def __init__(self, inputs: int, hidden_size: int):
        super().__init__()
        self.hidden_size = hidden_size
        self.gates = nn.Linear(inputs + hidden_size, 2 * hidden_size)
        self.candidate = nn.Linear(inputs + hidden_size, hidden_size)

    def forward(self, x: Tensor, state: Tensor, mask: Tensor | float = 1.0) -> Tensor:
        """Return the new state (B, H); gates and candidate read state * mask, memory is whole."""
        read = state * mask
        update, reset = self.gates(torch.cat([x, read], -1)).sigmoid().chunk(2, -1)
        candidate = self.candidate(torch.cat([x, reset * read], -1)).tanh()
        return update * state + (1 - update) * candidate


class Recurrent(nn.Module):
    """Read a signal (B, 40) in STEPS pieces, with noise on the state; classify by the last state.

    "state": dropout of the state itself, new masks at each step. "new masks", "tied masks": dropout
    of what gates and candidate read of the state, with masks for each step or for the sequence.
    """

    def __init__(self, noise: str, p: float, width: int):
        super().__init__()
        self.noise, self.p = check_choice("noise", noise, STATE_NOISE), p
        self.cell = GatedCell(INPUTS // STEPS, width)
        self.zoneout = Zoneout(self.cell, p)  # the same cell
        self.readout = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, 10)."""
        state = x.new_zeros(len(x), self.cell.hidden_size)
        mask = self.draw(state)
        for piece in x.unflatten(1, (STEPS, -1)).unbind(1):
            state = self.step(piece, state, mask)
            if self.noise != "tied masks":
                mask = self.draw(state)
        return self.readout(state)

    def step(self, x: Tensor, state: Tensor, mask: Tensor | float) -> Tensor:
        """Return the next state (B, H)."""
        if self.noise == "zoneout":
            return self.zoneout(x, state)
        if self.noise == "state":
            return self.cell(x, state) * mask
        return self.cell(x, state, mask)

    def draw(self, state: Tensor) -> Tensor | float:
        """Return a mask like the state (B, H), or 1 where none is used."""
        masked = self.noise in ("state", "new masks", "tied masks")
        return drop_mask(state, self.p) if masked and self.training else 1.0


def recurrent(noise: str = "none", p: float = 0.0, width: int = 32) -> Recurrent:
    """Return a recurrent network with torch's initial weights."""
    return Recurrent(noise, p, width)


def sparse(width: int = 50, learned: bool = True) -> nn.Sequential:
    """Return two hidden ReLU layers for digits; with `learned`, every weight learns its noise."""
    kind = VariationalLinear if learned else nn.Linear
    layers = kind(64, width), nn.ReLU(), kind(width, width), nn.ReLU(), kind(width, CLASSES)
    return he_initialized(nn.Sequential(*layers))


def remaining(network: nn.Module) -> dict[str, float]:
    """Return the share of weights, the hidden units and the pixels that a network still uses."""
    used = [m.remaining_weights() for m in network.modules() if isinstance(m, VariationalLinear)]
    first, *later = used
    return {
        "weights": float(torch.cat([u.flatten() for u in used]).float().mean()),
        "units": sum(int((u.any(0)).sum()) for u in later),
        "pixels": int(first.any(0).sum()),
    }


def he_initialized(network: nn.Sequential) -> nn.Sequential:
    """Draw all weights uniformly with variance 2 / fan_in, set biases to 0, and return it."""
    for module in network.modules():
        if isinstance(module, WEIGHTED):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            assert module.bias is not None, "these networks have all of their biases"
            nn.init.zeros_(module.bias)
    return network


def warm_cosine(done: float) -> float:
    """Return the factor on lr: rising for a tenth of the steps, then falling as a cosine."""
    return min(done / 0.1, 1.0) * (1 + math.cos(math.pi * done)) / 2


NOISY = dict(n_train=1000, label_noise=0.4)
# what is trained: (maker, data, settings) by task
TASKS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "units": (perceptron, signals, NOISY | dict(epochs=60, schedule="cosine")),
    "maps": (convnet, signals, NOISY | dict(epochs=50, schedule="cosine", optimizer="adam")),
    "branches": (residual, signals, NOISY | dict(epochs=30, schedule=warm_cosine)),
    "branches, again": (residual, signals, NOISY | dict(epochs=30, schedule=warm_cosine)),
    "states": (recurrent, signals, NOISY | dict(epochs=40, schedule="cosine", optimizer="adam")),
    "weights": (
        sparse, digits, dict(n_train=900, epochs=60, schedule="cosine", optimizer="adam")
    ),
}  # fmt: skip


def trained(task: str, seeds: Iterable[int], model: dict[str, Any], **more: Any) -> xr.Dataset:
    """Train networks of one task, measured at the end; `more` goes to `fleet`, such as lr=[...].

    The settings in ARMS were chosen by this call, on pilot seeds.
    """
    make, data, settings = TASKS[task]
    settings = settings | more
    return fleet(modules(make, **model), data, seeds=seeds, report=[settings["epochs"]], **settings)


# by task: arm -> its noise, strength and learning rate, as chosen on the pilot seeds
ARMS: dict[str, dict[str, dict[str, Any]]] = {
    "units": {
        "none": dict(noise="none", p=0.0, lr=0.03),
        "dropout": dict(noise="dropout", p=0.2, lr=0.1),
        "Gaussian": dict(noise="Gaussian", p=0.2, lr=0.1),
        "DropConnect": dict(noise="DropConnect", p=0.2, lr=0.2),
        "standout": dict(noise="standout", p=0.2, lr=0.1),
        "two masks": dict(noise="dropout", p=0.2, lr=0.2, techniques=[RDrop(0.0)]),
        "R-Drop": dict(noise="dropout", p=0.2, lr=0.2, techniques=[RDrop(0.3)]),
    },
    "maps": {
        "none": dict(noise="none", p=0.0, lr=0.006),
        "dropout": dict(noise="dropout", p=0.1, lr=0.012),
        "channels": dict(noise="channels", p=0.05, lr=0.012),
        "blocks": dict(noise="blocks", p=0.05, lr=0.012),
    },
    "branches": {
        "none": dict(noise="none", p=0.0, lr=0.6),
        "depth": dict(noise="depth", p=0.15, lr=0.4),
        "dropout": dict(noise="dropout", p=0.1, lr=0.4),
        "none, lr 0.1": dict(noise="none", p=0.0, lr=0.1),
        "depth, lr 0.1": dict(noise="depth", p=0.5, lr=0.1),
    },
    "branches, again": {  # at lr 0.6 two of twelve networks without noise had collapsed
        "none": dict(noise="none", p=0.0, lr=0.4),
        "depth": dict(noise="depth", p=0.15, lr=0.4),
        "dropout": dict(noise="dropout", p=0.1, lr=0.4),
    },
    "states": {
        "none": dict(noise="none", p=0.0, lr=0.01),
        "state": dict(noise="state", p=0.1, lr=0.04),
        "new masks": dict(noise="new masks", p=0.2, lr=0.04),
        "tied masks": dict(noise="tied masks", p=0.2, lr=0.04),
        "zoneout": dict(noise="zoneout", p=0.2, lr=0.04),
    },
    "weights": {
        "none": dict(learned=False, lr=0.03),
        "a tenth of KL": dict(lr=0.03, techniques=[VariationalKL(0.1 / 900)]),
        "all of KL": dict(lr=0.06, techniques=[VariationalKL(1 / 900)]),
    },
}


def compared(task: str, seeds: Iterable[int], **more: Any) -> xr.Dataset:
    """Train the arms of a task on the same seeds: variables over (arm, seed), at the end."""
    make, data, settings = TASKS[task]
    settings = settings | more
    epochs = settings["epochs"]
    every = dict(arms=ARMS[task], lr=0.1, seeds=seeds, report=[epochs])  # each arm has its own lr
    return fleet(modules(make), data, **every, **settings).sel(epoch=epochs)
