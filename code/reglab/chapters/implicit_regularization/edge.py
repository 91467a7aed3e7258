"""Edge of stability: how curved the loss is along gradient descent on all examples at once.

Source      Cohen, Kaur, Li, Kolter, Talwalkar (2021), "Gradient Descent on Neural Networks
            Typically Occurs at the Edge of Stability", ICLR.
Departures  200 signals in place of 5000 images, and initial weights of 0.6 times He's size: with
            larger ones the start is beyond the edge already.
Symbols     lr learning rate; the loss is the mean over examples and classes of (z - onehot)^2;
            sharpness: the largest eigenvalue of its Hessian. Above 2 / lr, gradient descent on a
            quadratic diverges.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import stream
from reglab.data import Examples, signals
from reglab.sharpness import flat_loss, largest_eigenvalue
from reglab.train import fleet, modules
from reglab.train.losses import example_losses

N, RATES, STEPS, EVERY = 200, (0.5, 1.0, 2.0), 4000, 200
SCALE, WIDTH, LANCZOS = 0.6, 32, 12


def tanh_network(width: int = WIDTH) -> nn.Sequential:
    """Return 40 inputs, two layers of tanh units, 10 outputs; weights 0.6 x He's, biases 0."""
    layers: list[nn.Module] = []
    for before, after in pairwise((40, width, width, 10)):
        linear = nn.Linear(before, after)
        nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        with torch.no_grad():
            linear.weight.mul_(SCALE)
            linear.bias.zero_()
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def squared_loss(z: Tensor, y: Tensor) -> Tensor:
    """Return the mean over examples and classes of (z - onehot(y))^2: the loss of the trainer."""
    return example_losses(z, y, "squared").mean()


def sharpness(network: nn.Module, data: Examples, steps: int = LANCZOS) -> float:
    """Return the largest eigenvalue of the Hessian of the squared loss on these examples."""
    loss, w = flat_loss(network, data.x, data.y, squared_loss)
    return float(largest_eigenvalue(loss, w, steps, stream(0, "lanczos")))


def train(
    seeds: Iterable[int],
    rates: Sequence[float] = RATES,
    steps: int = STEPS,
    every: int = EVERY,
) -> xr.Dataset:
    """Train on 200 signals, all of them in each step; over (lr, seed, step).

    Variables train_loss and sharpness.
    """
    runs = fleet(
        modules(tanh_network),
        signals,
        n_train=N,
        lr=list(rates),
        seeds=seeds,
        epochs=steps,
        loss="squared",
        momentum=0.0,
        batch=None,
        report=range(0, steps + 1, every),
        keep=["snapshots"],
    )
    data = [signals(int(seed), n_train=N).train for seed in runs.seed]
    sharp = [
        [[sharpness(net, part) for net in line] for line, part in zip(row, data, strict=True)]
        for row in runs.network.transpose("lr", "seed", "epoch").values
    ]
    found = runs[["train_loss"]].assign(sharpness=(("lr", "seed", "epoch"), np.array(sharp)))
    return found.rename(epoch="step").drop_attrs()
