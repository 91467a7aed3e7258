"""SGD, Adam and AdamW: torch's for one network, and the same formulas for M stacked ones.

Penalties   `weight_decay` concerns every parameter, biases too: torch's default. `l1` and `l2` take
            weights only, as `reglab.penalties.weights_of` chooses them: l2/2 sum w^2 adds l2 w to
            the gradient, under AdamW too; l1 sum |w| is a proximal step after the optimizer's,
            which makes exact zeros. Its step size is that of `penalties.add_prox`.
Source      Polyak (1964) for momentum; Kingma, Ba (2015), "Adam", ICLR, algorithm 1; Loshchilov,
            Hutter (2019), "Decoupled Weight Decay Regularization", ICLR, algorithm 2.
Departures  As torch.optim, with its defaults: SGD's first step is not damped, Adam's betas are
            0.9 and 0.999 and its eps is 1e-8.
Symbols     w a parameter, g its gradient, v velocity, M models (always axis 0).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from reglab.core import check_choice, check_momentum, check_nonnegative, check_positive
from reglab.penalties import add_prox, soft_threshold, weights_of

if TYPE_CHECKING:
    from reglab.train.training import Training

OPTIMIZERS = ("sgd", "adam", "adamw")
BETAS, EPS = (0.9, 0.999), 1e-8


def check_optimizer(
    name: str, lr: float, momentum: float, weight_decay: float, l1: float = 0.0, l2: float = 0.0
) -> None:
    """Raise ValueError unless the name is known and each setting is in its range."""
    check_choice("optimizer", name, OPTIMIZERS)
    check_positive("lr", lr)
    check_momentum(momentum)
    check_nonnegative("weight_decay", weight_decay)
    check_nonnegative("l2", l2)
    check_nonnegative("l1", l1)
    if name == "adamw" and lr * weight_decay > 1:
        raise ValueError(
            "lr * weight_decay is the share of a weight that a step of adamw takes away, at most "
            f"1; got {lr:g} * {weight_decay:g}; weight_decay <= {1 / lr:g} fits this lr"
        )


def make_optimizer(model: nn.Module, training: "Training") -> torch.optim.Optimizer:
    """Return torch's own optimizer for one network; `training` holds its settings.

    `l1` and `l2` are done by hooks before and after its step.
    """
    lr, decay = training.lr, training.weight_decay
    if training.optimizer == "sgd":
        made = torch.optim.SGD(model.parameters(), lr, training.momentum, weight_decay=decay)
    else:
        kind = torch.optim.Adam if training.optimizer == "adam" else torch.optim.AdamW
        made = kind(model.parameters(), lr, BETAS, EPS, decay)
    if training.l2:
        made.register_step_pre_hook(lambda *_: _add_l2(model, training.l2))
    if training.l1:
        add_prox(made, model, lambda w, step: soft_threshold(w, step * training.l1))
    return made


@torch.no_grad()
def _add_l2(model: nn.Module, l2: float) -> None:
    for _, w in weights_of(model):
        if w.grad is not None:
            w.grad.add_(w, alpha=l2)


@dataclass(frozen=True)
class Rates:
    """Settings of one stacked parameter: tensors that broadcast to (M, ...), or penalties of 0."""

    lr: Tensor
    momentum: Tensor
    decay: Tensor
    l1: Tensor | float = 0.0
    l2: Tensor | float = 0.0


def is_zero(setting: Tensor | float) -> bool:
    """Whether a penalty is off for all models and weights, so that its pass can be spared."""
    return not bool((torch.as_tensor(setting) != 0).any())


def sgd_threshold(rates: Rates) -> Tensor:
    """By how much l1 shrinks a weight at each step of SGD: lr l1 / (1 - momentum), times factor."""
    return torch.as_tensor(rates.lr / (1 - rates.momentum) * rates.l1)


def shrink(w: Tensor, threshold: Tensor) -> None:
    """Soft threshold in place: w <- sign(w) max(|w| - threshold, 0)."""
    w.copy_(soft_threshold(w, threshold))


class StackedSGD:
    """SGD on M networks: v <- momentum v + g + decay w, then w <- w - lr v."""

    def __init__(self, params: Sequence[Tensor], rates: Sequence[Rates]):
        self.params, self.rates = params, rates
        self.velocity = [torch.zeros_like(w) for w in params]
        self.thresholds = [None if is_zero(r.l1) else sgd_threshold(r) for r in rates]

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor], factor: float = 1.0) -> None:
        """Move every parameter by one step; `factor` scales all learning rates."""
        every = zip(self.params, grads, self.velocity, self.rates, self.thresholds, strict=True)
        for w, g, v, r, threshold in every:
            v.mul_(r.momentum).add_(g + (r.decay + r.l2) * w)
            w.sub_(factor * r.lr * v)
            if threshold is not None:
                shrink(w, factor * threshold)


class StackedAdam:
    """Adam on M networks; `decoupled` makes it AdamW. A zero-padded unit stays exactly zero."""

    def __init__(self, params: Sequence[Tensor], rates: Sequence[Rates], decoupled: bool):
        self.params, self.rates, self.decoupled = params, rates, decoupled
        self.first = [torch.zeros_like(w) for w in params]
        self.second = [torch.zeros_like(w) for w in params]
        self.shrinks = [not is_zero(r.l1) for r in rates]
        self.penalized = [not is_zero(r.l2) for r in rates]
        self.steps = 0

    @torch.no_grad()
    def step(self, grads: Sequence[Tensor], factor: float = 1.0) -> None:
        """Move every parameter by one step; `factor` scales all learning rates."""
        self.steps += 1
        unbias = [1 - beta**self.steps for beta in BETAS]
        flags = zip(self.penalized, self.shrinks, strict=True)
        every = zip(self.params, grads, self.first, self.second, self.rates, flags, strict=True)
        for w, g, m, s, r, (penalized, shrinks) in every:
            lr = factor * r.lr
            if penalized:
                g = g + r.l2 * w  # before decoupled decay changes w
            if self.decoupled:
                w.mul_(1 - lr * r.decay)
            else:
                g = g + r.decay * w
            m.lerp_(g, 1 - BETAS[0])
            s.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
            size = (s / unbias[1]).sqrt() + EPS
            w.sub_(lr / unbias[0] * m / size)
            if shrinks:
                shrink(w, lr / size * r.l1)


def stacked_optimizer(
    name: str, params: Sequence[Tensor], rates: Sequence[Rates]
) -> StackedSGD | StackedAdam:
    """Return the stacked optimizer called `name`; `rates` holds one entry per parameter."""
    if name == "sgd":
        return StackedSGD(params, rates)
    return StackedAdam(params, rates, decoupled=name == "adamw")
