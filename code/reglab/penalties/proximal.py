"""Proximal steps: how a penalty with a kink makes weights exactly 0, and how any optimizer does it.

prox_t(v) = argmin_w 1/2 |w - v|^2 + t penalty(w): the penalty's minimizer that stays near v.
Source      Parikh, Boyd (2014), "Proximal Algorithms", sections 1.1 and 6.5; Daubechies, Defrise,
            De Mol (2004), CPAM 57, for the iteration; Duchi, Singer (2009), "Efficient Online and
            Batch Learning Using Forward Backward Splitting", JMLR 10, for stochastic gradients;
            Yun, Lozano, Yang (2021), "Adaptive Proximal Gradient Methods for Structured Neural
            Networks", NeurIPS, for Adam's metric; Srivastava et al. (2014), JMLR 15, for max-norm.
Departures  See `add_prox`: theory covers a convex loss and plain SGD; the rest is held by tests.
Symbols     w a weight (O, I, ...), lam the strength, step the step size, threshold = step lam.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.utils.hooks import RemovableHandle

from reglab.core import check_choice, check_momentum, check_positive
from reglab.penalties.norms import Weights, rows, tensors

Prox = Callable[[Tensor, float | Tensor], Tensor]


def soft_threshold(w: Tensor, threshold: float | Tensor) -> Tensor:
    """Return sign(w) max(|w| - threshold, 0), the prox of threshold sum |w|.

    Every weight moves towards 0 by `threshold`; those nearer than that become exactly 0.

    Args:
        w: any shape.
        threshold: step times lam, >= 0; a tensor broadcasts against w and is not checked.
    Raises: ValueError if the threshold is negative or NaN.
    """
    t = _threshold("threshold", threshold)
    if not isinstance(w, Tensor):
        raise ValueError(f"w must be a tensor; got {type(w).__name__}; use torch.as_tensor(w)")
    return w - w.clamp(-t, t)  # the same, in two operations and with no negative zeros


def group_soft_threshold(w: Tensor, threshold: float | Tensor, *, dim: int = 0) -> Tensor:
    """Return max(1 - threshold / |w_g|, 0) w_g for each row (dim=0) or column (dim=1) w_g of w.

    The prox of threshold sum_g |w_g|: a group keeps its direction, loses `threshold` of its
    length, and is exactly 0 if it was shorter (Yuan and Lin 2006; Parikh and Boyd 2014, 6.5.4).

    Args:
        w: (O, I, ...).
        threshold: step times lam, >= 0; for `group_lasso` with scaled=True multiply it by the root
            of the groups' size. A tensor has one value, or one per group, and is not checked.
        dim: the dimension that numbers the groups, 0 or 1.
    Raises: ValueError for another dim, a weight without groups, a negative threshold.
    """
    t = _threshold("threshold", threshold)
    if isinstance(t, Tensor) and t.numel() not in (1, w.shape[dim]):
        raise ValueError(
            f"threshold must be one number, or one for each of {w.shape[dim]} groups; got shape "
            f"{tuple(t.shape)}; with Adam, use add_prox(..., metric='euclidean')"
        )
    length = torch.linalg.vector_norm(rows(w, dim), dim=1)  # (groups,)
    t = t.reshape(-1) if isinstance(t, Tensor) else t
    # Where the group is kept, length > t >= 0: the division is safe.
    kept = torch.where(length > t, 1 - t / length.clamp(min=torch.finfo(w.dtype).tiny), 0.0)
    return w * _along(kept, w, dim)


def elastic_net_prox(w: Tensor, threshold1: float | Tensor, threshold2: float | Tensor) -> Tensor:
    """Return soft_threshold(w, threshold1) / (1 + threshold2): selection, then shrinkage.

    The prox of threshold1 sum |w| + threshold2/2 sum w^2. With threshold1 = 0 it is that of L2.
    """
    return soft_threshold(w, threshold1) / (1 + _threshold("threshold2", threshold2))


def project_max_norm(w: Tensor, radius: float, *, dim: int = 0) -> Tensor:
    """Return w with each row (dim=0) or column (dim=1) longer than `radius` scaled back to it.

    The nearest point with all |w_g| <= radius: the prox of a constraint, whatever the step.
    Srivastava et al. (2014) bound what each unit receives: dim=0 in torch's layout.
    """
    check_positive("radius", radius)
    length = torch.linalg.vector_norm(rows(w, dim), dim=1)
    return w * _along(radius / length.clamp(min=radius), w, dim)


def add_prox(
    optimizer: Optimizer, weights: Weights, prox: Prox, *, metric: str = "optimizer"
) -> RemovableHandle:
    """Make every `optimizer.step()` end with w = prox(w, step) for the given weights.

    `add_prox(optimizer, model, lambda w, step: soft_threshold(w, step * lam))` trains with an L1
    penalty whose zeros are exact. The penalty is *not* added to the loss. Learning-rate
    schedules, parameter groups and the optimizer's own state work as before.

    The step is the one that makes w rest where lam sign(w) balances the loss's gradient:
        SGD         lr (1 - dampening) / (1 - momentum). torch's momentum sums gradients, so its
                    steps add up to that. With lr alone, momentum 0.9 would cut lam to a tenth.
        Adam, AdamW lr / (sqrt(v) + eps), a tensor like w: the prox in the metric in which Adam
                    itself steps. Each weight has a step of its own, which penalties of single
                    weights can take. With metric="euclidean" it is lr, one number: that is what
                    a prox of groups needs, but lam then competes with Adam's normalized gradient,
                    so it means something else for each weight.
        others      lr.
    Convergence is proven for convex losses and plain SGD with falling lr (Duchi and Singer 2009),
    for Adam only under bounds on v. In a network the zeros are exact but depend on the start.

    Args:
        optimizer: any torch optimizer that steps all of `weights`.
        weights: a module (then `weights_of` chooses), tensors, or (name, tensor) pairs.
        prox: takes (w, step) and returns the new w.
        metric: "optimizer" or "euclidean".
    Returns: a handle; its `remove()` ends the proximal steps. A copy of the optimizer has none.
    Raises: ValueError if a weight is not in the optimizer, there are no weights, or SGD's momentum
        is 1 or more, with which steps have no finite sum.
    """
    check_choice("metric", metric, ("optimizer", "euclidean"))
    if not isinstance(optimizer, Optimizer):
        got = type(optimizer).__name__
        raise ValueError(f"optimizer must be a torch.optim.Optimizer; got {got}")
    for group in optimizer.param_groups:
        if isinstance(optimizer, SGD):
            check_momentum(group["momentum"])
    chosen = list(tensors(weights))
    place = {p: i for i, group in enumerate(optimizer.param_groups) for p in group["params"]}
    if not all(w in place for w in chosen):
        raise ValueError("the optimizer does not step all of these weights; pass it the same model")

    @torch.no_grad()
    def after_step(optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
        for w in chosen:
            if w.grad is not None:  # the others were not stepped either
                group = optimizer.param_groups[place[w]]
                w.copy_(prox(w, _step(optimizer, group, w, metric)))

    return optimizer.register_step_post_hook(after_step)


def _step(optimizer: Optimizer, group: dict, w: Tensor, metric: str) -> float | Tensor:
    """The step size of the prox, as stated in `add_prox`."""
    if isinstance(optimizer, SGD) and group["momentum"]:  # without it, torch ignores dampening
        return group["lr"] * (1 - group["dampening"]) / (1 - group["momentum"])
    if isinstance(optimizer, Adam | AdamW) and metric == "optimizer":
        state = optimizer.state[w]
        v = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
        unbiased = v / (1 - group["betas"][1] ** float(state["step"]))
        return group["lr"] / (unbiased.sqrt() + group["eps"])
    return group["lr"]


def _along(factor: Tensor, w: Tensor, dim: int) -> Tensor:
    """One factor per group, in a shape that multiplies w (O, I, ...)."""
    return factor.view([-1 if d == dim else 1 for d in range(w.ndim)])


def _threshold(name: str, value: float | Tensor) -> Any:  # which of the two, clamp does not mind
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, Tensor) and not (number and value >= 0):
        raise ValueError(f"{name} must be a number >= 0 (infinity sets all to 0); got {value!r}")
    return value
