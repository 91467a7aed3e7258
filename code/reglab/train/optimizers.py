"""SGD, Adam and AdamW: torch's for one network, and the same formulas for M stacked ones.

Room        train -- tests/train/test_optimizers.py
Source      Polyak (1964) for momentum; Kingma, Ba (2015), "Adam", ICLR, algorithm 1; Loshchilov,
            Hutter (2019), "Decoupled Weight Decay Regularization", ICLR, algorithm 2.
Departures  As torch.optim, with its defaults: SGD's first step is not damped, Adam's betas are
            0.9 and 0.999 and its eps is 1e-8.
Symbols     w a parameter, g its gradient, v velocity, M models (always axis 0).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reglab.core import check_choice, check_positive

OPTIMIZERS = ("sgd", "adam", "adamw")
BETAS, EPS = (0.9, 0.999), 1e-8


def check_optimizer(name: str, lr: float, momentum: float, weight_decay: float) -> None:
    """Raise ValueError unless the name is known and each setting is in its range."""
    check_choice("optimizer", name, OPTIMIZERS)
    check_positive("lr", lr)
    check_positive("momentum", momentum, zero=True)
    check_positive("weight_decay", weight_decay, zero=True)


def make_optimizer(
    model: nn.Module, name: str, lr: float, momentum: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Return torch's own optimizer for one network; `momentum` is used by SGD alone."""
    check_optimizer(name, lr, momentum, weight_decay)
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr, momentum, weight_decay=weight_decay)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(model.parameters(), lr, BETAS, EPS, weight_decay)


@dataclass(frozen=True)
class Rates:
    """Settings of one stacked parameter: numbers, or tensors that broadcast to (M, ...)."""

    lr: Tensor | float
    momentum: Tensor | float
    decay: Tensor | float


class StackedSGD:
    """SGD on M networks: v <- momentum v + g + decay w, then w <- w - lr v."""

    def __init__(self, params: Sequence[Tensor], rates: Sequence[Rates]):
        self.params, self.rates = params, rates
        self.velocity = [torch.zeros_like(w) for w in params]

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor], factor: float = 1.0) -> None:
        """Move every parameter by one step; `factor` scales all learning rates."""
        for w, g, v, r in zip(self.params, grads, self.velocity, self.rates, strict=True):
            v.mul_(r.momentum).add_(g + r.decay * w)
            w.sub_(factor * r.lr * v)


class StackedAdam:
    """Adam on M networks; `decoupled` makes it AdamW. A zero-padded unit stays exactly zero."""

    def __init__(self, params: Sequence[Tensor], rates: Sequence[Rates], decoupled: bool):
        self.params, self.rates, self.decoupled = params, rates, decoupled
        self.first = [torch.zeros_like(w) for w in params]
        self.second = [torch.zeros_like(w) for w in params]
        self.steps = 0

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor], factor: float = 1.0) -> None:
        """Move every parameter by one step; `factor` scales all learning rates."""
        self.steps += 1
        unbias = [1 - beta**self.steps for beta in BETAS]
        every = zip(self.params, grads, self.first, self.second, self.rates, strict=True)
        for w, g, m, s, r in every:
            lr = factor * r.lr
            if self.decoupled:
                w.mul_(1 - lr * r.decay)
            else:
                g = g + r.decay * w
            m.lerp_(g, 1 - BETAS[0])
            s.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
            w.sub_(lr / unbias[0] * m / ((s / unbias[1]).sqrt() + EPS))


def stacked_optimizer(
    name: str, params: Sequence[Tensor], rates: Sequence[Rates]
) -> StackedSGD | StackedAdam:
    """Return the stacked optimizer called `name`; `rates` holds one entry per parameter."""
    if name == "sgd":
        return StackedSGD(params, rates)
    return StackedAdam(params, rates, decoupled=name == "adamw")
