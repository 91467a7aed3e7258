"""Exercise largest_rise: where are the valley and the peak of an error curve?

Symbols     errors (W,) over models from small to large, with a rise somewhere.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show, two_numbers, whole_number
from reglab.exercises.exercise import Exercise, Run

ROUNDING = 1e-4  # of percentages that were computed in float32


def largest_rise(errors: NDArray) -> tuple[int, int]:
    """Return (valley, peak): the places valley < peak between which the error rises most."""
    rises = np.triu(errors[None, :] - errors[:, None], k=1)
    valley, peak = np.unravel_index(np.argmax(rises), rises.shape)
    return int(valley), int(peak)


CURVES = [
    *([1, 2], [3, 1, 2], [5, 2, 4, 1], [2, 4, 1, 2], [9, 3, 3, 5, 5, 1], [1, 6, 2, 8, 0]),
    [70.5, 60, 47.5, 49, 52.5, 52, 48, 43.5],  # one valley, one peak, the end below the valley
    [20, 12.5, 13.5, 11, 15.5, 15, 10, 10.5, 9],  # a small rise before the one that counts
    [4, 3, 8, 7, 1, 2, 0, 1.5],
]

RISE = Exercise(
    name="largest_rise",
    arguments=("errors",),
    task="Return the places of the valley and of the peak behind it: the largest rise.",
    returns="two whole numbers, the places of valley and peak",
    parse=lambda answer, errors: tuple(whole_number(place) for place in two_numbers(answer)),
    cases=[(np.array(curve, dtype=float),) for curve in CURVES],
    reference=largest_rise,
)


def _rise(run: Run, errors: NDArray) -> float:
    """By how much the error rises between the two places of the answer, if they are places."""
    valley, peak = run(errors)
    inside = 0 <= valley < len(errors) and 0 <= peak < len(errors)
    expect(inside, f"it returned {valley} and {peak}; the places are 0 to {len(errors) - 1}")
    return float(errors[peak] - errors[valley])


@RISE.must(
    "the valley stands before the peak",
    "The end of the curve may be lower than the valley, and its beginning higher than the peak.",
)
def _in_order(run: Run, errors):
    valley, peak = run(errors)
    expect(valley < peak, f"the valley is at {valley}, the peak at {peak}")


@RISE.must(
    "from no place does the error rise more to a later one",
    "For each place, look for the highest error behind it, and compare the rises.",
)
def _most(run: Run, errors):
    got = _rise(run, errors)
    later = [errors[k + 1 :].max() - errors[k] for k in range(len(errors) - 1)]
    first = int(np.argmax(later))
    enough = got >= later[first] - ROUNDING
    expect(enough, f"it rises by {show(got)}, and by {show(later[first])} from place {first} on")


@RISE.must(
    "smaller models that do worse, and larger ones that do better, change nothing",
    "Only the rise counts: neither the highest error of all, nor the lowest.",
)
def _longer(run: Run, errors):
    before = _rise(run, errors)
    high, low = errors.max() + 20, errors.min() - 20
    longer = np.concatenate([[high + 10, high], errors, [low, low - 10]])
    after = _rise(run, longer)
    told = f"the rise is {show(before)}, and {show(after)} with them"
    expect(abs(after - before) <= ROUNDING, told)


@RISE.mistake("Those are the lowest and the highest error of all, and they can be far apart.")
def _extremes(errors):
    return int(errors.argmin()), int(errors.argmax())


@RISE.mistake("The lowest error of all can stand behind the peak: that is the second descent.")
def _behind_the_lowest(errors):
    valley = int(errors[:-1].argmin())
    return valley, valley + 1 + int(errors[valley + 1 :].argmax())


@RISE.mistake("The highest error of all can be that of the smallest model.")
def _before_the_highest(errors):
    peak = 1 + int(errors[1:].argmax())
    return int(errors[:peak].argmin()), peak


@RISE.mistake("That is the largest rise from one model to the next. A rise can take several.")
def _one_step(errors):
    first = int(np.diff(errors).argmax())
    return first, first + 1


@RISE.mistake("That is the first rise. A later one may be larger.")
def _first(errors):
    valley = int(np.argmax(np.diff(errors) > 0))
    falls = np.diff(errors[valley:]) <= 0
    return valley, valley + int(np.argmax(falls)) if falls.any() else len(errors) - 1


@RISE.mistake("Valley first, then peak.")
def _swapped(errors):
    return largest_rise(errors)[::-1]
