"""Exponential moving average of the weights: each step forgets a little of the steps before.

Source      Polyak, Juditsky (1992), "Acceleration of Stochastic Approximation by Averaging", SIAM
            J. Control Optim. 30, for averages of weights; Kingma, Ba (2015), "Adam", ICLR,
            section 3, for the correction of the start; as torch.optim.swa_utils.AveragedModel with
            get_ema_multi_avg_fn.
Departures  The start is corrected: the average holds no trace of the initial weights, and the ages
            weigh as decay^age from the first step on. torch's begins at the first weights it is
            given, which then weigh 1 / (1 - decay) times as much as this formula gives them.
Symbols     w_t weights after step t, counted from 0; d decay; the average after step t is
            sum_s d^(t - s) w_s / sum_s d^(t - s), s = 0 ... t.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.core import check_count, check_positive, check_probability


@dataclass(frozen=True)
class EMA:
    """Technique of training: average <- d average + (1 - d) weights, its start corrected.

    It changes what is measured and what remains, not the training: gradients are taken at the
    weights themselves. A decay of 0 is the last weights.

    Args: decay: d, in [0, 1). Start with a `half_life` of 1 to 5 % of the steps.
    Raises: ValueError for a decay outside [0, 1).

    >>> [round(EMA(0.9).averaging_rate(step, steps=100), 3) for step in (0, 1, 99)]
    [1.0, 0.526, 0.1]
    """

    decay: float = 0.99

    def __post_init__(self) -> None:
        _check_decay(self.decay)

    def averaging_rate(self, step: int, steps: int | None = None) -> float:
        """Return (1 - d) / (1 - d^(step + 1)), which falls from 1 at step 0 to 1 - d."""
        return (1 - self.decay) / (1 - self.decay ** (step + 1))


def _check_decay(decay: float) -> float:
    check_probability("decay", decay)
    if decay == 1:
        raise ValueError(f"decay must be below 1; got {decay!r}, which would never move; try 0.999")
    return float(decay)


def half_life(decay: float) -> float:
    """Return log(1/2) / log(d): after so many steps, weights count half as much as new ones.

    Raises: ValueError for a decay outside [0, 1).

    >>> round(half_life(0.99), 1)
    69.0
    """
    return 0.0 if _check_decay(decay) == 0 else math.log(0.5) / math.log(decay)


def decay_for_half_life(steps: float) -> float:
    """Return 2^(-1 / steps), the decay whose half-life is so many steps.

    Raises: ValueError unless steps > 0.

    >>> decay_for_half_life(1)
    0.5
    """
    return 0.5 ** (1 / check_positive("steps", steps))


def ema_weights(decay: float, count: int) -> Tensor:
    """Return what each of the last `count` steps counts, (count,), the oldest first; the sum is 1.

    Raises: ValueError for a decay outside [0, 1) or less than one step.

    >>> ema_weights(0.5, 3)
    tensor([0.1429, 0.2857, 0.5714], dtype=torch.float64)
    """
    ages = torch.arange(check_count("count", count) - 1, -1, -1, dtype=torch.float64)
    powers = _check_decay(decay) ** ages
    return powers / powers.sum()
