"""Scale-invariant weights: decay sets how far a step turns them, and nothing else.

Source      van Laarhoven (2017), arXiv 1706.05350, for the effective learning rate; Li, Arora
            (2020), "An Exponential Learning Rate Schedule for Deep Learning", ICLR, theorem 2.1,
            here for SGD without momentum; Wan et al. (2021), "Spherical Motion Dynamics", NeurIPS,
            and Kosson et al. (2024), "Rotational Equilibrium", ICML, for length and angle.
Symbols     f(c w) = f(w) for c > 0, so the gradient at c w is 1/c of that at w, and it stands at a
            right angle to w. size is the length of the gradient at the weight w / |w| of length 1.
With decay, w <- rho w - lr g(w), rho = 1 - lr decay. Then u_t = w_t / rho^t computes the same
function, and follows u <- u - lr rho^-(2t + 1) g(u): no decay, and a growing rate.
"""

import math

import torch
from torch import Tensor

from reglab.core import (
    check_choice,
    check_count,
    check_momentum,
    check_nonnegative,
    check_positive,
)

OPTIMIZERS = ("sgd", "adamw")


def effective_rate(lr: float, weight: Tensor) -> float:
    """Return lr / |w|^2: how far a step of SGD turns a weight, per size of its gradient.

    Raises: ValueError unless lr > 0 and the weight has a length > 0.

    >>> effective_rate(0.1, torch.tensor([3.0, 4.0]))
    0.004
    """
    check_positive("lr", lr)
    square = check_positive("the length of weight", weight.detach().norm().item()) ** 2
    return lr / square


def growing_rate(lr: float, decay: float, step: int) -> float:
    """Return lr (1 - lr decay)^-(2 step + 1): the rate that stands for decay at step 0, 1, 2, ...

    Raises: ValueError unless lr > 0, decay >= 0, lr decay < 1 and step is a whole number >= 0.

    >>> growing_rate(0.5, 1.0, 0)
    1.0
    """
    share = _share(lr, decay)
    check_count("step", step, minimum=0)
    return lr * math.exp(-(2 * step + 1) * math.log1p(-share))


def length_in_balance(lr: float, decay: float, size: float) -> float:
    """Return the length that plain SGD with decay neither shrinks nor lengthens.

    With rho = 1 - lr decay, a step leads from |w|^2 to rho^2 |w|^2 + (lr size / |w|)^2. The two are
    equal at |w|^4 = (lr size)^2 / (1 - rho^2), which is about lr size^2 / (2 decay).
    Raises: ValueError unless lr, decay, size > 0 and lr decay < 1.
    """
    share = _share(lr, check_positive("decay", decay))
    return math.sqrt(lr * check_positive("size", size)) / (share * (2 - share)) ** 0.25


def angle_in_balance(
    lr: float, decay: float, *, optimizer: str = "sgd", momentum: float = 0.0
) -> float:
    """Return by how much a step turns a scale-invariant weight in balance, in radians.

    SGD with L2 or decay: sqrt(2 lr decay / (1 + momentum)). AdamW, where `momentum` is its beta1:
    sqrt(2 lr decay (1 - momentum) / (1 + momentum)). For gradients that are at a right angle to
    the weight and independent between steps, and small angles.

    Departures  For plain SGD arccos(1 - lr decay) is exact; this is its value for small lr decay.
    Raises: ValueError unless lr > 0, decay >= 0, lr decay < 1, momentum in [0, 1), and for another
        optimizer.

    >>> round(angle_in_balance(0.1, 0.05), 3)
    0.1
    """
    check_choice("optimizer", optimizer, OPTIMIZERS)
    check_momentum(momentum)
    slower = (1.0 if optimizer == "sgd" else 1 - momentum) / (1 + momentum)
    return math.sqrt(2 * _share(lr, decay) * slower)


def angle_between(one: Tensor, other: Tensor) -> Tensor:
    """Return the angle between two weights as vectors, in radians, in [0, pi]; vmap works.

    >>> angle_between(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]]))
    tensor(1.5708)
    """
    one, other = one.detach() / one.detach().norm(), other.detach() / other.detach().norm()
    return 2 * torch.atan2((one - other).norm(), (one + other).norm())  # keeps tiny angles


def _share(lr: float, decay: float) -> float:
    share = check_positive("lr", lr) * check_nonnegative("decay", decay)
    if share >= 1:
        raise ValueError(f"lr * decay must be below 1; got {lr:g} * {decay:g}")
    return share
