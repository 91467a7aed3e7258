"""Weight decay: which parameters it concerns, and two ways to shrink them that differ under Adam.

Source      Hanson, Pratt (1988), NeurIPS 1, and Krogh, Hertz (1991), NeurIPS 4, for decay;
            Kingma, Ba (2015), "Adam", ICLR, algorithm 1; Loshchilov, Hutter (2019), "Decoupled
            Weight Decay Regularization", ICLR, algorithms 1 and 2, proposition 1.
Departures  As torch.optim: the decoupled part is lr * decay (the paper's own is not multiplied by
            lr), and the first step of momentum is not damped.
Symbols     w a parameter, g the gradient of the loss alone; lam the strength of an L2 penalty
            lam/2 sum w^2, whose gradient lam w is added to g; decay the decoupled strength, which
            shrinks w itself. Each may be a number, or a tensor with one value per model.
These steps are the readable reference of SGD, Adam and AdamW; `torch.optim` is what to train with.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reglab.core import check_nonnegative, check_positive, check_shape
from reglab.penalties.norms import strength, weights_of

Strength = float | Tensor


def parameter_groups(
    model: nn.Module, weight_decay: float, *, embeddings: bool = True
) -> list[dict]:
    """Return groups for a torch optimizer: decay on the weights, none on the rest.

    `torch.optim.AdamW(parameter_groups(model, 0.1), lr=1e-3)` decays what `weights_of` yields.
    Biases and the scales and shifts of normalization are in the other group, with decay 0.

    Args:
        model: any module; every parameter ends up in exactly one group.
        weight_decay: for the weights, >= 0; its meaning is that of the optimizer.
        embeddings: decay the weights of embeddings too.
    Raises: ValueError if weight_decay is negative or not finite, or without any parameters.
    """
    check_nonnegative("weight_decay", weight_decay)
    decayed = [w for _, w in weights_of(model, embeddings=embeddings)]
    known = {id(w) for w in decayed}
    rest = [p for p in model.parameters() if id(p) not in known]
    if not decayed and not rest:
        raise ValueError("the model has no parameters; pass one that has")
    groups = [
        {"params": decayed, "weight_decay": float(weight_decay)},
        {"params": rest, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def sgd_step(
    w: Tensor,
    g: Tensor,
    velocity: Tensor | None = None,
    *,
    lr: Strength,
    momentum: Strength = 0.0,
    lam: Strength = 0.0,
    decay: Strength = 0.0,
) -> tuple[Tensor, Tensor]:
    """Return (w, velocity) after one step of SGD, with L2 `lam` or decoupled `decay`.

    v <- momentum v + g + lam w, then w <- (1 - lr decay) w - lr v.
    Without momentum lam and decay are one and the same. With it, the penalty's gradient enters the
    velocity too and is added up there 1 / (1 - momentum) times.

    Args:
        w, g: any shape, the same; velocity: as w, None before the first step.
        lr: learning rate, > 0.
        momentum: in [0, 1).
        lam, decay: >= 0; lr * decay <= 1, or w would change its sign.
    Raises: ValueError for a number out of range; tensors are not checked (vmap).
    """
    _check(lr, lam, decay)
    _check_share("momentum", momentum)
    check_shape("g", g, tuple(w.shape))
    g = g + lam * w
    velocity = g if velocity is None else momentum * velocity + g
    return (1 - lr * decay) * w - lr * velocity, velocity


class Moments(NamedTuple):
    """State of Adam: running means of g and of g^2, each as w, and the number of steps."""

    first: Tensor
    second: Tensor
    steps: int


def adam_step(
    w: Tensor,
    g: Tensor,
    state: Moments | None = None,
    *,
    lr: Strength,
    lam: Strength = 0.0,
    decay: Strength = 0.0,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[Tensor, Moments]:
    """Return (w, state) after one step of Adam with L2 `lam`, or of AdamW with `decay`.

    g <- g + lam w; m <- beta1 m + (1 - beta1) g; s <- beta2 s + (1 - beta2) g^2;
    w <- (1 - lr decay) w - lr (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps).
    Through g the penalty lam w is divided by sqrt(s), the size of past gradients: weights with
    large gradients are hardly decayed. `decay` shrinks every weight by the same share.

    Args: as for `sgd_step`; betas each in [0, 1), eps > 0; state None before the first step.
    """
    _check(lr, lam, decay)
    check_positive("eps", eps)
    check_shape("g", g, tuple(w.shape))
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise ValueError(f"betas must be a pair, such as (0.9, 0.999); got {betas!r}")
    for name, beta in zip(("beta1", "beta2"), betas, strict=True):
        _check_share(name, beta)
    g = g + lam * w
    m, s, t = state or Moments(torch.zeros_like(g), torch.zeros_like(g), 0)
    m, s, t = m + (1 - betas[0]) * (g - m), betas[1] * s + (1 - betas[1]) * g * g, t + 1
    step = (m / (1 - betas[0] ** t)) / ((s / (1 - betas[1] ** t)).sqrt() + eps)
    return (1 - lr * decay) * w - lr * step, Moments(m, s, t)


def half_life(lr: float, decay: float) -> float:
    """Return after how many steps decay alone halves a weight: log(1/2) / log(1 - lr decay).

    The number to compare recipes by: it puts learning rate and decay in one unit, steps. For SGD
    with momentum and L2 `lam`, pass decay = lam / (1 - momentum). Infinite at decay = 0.
    Raises: ValueError unless lr > 0, decay >= 0 and lr decay <= 1.
    """
    _check(lr, 0.0, decay)
    if decay == 0:
        return math.inf
    return 0.0 if lr * decay == 1 else math.log(0.5) / math.log1p(-lr * decay)


def _check(lr: Strength, lam: Strength, decay: Strength) -> None:
    if not isinstance(lr, Tensor):
        check_positive("lr", lr)
    strength("lam", lam)
    strength("decay", decay)
    if not isinstance(lr, Tensor) and not isinstance(decay, Tensor) and lr * decay > 1:
        raise ValueError(
            f"lr * decay is the share of a weight that a step takes away, at most 1; got {lr:g} * "
            f"{decay:g}; decay <= {1 / lr:g} fits this lr"
        )


def _check_share(name: str, value: Strength) -> None:
    if isinstance(value, Tensor):
        return
    if check_nonnegative(name, value) >= 1:
        raise ValueError(f"{name} must be in [0, 1); got {value!r}")
