"""Penalties as priors: -log of a Gaussian is L2, of a Laplace density L1, and how lam follows.

Source      MacKay (1992), "A Practical Bayesian Framework for Backpropagation Networks", Neural
            Computation 4, section 2; Williams (1995), "Bayesian Regularization and Pruning Using
            a Laplace Prior", Neural Computation 7; Park, Casella (2008), "The Bayesian Lasso",
            JASA 103, for what the posterior does.
Symbols     n training examples; tau the standard deviation of a Gaussian prior N(0, tau^2) on each
            weight; b the scale of a Laplace prior exp(-|w| / b) / (2 b). Weights are independent.
            nat: the loss of one example divided by its negative log-likelihood, see `gaussian_lam`.
Maximizing the posterior is minimizing sum of -log p(y | x, w) - log p(w). A loss that is the *mean*
over n examples divides the first term by n, so the penalty has to be divided by n as well: with
one prior, lam falls as 1 / n. Only the mode is shared: under a Laplace prior it is sparse, but
draws from the posterior never are.
"""

import math

import torch
from torch import Tensor

from reglab.core import check_choice, check_count, check_positive
from reglab.penalties.norms import Weights, l1, l2, tensors

REDUCTIONS = ("mean", "sum")


def gaussian_lam(tau: float, n: int = 1, *, reduction: str = "mean", nat: float = 1.0) -> float:
    """Return lam of lam/2 sum w^2 that makes the minimum the mode under the prior N(0, tau^2).

    lam = nat / tau^2 for a summed loss, nat / (n tau^2) for a mean over n examples.

    Args:
        tau: standard deviation of each weight, in the weight's own unit, > 0.
        n: training examples; of no effect for "sum".
        reduction: "mean" or "sum" over the training examples.
        nat: how large the loss is for one nat of negative log-likelihood. Cross-entropy is 1. For
            Gaussian noise of standard deviation sigma, (y - f)^2 is 2 sigma^2, half of it sigma^2.
    Raises: ValueError for a value out of range or another reduction.
    """
    return _per_loss(_inverse("tau", tau, 2), n, reduction, nat)


def laplace_lam(b: float, n: int = 1, *, reduction: str = "mean", nat: float = 1.0) -> float:
    """Return lam of lam sum |w| that makes the minimum the mode under Laplace priors of scale b.

    lam = nat / b for a summed loss, nat / (n b) for a mean. Arguments as for `gaussian_lam`.
    """
    return _per_loss(_inverse("b", b, 1), n, reduction, nat)


def gaussian_tau(lam: float, n: int = 1, *, reduction: str = "mean", nat: float = 1.0) -> float:
    """Return the standard deviation of the prior that a given lam stands for."""
    # lam = factor / tau^2, where factor is the lam of tau = 1
    factor = gaussian_lam(1.0, n, reduction=reduction, nat=nat)
    return math.sqrt(factor / check_positive("lam", lam))


def laplace_b(lam: float, n: int = 1, *, reduction: str = "mean", nat: float = 1.0) -> float:
    """Return the scale of the Laplace prior that a given lam of L1 stands for."""
    factor = laplace_lam(1.0, n, reduction=reduction, nat=nat)
    return factor / check_positive("lam", lam)


def gaussian_nll(weights: Weights, tau: float) -> Tensor:
    """Return -log p(w) in nats: sum w^2 / (2 tau^2) + log(tau sqrt(2 pi)) for each weight."""
    weights, tau = list(tensors(weights)), check_positive("tau", tau)
    constant = math.log(tau * math.sqrt(2 * math.pi))
    return l2(weights, 1 / tau**2) + constant * _count(weights)


def laplace_nll(weights: Weights, b: float) -> Tensor:
    """Return -log p(w) in nats: sum |w| / b + log(2 b) for each weight."""
    weights, b = list(tensors(weights)), check_positive("b", b)
    constant = math.log(2 * b)
    return l1(weights, 1 / b) + constant * _count(weights)


def _inverse(name: str, value: float, power: int) -> float:
    """1 / value ** power; ValueError if that is more than a float can hold."""
    base = check_positive(name, value) ** power
    if base == 0 or math.isinf(1 / base):
        raise ValueError(f"{name} is so small that lam would be infinite; got {value!r}")
    return 1 / base


def _per_loss(lam: float, n: int, reduction: str, nat: float) -> float:
    check_choice("reduction", reduction, REDUCTIONS)
    check_count("n", n)
    check_positive("nat", nat)
    return lam * nat / (n if reduction == "mean" else 1)


def _count(weights: list[Tensor]) -> int:
    return sum(torch.numel(w) for w in weights)
