"""SGD, Adam and AdamW: torch's for one network, and the same formulas for M stacked ones.

Room        train -- tests/train/test_optimizers.py
Source      Polyak (1964) for momentum; Kingma, Ba (2015), "Adam", ICLR, algorithm 1; Loshchilov,
            Hutter (2019), "Decoupled Weight Decay Regularization", ICLR, algorithm 2.
Departures  As torch.optim, with its defaults: SGD's first step is not damped, Adam's betas are
            0.9 and 0.999 and its eps is 1e-8.
Symbols     w a parameter, g its gradient, v velocity, M models (always axis 0).
"""

from collections.abc import Sequence

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


class StackedSGD:
    """SGD on M networks: v <- momentum v + g + weight_decay w, then w <- w - lr v.

    Shapes: each parameter (M, O, I); lr, momentum and weight_decay (M, 1, 1), one per network.
    """

    def __init__(self, params: Sequence[Tensor], lr: Tensor, momentum: Tensor, decay: Tensor):
        self.params, self.lr, self.momentum, self.decay = params, lr, momentum, decay
        self.velocity = [torch.zeros_like(w) for w in params]

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor]) -> None:
        """Move every parameter by one step."""
        for w, g, v in zip(self.params, grads, self.velocity, strict=True):
            v.mul_(self.momentum).add_(g + self.decay * w)
            w.sub_(self.lr * v)


class StackedAdam:
    """Adam on M networks; `decoupled` makes it AdamW. A zero-padded unit stays exactly zero.

    Shapes: each parameter (M, O, I); lr and weight_decay (M, 1, 1), one per network.
    """

    def __init__(self, params: Sequence[Tensor], lr: Tensor, decay: Tensor, decoupled: bool):
        self.params, self.lr, self.decay, self.decoupled = params, lr, decay, decoupled
        self.first = [torch.zeros_like(w) for w in params]
        self.second = [torch.zeros_like(w) for w in params]
        self.steps = 0

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor]) -> None:
        """Move every parameter by one step."""
        self.steps += 1
        unbias = [1 - beta**self.steps for beta in BETAS]
        for w, g, m, s in zip(self.params, grads, self.first, self.second, strict=True):
            if self.decoupled:
                w.mul_(1 - self.lr * self.decay)
            else:
                g = g + self.decay * w
            m.lerp_(g, 1 - BETAS[0])
            s.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
            w.sub_(self.lr / unbias[0] * m / ((s / unbias[1]).sqrt() + EPS))


def stacked_optimizer(
    name: str, params: Sequence[Tensor], lr: Tensor, momentum: Tensor, decay: Tensor
) -> StackedSGD | StackedAdam:
    """Return the stacked optimizer called `name`; the settings are (M, 1, 1)."""
    if name == "sgd":
        return StackedSGD(params, lr, momentum, decay)
    return StackedAdam(params, lr, decay, decoupled=name == "adamw")
