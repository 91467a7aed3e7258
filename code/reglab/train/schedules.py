"""Learning-rate schedules: the factor on lr, as a function of how much of the training is done.

Source      Loshchilov, Hutter (2017), "SGDR", ICLR, equation 5, one period, for "cosine".
Symbols     t share of the steps done, in [0, 1): 0 at the first step.
"""

import math
from collections.abc import Callable

from reglab.core import check_choice

Schedule = str | Callable[[float], float]

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda t: 1.0,
    "linear": lambda t: 1.0 - t,
    "cosine": lambda t: 0.5 * (1.0 + math.cos(math.pi * t)),
}


def check_schedule(schedule: Schedule) -> None:
    """ValueError unless it is a known name or a function that starts with a factor >= 0."""
    if not callable(schedule):
        check_choice("schedule", schedule, SCHEDULES)
    elif not factor(schedule, 0, 1) >= 0:
        raise ValueError(f"schedule must return a factor >= 0; got {schedule(0.0)!r} at t = 0")


def factor(schedule: Schedule, step: int, steps: int) -> float:
    """Return the factor on lr at `step` (from 0) of `steps`."""
    function = schedule if callable(schedule) else SCHEDULES[schedule]
    return float(function(step / steps))


def epoch_factors(schedule: Schedule, epoch: int, epochs: int, steps: int) -> list[float]:
    """Return the factor on lr for each of the `steps` of an epoch (from 0) of `epochs`."""
    return [factor(schedule, epoch * steps + i, epochs * steps) for i in range(steps)]
