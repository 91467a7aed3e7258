"""Smooth in the inputs: networks trained on adversarial examples, or with a gradient penalty.

Source      Goodfellow, Shlens, Szegedy (2015), "Explaining and Harnessing Adversarial Examples",
            ICLR; Drucker, LeCun (1992), for the penalty on the slope of the loss.
Departures  Goodfellow et al. average the losses on clean and adversarial examples; here the
            network sees adversarial ones alone, as in Madry et al. (2018), with one step.
Symbols     size: the largest change of one input; signals have noise 0.05 and values of order 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn import functional as F

from reglab.core import stream
from reglab.core.threads import one_thread
from reglab.data import Examples, signals
from reglab.sharpness import fgsm, gradient_penalty
from reglab.train import mlp

N, WIDTH, EPOCHS, BATCH = 1000, 64, 60, 100
SIZES = (0.0, 0.05, 0.1, 0.2)
ARMS = {
    "plain": dict(lr=0.2),
    "noise": dict(lr=0.2, noise=0.1),
    "adversarial": dict(lr=0.2, size=0.1),
    "gradient penalty": dict(lr=0.1, penalty=1.0),
}


def batch_loss(
    network: nn.Module,
    x: Tensor,
    y: Tensor,
    generator: torch.Generator,
    size: float = 0.0,
    penalty: float = 0.0,
    noise: float = 0.0,
) -> Tensor:
    """Return the loss of one minibatch.

    size: of the adversarial changes that it is computed at; noise: the same size with random
    signs; penalty: strength of 1/2 |dL/dx|^2, added.
    """
    if noise:
        signs = 2.0 * (torch.rand(x.shape, generator=generator) < 0.5) - 1
        x = x + noise * signs
    if size:
        x = fgsm(network, x, y, size)
    value = F.cross_entropy(network(x), y)
    return value + penalty * gradient_penalty(network, x, y) if penalty else value


def train_network(seed: int, lr: float, epochs: int = EPOCHS, **arm: Any) -> nn.Module:
    """Train two layers of 64 units by SGD with momentum 0.9 and a cosine schedule."""
    data = signals(seed, N).train
    network = mlp(WIDTH).build(data.x.shape[1], 10, seed)
    optimizer = torch.optim.SGD(network.parameters(), lr, momentum=0.9)
    steps = epochs * -(-N // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    order, draws = stream(seed, "order"), stream(seed, "augment")
    with one_thread():
        for _ in range(epochs):
            for part in torch.randperm(N, generator=order).split(BATCH):
                optimizer.zero_grad()
                batch_loss(network, data.x[part], data.y[part], draws, **arm).backward()
                optimizer.step()
                schedule.step()
    return network


def attacked_error(network: nn.Module, data: Examples, size: float) -> float:
    """Return the error on adversarial changes of these examples, a share."""
    x = fgsm(network, data.x, data.y, size)
    with torch.no_grad():
        return float((network(x).argmax(1) != data.y).double().mean())


def train(
    seeds: Iterable[int],
    arms: Mapping[str, Mapping[str, Any]] = ARMS,
    sizes: Sequence[float] = SIZES,
    epochs: int = EPOCHS,
) -> xr.Dataset:
    """Train the arms, and attack them: val_error and test_error over (arm, seed, size)."""
    seeds, rows = list(seeds), []
    for arm in arms.values():
        for seed in seeds:
            network, data = train_network(seed, epochs=epochs, **arm), signals(seed, N)
            rows.append(
                [
                    [attacked_error(network, part, s) for s in sizes]
                    for part in (data.val, data.test)
                ]
            )
    every = np.array(rows).reshape(len(arms), len(seeds), 2, len(sizes))
    dims = ("arm", "seed", "size")
    return xr.Dataset(
        {"val_error": (dims, every[:, :, 0]), "test_error": (dims, every[:, :, 1])},
        coords={"arm": list(arms), "seed": seeds, "size": list(sizes)},
    )
