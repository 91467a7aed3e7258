"""Exercise barrier_height: how high the error rises on the line between two networks.

Symbols     errors (P,) at P equally spaced places, from the first network to the second.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def barrier_height(errors: NDArray) -> float:
    """Return the largest height of the errors above the straight line between both ends."""
    straight = np.linspace(errors[0], errors[-1], len(errors))
    return float((errors - straight).max())


BARRIER = Exercise(
    name="barrier_height",
    arguments=("errors",),
    task="Return the largest height of the errors above the straight line between both ends.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (np.array(errors, dtype=float),)
        for errors in [
            [3, 5],
            [2, 9, 4],
            [4, 1, 4],
            [1, 6, 3, 5],
            [10, 30, 71, 74, 20],
            [10, 9, 11, 13, 16, 20],
        ]
    ],
    reference=barrier_height,
)


@BARRIER.must("two ends alone have no barrier", cases=BARRIER.cases[:1])
def _ends(run: Run, errors):
    got = run(errors)
    expect(near(got, 0), f"it is {show(got)}")


@BARRIER.must(
    "a straight slope has no barrier",
    "Take from each error what the straight line from first to last has at that place.",
)
def _slope(run: Run, errors):
    slope = np.linspace(2.0, 9.0, len(errors))
    got = run(slope)
    expect(near(got, 0), f"on the errors {show(slope)} it is {show(got)}")


@BARRIER.must(
    "a valley between both has no barrier",
    "Both ends lie on the straight line, so the height is never below 0.",
    cases=[case for case in BARRIER.cases if case[0].tolist() == [4, 1, 4]],
)
def _valley(run: Run, errors):
    got = run(errors)
    expect(near(got, 0), f"it is {show(got)}")


@BARRIER.must("it is the largest of all heights", "Look at every place, not at the middle alone.")
def _largest(run: Run, errors):
    got, want = run(errors), barrier_height(errors)
    expect_near(got, want, "it is {} instead of {}")


@BARRIER.must("it is the same from the other end")
def _turned(run: Run, errors):
    one, other = run(errors), run(errors[::-1].copy())
    expect_near(one, other, "{}, and from the other end {}")


@BARRIER.mistake(
    "That compares with the mean of both ends, so that a straight slope would have a barrier."
)
def _mean_of_ends(errors):
    return float(errors.max() - (errors[0] + errors[-1]) / 2)


@BARRIER.mistake("That compares with the better end.")
def _better_end(errors):
    return float(errors.max() - min(errors[0], errors[-1]))


@BARRIER.mistake("That compares with the worse end: a bump on a slope is overlooked.")
def _worse_end(errors):
    return float(errors.max() - max(errors[0], errors[-1]))


@BARRIER.mistake("That is the height in the middle. The highest place may be elsewhere.")
def _middle(errors):
    straight = np.linspace(errors[0], errors[-1], len(errors))
    return float((errors - straight)[len(errors) // 2])


@BARRIER.mistake("That is the highest error itself. Take the straight line from it.")
def _highest(errors):
    return float(errors.max())
