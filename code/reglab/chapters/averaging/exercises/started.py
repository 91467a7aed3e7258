"""Exercise corrected_average: an exponential moving average without a trace of its start.

Symbols     points (T,), one weight after each step; d decay in [0, 1).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def corrected_average(points: NDArray, decay: float) -> NDArray:
    """Return after each step t the sum of d^(t - s) w_s over s <= t, over that of d^(t - s)."""
    mean, total, found = 0.0, 0.0, np.empty(len(points))
    for t, w in enumerate(points):
        mean, total = decay * mean + (1 - decay) * w, decay * total + (1 - decay)
        found[t] = mean / total
    return found


STARTED = Exercise(
    name="corrected_average",
    arguments=("points", "decay"),
    task="Return the average after each step, in which a point of age k weighs decay^k.",
    returns="one number for each point",
    parse=lambda answer, points, *_: numbers_of(points.shape, answer),
    cases=[
        (np.array(points, dtype=float), decay)
        for points in [[3], [4, 4, 4], [1, 5], [2, 0, 6, 1], [5, 5, 9, 9, 9, 2]]
        for decay in (0.0, 0.5, 0.9)
    ],
    reference=corrected_average,
)


@STARTED.must(
    "after the first step it is the first point",
    "From 0, the first average is (1 - decay) w. Divide it by what the weights add up to so far.",
)
def _first(run: Run, points, decay):
    got = run(points, decay)[0]
    expect(near(got, points[0]), f"it is {show(float(got))}, the point {show(float(points[0]))}")


@STARTED.must(
    "points that stand still are their own average",
    "The weights of all points so far must add up to 1 after each step.",
)
def _still(run: Run, points, decay):
    still = np.full_like(points, 4.0)
    got = run(still, decay)
    expect(near(got, still), f"all points are 4; the averages are {show(got)}")


@STARTED.must("a decay of 0 is the last point", cases=[c for c in STARTED.cases if c[1] == 0])
def _last(run: Run, points, decay):
    got = run(points, decay)
    expect(near(got, points), f"it is {show(got)}")


@STARTED.must(
    "a point of age k weighs decay^k",
    "Divide sum decay^(t - s) w_s by sum decay^(t - s). From 0, the latter is 1 - decay^(t + 1), "
    "if the former has the factor 1 - decay.",
)
def _ages(run: Run, points, decay):
    got, want = run(points, decay), corrected_average(points, decay)
    expect_near(got, want, "it is {} instead of {}")


@STARTED.mistake("That starts at 0, and the 0 is still in it: divide by 1 - decay^(t + 1).")
def _from_zero(points, decay):
    mean, found = 0.0, []
    for w in points:
        mean = decay * mean + (1 - decay) * w
        found.append(mean)
    return np.array(found)


@STARTED.mistake(
    "That starts at the first point, as torch does: the first point then weighs 1 / (1 - decay) "
    "times too much."
)
def _from_first(points, decay):
    mean, found = points[0], []
    for w in points:
        mean = decay * mean + (1 - decay) * w
        found.append(mean)
    return np.array(found)


@STARTED.mistake("The two factors are swapped: decay belongs to the old average.")
def _swapped(points, decay):
    return corrected_average(points, 1 - decay) if decay else np.full_like(points, points[0])


@STARTED.mistake("The sum of the weights is one power short: after step t it is 1 - decay^(t + 1).")
def _one_short(points, decay):
    t = np.arange(len(points))
    return _from_zero(points, decay) / np.where(t == 0, 1 - decay, 1 - decay ** np.maximum(t, 1))


@STARTED.mistake("That is the plain mean of all points so far. Older ones have to weigh less.")
def _plain(points, decay):
    return np.cumsum(points) / np.arange(1, len(points) + 1)
