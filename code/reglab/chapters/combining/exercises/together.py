"""Exercise interaction_effect: what two regularizers together do beyond the sum of both.

Symbols     none, a, b, both (n,) errors of n seeds: neither, each alone, both together.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def interaction_effect(none: NDArray, a: NDArray, b: NDArray, both: NDArray) -> float:
    """Return the mean of (both - a) - (b - none)."""
    return float(np.mean((both - a) - (b - none)))


TOGETHER = Exercise(
    name="interaction_effect",
    arguments=("none", "a", "b", "both"),
    task="Return by how much the effect of b on the error changes when a is already there.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        tuple(np.array(errors, dtype=float) for errors in case)
        for case in [
            ([10], [7], [6], [5]),
            ([10], [7], [6], [3]),
            ([10, 12], [7, 8], [6, 9], [8, 8]),
            ([48.1, 47.0, 49.5], [21.4, 22.0, 20.1], [32.6, 31.9, 33.3], [22.6, 21.0, 23.5]),
        ]
    ],
    reference=interaction_effect,
)
LESS, ADDING = TOGETHER.cases[:2]


@TOGETHER.must(
    "is 0 where the gains add",
    "a saves 3 and b saves 4. If both save 7, neither changes the other.",
    cases=[ADDING],
)
def _adding(run: Run, none, a, b, both):
    got = run(none, a, b, both)
    expect(near(got, 0), f"it is {show(got)}")


@TOGETHER.must(
    "is positive where both together save less than the sum",
    "Less is saved than the sum: the error is higher than adding predicts.",
    cases=[LESS],
)
def _less(run: Run, none, a, b, both):
    got = run(none, a, b, both)
    expect(near(got, 2), f"the gains are 3 and 4, together 5; it is {show(got)}, not 2")


@TOGETHER.must(
    "is the difference of two effects of b: with a, and without",
    "With a, b changes the error by both - a; without, by b - none.",
)
def _difference(run: Run, none, a, b, both):
    got, want = run(none, a, b, both), interaction_effect(none, a, b, both)
    expect_near(got, want, "it is {}; it should be {}")


@TOGETHER.must("a and b may be swapped", "It is the same number for a as for b.")
def _swapped(run: Run, none, a, b, both):
    one, other = run(none, a, b, both), run(none, b, a, both)
    expect_near(one, other, "{} and, swapped, {}")


@TOGETHER.mistake("That is the effect of both together. Take the two single effects from it.")
def _total(none, a, b, both):
    return np.mean(both - none)


@TOGETHER.mistake("The sign is turned: errors are compared, so saving less is positive.")
def _turned(none, a, b, both):
    return -interaction_effect(none, a, b, both)


@TOGETHER.mistake("Yates halves it. Here it is the whole difference of the two effects.")
def _halved(none, a, b, both):
    return interaction_effect(none, a, b, both) / 2


@TOGETHER.mistake("Both single effects hold `none`: it has to come back once.")
def _none_missing(none, a, b, both):
    return np.mean(both - a - b)


@TOGETHER.mistake("That is what b does where a is there. Take from it what b does alone.")
def _one_effect(none, a, b, both):
    return np.mean(both - a)
