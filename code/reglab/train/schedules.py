"""Learning-rate schedules: the factor on lr, as a function of how much of the training is done.

Source      Loshchilov, Hutter (2017), "SGDR", ICLR, equation 5, one period, for "cosine".
Symbols     t share of the steps done, in [0, 1): 0 at the first step.
"""

import inspect
import math
from collections.abc import Callable

from reglab.core import check_choice

Schedule = str | Callable[[float], float]

TRIED = 64  # shares of the training at which a schedule is checked before it starts

SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda t: 1.0,
    "linear": lambda t: 1.0 - t,
    "cosine": lambda t: 0.5 * (1.0 + math.cos(math.pi * t)),
}


def check_schedule(schedule: Schedule) -> None:
    """ValueError unless it is a known name or a function of t whose factors are >= 0."""
    if not callable(schedule):
        check_choice("schedule", schedule, SCHEDULES)
        return
    try:
        inspect.signature(schedule).bind(0.0)
    except TypeError as error:
        raise ValueError(f"schedule must be a function of one number, t; {error}") from None
    except ValueError:  # a function in C that does not tell
        pass
    for step in range(TRIED):
        factor(schedule, step, TRIED)


def factor(schedule: Schedule, step: int, steps: int) -> float:
    """Return the factor on lr at `step` (from 0) of `steps`; ValueError unless it is >= 0."""
    t = step / steps
    value = schedule(t) if callable(schedule) else SCHEDULES[schedule](t)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"schedule must return a factor >= 0; got {value!r} at t = {t:.4g}")
    return number


def epoch_factors(schedule: Schedule, epoch: int, epochs: int, steps: int) -> list[float]:
    """Return the factor on lr for each of the `steps` of an epoch (from 0) of `epochs`."""
    return [factor(schedule, epoch * steps + i, epochs * steps) for i in range(steps)]
