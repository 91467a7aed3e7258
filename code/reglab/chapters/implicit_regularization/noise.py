"""Noise on all weights: what it does to a loss, to compare with what the Hessian says.

Symbols     L loss, w (D,) weights, H the Hessian of L at w, s the size of the noise.
            For a smooth L the mean rise is s^2/2 tr H, up to terms of order s^4. ReLU networks
            are not smooth: their kinks bend the loss as well, and H, which exists between the
            kinks, does not see them.
"""

import torch
from torch import Tensor

from reglab.core import normal_like
from reglab.sharpness import expected_increase, trace
from reglab.sharpness.vectors import Loss


def mean_rise(
    loss: Loss, w: Tensor, size: float, draws: int, generator: torch.Generator | None = None
) -> float:
    """Return the mean of L(w + s e) - L(w) over normal e, each drawn e used with both signs."""
    rises = []
    for _ in range(draws):
        e = size * normal_like(w, generator)
        rises.append((loss(w + e) + loss(w - e)) / 2 - loss(w))
    return float(torch.stack(rises).mean())


def expected_rise(
    loss: Loss, w: Tensor, size: float, samples: int, generator: torch.Generator | None = None
) -> float:
    """Return s^2/2 tr H, with the trace from random signs: `reglab.sharpness.trace`."""
    return float(expected_increase(trace(loss, w, samples, generator), size))
