"""How each loss pulls on one prediction, and what an entropy term does to a policy: exact curves.

Symbols     K classes; the label's logit is g, all others are 0, so that g is the gap and
            p = e^g / (e^g + K - 1) the probability of the label. The pull is - d loss / d g: above
            0 it widens the gap, below 0 it narrows it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from reglab.targets import (
    ConfidencePenalty,
    EntropyMinimization,
    LabelSmoothing,
    entropy,
    one_hot,
    soft_cross_entropy,
)

CLASSES = 10
GAPS = np.linspace(-4, 12, 161)
BETAS = (-0.1, 0.0, 0.1)
REWARDS = (1.0, 0.8, 0.2, 0.0)  # of the four arms of a bandit


def pull(technique: Any, gaps: NDArray, classes: int = CLASSES) -> NDArray:
    """Return - d loss / d g at each gap, shape (G,), of cross-entropy changed by a technique.

    The gap is widened at the label's logit alone, so this is minus the gradient there.
    """
    z = torch.zeros(len(gaps), classes, dtype=torch.float64)
    z[:, 0] = torch.as_tensor(gaps, dtype=torch.float64)
    z.requires_grad_()
    targets = one_hot(torch.zeros(len(gaps), dtype=torch.int64), classes, torch.float64)
    if hasattr(technique, "change_batch"):
        _, targets = technique.change_batch(z, targets, None)
    loss = getattr(technique, "batch_loss", soft_cross_entropy)(z, targets)
    (gradient,) = torch.autograd.grad(loss * len(gaps), z)
    return -gradient[:, 0].numpy()


def pulls(eps: Sequence[float], beta: Sequence[float], gaps: NDArray = GAPS) -> xr.Dataset:
    """Return the pull of each loss over (gap), or with its strength: (eps, gap), (beta, gap)."""
    return xr.Dataset(
        {
            "cross-entropy": ("gap", pull(None, gaps)),
            "label smoothing": (("eps", "gap"), [pull(LabelSmoothing(e), gaps) for e in eps]),
            "CE − βH": (("beta", "gap"), [pull(ConfidencePenalty(b), gaps) for b in beta]),
            "CE + βH": (("beta", "gap"), [pull(EntropyMinimization(b), gaps) for b in beta]),
        },
        coords={"gap": gaps, "eps": list(eps), "beta": list(beta)},
    )


def resting_gap(curve: xr.DataArray) -> xr.DataArray:
    """Return the gap where a pull falls through 0, linear between points; NaN if it never does."""
    gaps, values = curve.gap.values, curve.transpose(..., "gap").values
    below = values < 0
    at = np.maximum(below.argmax(-1), 1)
    after, before = (np.take_along_axis(values, (at - k)[..., None], -1)[..., 0] for k in (0, 1))
    # Without a crossing the two values may be equal; what is computed there is not used.
    share = before / np.where(before == after, 1.0, before - after)
    found = gaps[at - 1] + share * (gaps[at] - gaps[at - 1])
    return xr.where(curve.isel(gap=0, drop=True) * 0 + below.any(-1) > 0, found, np.nan)


def play_bandit(
    betas: Sequence[float] = BETAS,
    rewards: Sequence[float] = REWARDS,
    start: Sequence[float] = (0.0, 5.0, 0.0, 0.0),
    steps: int = 1000,
    lr: float = 1.0,
) -> xr.DataArray:
    """Maximize J + beta H by gradient ascent on the logits of a policy; return its probabilities.

    J is the expected reward, exact and not sampled, H the policy's entropy. It starts almost sure
    of the second best arm. Returns over (beta, step, arm).
    """
    r, b = torch.tensor(rewards, dtype=torch.float64), torch.tensor(betas, dtype=torch.float64)
    z = torch.tensor(start, dtype=torch.float64).repeat(len(betas), 1)
    every = [z.softmax(1)]
    for _ in range(steps):
        z = z.detach().requires_grad_()
        objective = (z.softmax(1) @ r + b * entropy(z)).sum()
        (gradient,) = torch.autograd.grad(objective, z)
        z = (z + lr * gradient).detach()
        every.append(z.softmax(1))
    return xr.DataArray(
        torch.stack(every, dim=1).numpy(),
        dims=("beta", "step", "arm"),
        coords={"beta": list(betas), "step": np.arange(steps + 1), "arm": list(rewards)},
    )
