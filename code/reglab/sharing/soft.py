"""Soft weight sharing: a penalty that draws each weight to the nearest of a few learned values.

Source      Nowlan, Hinton (1992), "Simplifying Neural Networks by Soft Weight-Sharing", Neural
            Computation 4, sections 3 and 5: weights are independent draws from a mixture of
            Gaussians, which is learned with them; the penalty is minus their log density.
Departures  The paper updates mixture and weights by one gradient. Here the mixture is fitted to
            the present weights by EM in every step, and the weights follow the gradient at that
            mixture. At EM's fixed point the two gradients are equal, because the derivative with
            respect to the mixture is 0 there. Widths have a lower limit: without one, a component
            can close in on a single weight and the density grows without limit.
Symbols     N weights w, J components with shares pi (sum 1), means mu and widths s (standard
            deviations); r (N, J) the responsibilities, the probability that w came from each.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from reglab.core import check_count, check_nonnegative, check_positive


class Mixture(NamedTuple):
    """A mixture of Gaussians over numbers: shares, means and widths, each (J,)."""

    shares: Tensor
    means: Tensor
    widths: Tensor


def log_joint(w: Tensor, mixture: Mixture) -> Tensor:
    """Return log(pi_j N(w_n; mu_j, s_j^2)), shape (N, J), for weights w (N,)."""
    z = (w[:, None] - mixture.means) / mixture.widths
    scale = mixture.shares.log() - mixture.widths.log() - math.log(2 * math.pi) / 2
    return scale - z.square() / 2


def mixture_penalty(w: Tensor, mixture: Mixture) -> Tensor:
    """Return -sum_n log sum_j pi_j N(w_n; mu_j, s_j^2), a scalar, for weights w (N,).

    Its gradient is sum_j r_nj (w_n - mu_j) / s_j^2: L2 towards each mean, weighted by how likely
    the weight belongs there. One component at 0 is L2 with strength 1 / s^2.

    >>> one = Mixture(torch.ones(1), torch.zeros(1), torch.ones(1))
    >>> mixture_penalty(torch.tensor([2.0]), one) - mixture_penalty(torch.tensor([0.0]), one)
    tensor(2.)
    """
    return -torch.logsumexp(log_joint(w, mixture), 1).sum()


def responsibilities(w: Tensor, mixture: Mixture) -> Tensor:
    """Return r (N, J): the probability of each component given the weight; rows sum to 1."""
    return torch.softmax(log_joint(w, mixture), 1)


def em_step(w: Tensor, mixture: Mixture, min_width: float = 0.01) -> Mixture:
    """Return the mixture after one step of EM, which never raises the penalty.

    pi = mean r, mu = sum r w / sum r, s^2 = sum r (w - mu)^2 / sum r, at least min_width^2.
    A component that no weight belongs to stays where it is, with a share near 0.
    Raises: ValueError unless min_width is a finite number > 0.
    """
    check_positive("min_width", min_width)
    r = responsibilities(w, mixture)
    tiny = torch.finfo(w.dtype).tiny
    mass = r.sum(0)
    safe = mass.clamp(min=tiny)
    means = torch.where(mass > tiny, (r * w[:, None]).sum(0) / safe, mixture.means)
    squares = (r * (w[:, None] - means).square()).sum(0) / safe
    widths = torch.where(mass > tiny, squares.clamp(min=min_width**2).sqrt(), mixture.widths)
    return Mixture(safe / len(w), means, widths)


def start_mixture(w: Tensor, components: int, min_width: float = 0.01) -> Mixture:
    """Return a mixture with equal shares and its means at evenly spaced ranks of the weights.

    Each width is the deviation of all weights divided by J, at least min_width.
    Raises: ValueError for less than one component, or a min_width that is not > 0.
    """
    check_count("components", components)
    check_positive("min_width", min_width)
    places = [(2 * j + 1) * len(w) // (2 * components) for j in range(components)]
    means = w.sort().values[places]
    width = (w.std(correction=0) / components).clamp(min=min_width)
    share = torch.full_like(means, 1 / components)
    return Mixture(share, means, width.expand_as(means))


def fit_mixture(w: Tensor, components: int, steps: int = 10, min_width: float = 0.01) -> Mixture:
    """Fit a mixture to weights w (N,) by `steps` steps of EM from `start_mixture`.

    No gradient flows into it. Raises: as `start_mixture`, or for a negative number of steps.

    >>> fit_mixture(torch.tensor([-1.0, -1.0, 1.0, 1.0]), components=2).means
    tensor([-1.,  1.])
    """
    check_count("steps", steps, minimum=0)
    w = w.detach()
    mixture = start_mixture(w, components, min_width)
    for _ in range(steps):
        mixture = em_step(w, mixture, min_width)
    return mixture


@dataclass(frozen=True)
class SoftSharing:
    """The penalty lam * `mixture_penalty` of all weights together, as a technique of training.

    Args:
        lam: strength, >= 0. As minus the log of a prior, it is 1 / (number of training examples).
        components: J, the number of values that weights may gather at.
        steps: of EM in every step of training; more follow the weights closer, and cost more.
        min_width: the smallest deviation of a component, in units of the weights.
    Raises: ValueError for a value out of range.

    >>> SoftSharing(0.1, components=2).penalty({"w": torch.tensor([[0.0, 1.0]])}).shape
    torch.Size([])
    """

    lam: float
    components: int = 5
    steps: int = 5
    min_width: float = 0.01

    def __post_init__(self) -> None:
        check_nonnegative("lam", self.lam)
        check_count("components", self.components)
        check_count("steps", self.steps, minimum=0)
        check_positive("min_width", self.min_width)

    def penalty(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Return the penalty on the weights, a scalar; see `reglab.train.techniques`."""
        w = torch.cat([weight.flatten() for weight in weights.values()])
        return self.lam * mixture_penalty(w, self.mixture(w))

    def mixture(self, w: Tensor) -> Mixture:
        """Return the mixture that the penalty fits to weights w (N,)."""
        return fit_mixture(w, self.components, self.steps, self.min_width)
