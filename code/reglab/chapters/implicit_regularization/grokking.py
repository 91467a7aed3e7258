"""Grokking: addition modulo 23, learned by heart at once and understood much later, or never.

Source      Power, Burda, Edwards, Babuschkin, Misra (2022), "Grokking", arXiv 2201.02177, for the
            task and Adam's betas; Gromov (2023), "Grokking Modular Arithmetic", arXiv 2301.02679,
            for the network.
Departures  Power et al. train a transformer, on modulus 97.
Symbols     a, b in 0 .. 22; the input is one-hot(a), one-hot(b), the class (a + b) mod 23;
            M networks, H hidden units: z = V (W x)^2, without biases.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import xarray as xr
from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_count, stream
from reglab.core.threads import one_thread
from reglab.data import Examples, Splits, split

MODULUS, SHARE, WIDTH, RATE = 23, 0.5, 96, 0.01
STEPS, EVERY = 1500, 25
BETAS = (0.9, 0.98)
ARMS = {
    "0": dict(weight_decay=0.0),
    "0.3": dict(weight_decay=0.3),
    "1": dict(weight_decay=1.0),
    "2": dict(weight_decay=2.0),
    "1, beta₂ = 0.999": dict(weight_decay=1.0, betas=(0.9, 0.999)),
}


def additions(seed: int, share: float = SHARE) -> Splits:
    """Return all 529 sums (a + b) mod 23: a share of them to learn, the others as test part."""
    a, b = torch.cartesian_prod(torch.arange(MODULUS), torch.arange(MODULUS)).T
    x = torch.cat([F.one_hot(a, MODULUS), F.one_hot(b, MODULUS)], dim=1).float()
    every = Examples(x, (a + b) % MODULUS)
    count = round(share * len(every))
    parts = split(len(every), [count, 0, len(every) - count], seed)
    train, val, test = (every.take(part) for part in parts)
    return Splits(train, val, test, MODULUS)


def initial_weights(seed: int, width: int = WIDTH) -> tuple[Tensor, Tensor]:
    """Draw W (H, 46) and V (23, H), uniform within 1 / sqrt(fan in) as nn.Linear does it."""
    generator = stream(seed, "init")
    W, V = (
        (2 * torch.rand(shape, generator=generator) - 1) / shape[1] ** 0.5
        for shape in [(width, 2 * MODULUS), (MODULUS, width)]
    )
    return W, V


def outputs(W: Tensor, V: Tensor, x: Tensor) -> Tensor:
    """Return V (W x)^2: W (..., H, I), V (..., K, H), x (..., N, I) -> (..., N, K)."""
    return (x @ W.mT).square() @ V.mT


def train(
    seeds: Iterable[int],
    arms: Mapping[str, Mapping[str, Any]] = ARMS,
    steps: int = STEPS,
    width: int = WIDTH,
) -> xr.Dataset:
    """Train by AdamW on all training examples in each step; over (decay, seed, step).

    Variables train_error and test_error (shares), looked at every 25 steps. `arms` by name:
    settings of torch.optim.AdamW.
    """
    check_count("steps", steps)
    seeds = list(seeds)
    with one_thread():
        parts = [_train_arm(seeds, settings, steps, width) for settings in arms.values()]
    return xr.concat(parts, xr.Variable("decay", list(arms)))


def _train_arm(seeds: list[int], settings: Mapping[str, Any], steps: int, width: int) -> xr.Dataset:
    data = [additions(seed) for seed in seeds]
    x = torch.stack([d.train.x for d in data])  # (M, N, 46)
    y = torch.stack([d.train.y for d in data])
    drawn = zip(*(initial_weights(s, width) for s in seeds), strict=True)
    W, V = (torch.stack(w).requires_grad_() for w in drawn)
    # Adam treats each number by itself, so that a stack of networks is M networks.
    chosen: dict[str, Any] = {"lr": RATE, "betas": BETAS, **settings}
    optimizer = torch.optim.AdamW([W, V], **chosen)
    rows = []
    for step in range(steps + 1):
        z = outputs(W, V, x)
        if step % EVERY == 0:
            rows.append(_errors(W, V, z, y, data))
        losses = F.cross_entropy(z.mT, y, reduction="none").mean(1)
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
    both = torch.stack(rows).permute(1, 2, 0).numpy()  # train and test, seed, step
    dims, names = ("seed", "step"), ("train_error", "test_error")
    return xr.Dataset(
        {name: (dims, values) for name, values in zip(names, both, strict=True)},
        coords={"seed": seeds, "step": range(0, steps + 1, EVERY)},
    )


@torch.no_grad()
def _errors(W: Tensor, V: Tensor, z: Tensor, y: Tensor, data: list[Splits]) -> Tensor:
    """Training and test errors (2, M) of all networks; z are their outputs on training data."""
    unseen = torch.stack([d.test.x for d in data])
    labels = torch.stack([d.test.y for d in data])
    test = outputs(W, V, unseen).argmax(2) != labels
    return torch.stack([(z.argmax(2) != y).double().mean(1), test.double().mean(1)])


def first_step(reached: xr.DataArray) -> xr.DataArray:
    """Return the first step at which a condition over (..., step) is true; NaN if it never is."""
    return reached.step.where(reached).min("step")
