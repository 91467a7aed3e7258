"""Sharing between layers: an autoencoder whose decoder is its encoder's weight, turned around.

Symbols     x (N, I) signals, h = relu(W x + b) the code, (N, H); the output is W^T h + c if tied,
            and V h + c with a matrix V of its own if not.
Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import stream
from reglab.core.randomness import KeyedRandomness
from reglab.data import signals
from reglab.sharing import Repeated, TiedLinear

CODE, STEPS = 16, 1000
COUNTS = (50, 200, 1000)  # training signals
RATES = {n: {"tied": 0.03, "untied": 0.03} for n in COUNTS}  # Adam's learning rates


def autoencoder(tied: bool, inputs: int = 40, code: int = CODE) -> nn.Sequential:
    """Return encoder, ReLU and decoder; the decoder starts as the encoder's transpose."""
    encoder = nn.Linear(inputs, code)
    if tied:
        return nn.Sequential(encoder, nn.ReLU(), TiedLinear(encoder))
    decoder = nn.Linear(code, inputs)
    with torch.no_grad():
        decoder.weight.copy_(encoder.weight.T)
        decoder.bias.zero_()
    return nn.Sequential(encoder, nn.ReLU(), decoder)


def reconstruction_error(network: nn.Module, x: Tensor) -> Tensor:
    """Return the mean square of what the network does not reproduce, a scalar."""
    return (network(x) - x).square().mean()


def train_autoencoder(x: Tensor, tied: bool, seed: int, lr: float, steps: int) -> nn.Module:
    """Train on all signals at once by Adam, with a cosine schedule."""
    with KeyedRandomness(seed, "init"):
        network = autoencoder(tied)
    adam = torch.optim.Adam(network.parameters(), lr)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        adam.zero_grad()
        reconstruction_error(network, x).backward()
        adam.step()
        cosine.step()
    return network


def reconstruct(
    seeds: Iterable[int], n: int, rates: Mapping[str, float] | None = None, steps: int = STEPS
) -> xr.Dataset:
    """Train tied and untied autoencoders on n signals; val_error, test_error over (arm, seed).

    Errors are mean squares, those of the signals themselves are about 1. `rates` by arm: None for
    RATES.
    """
    seeds, rates, rows = list(seeds), rates or RATES[n], []
    for arm, lr in rates.items():
        for seed in seeds:
            data = signals(seed, n)
            network = train_autoencoder(data.train.x, arm == "tied", seed, lr, steps)
            with torch.no_grad():
                errors = [reconstruction_error(network, p.x) for p in (data.val, data.test)]
            rows.append([float(error) for error in errors])
    parts = np.array(rows).reshape(len(rates), len(seeds), 2)
    named = {
        "val_error": (("arm", "seed"), parts[..., 0]),
        "test_error": (("arm", "seed"), parts[..., 1]),
    }
    return xr.Dataset(named, {"arm": list(rates), "seed": seeds})


def gradients_of_unrolled(times: int = 3, seed: int = 0) -> tuple[Tensor, list[Tensor]]:
    """Return the gradient of a block's weight that is used `times` times, and of each use alone.

    Each use alone is a copy of the block with a weight of its own and the same numbers.
    """
    x = torch.randn(5, 4, generator=stream(seed, "inputs"), dtype=torch.float64)
    with KeyedRandomness(seed, "init"):
        block = nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double()
    loss = Repeated(block, times)(x).square().mean()
    (total,) = torch.autograd.grad(loss, next(block.parameters()))
    copies = [nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double() for _ in range(times)]
    for copy in copies:
        copy.load_state_dict(block.state_dict())
    loss = nn.Sequential(*copies)(x).square().mean()
    return total, list(torch.autograd.grad(loss, [next(copy.parameters()) for copy in copies]))
