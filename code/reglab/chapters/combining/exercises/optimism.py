"""Exercise winner_optimism: by how much the winner of a search looks better than it is.

Symbols     val, test (T, S) errors of T trials on S data sets.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def winner_optimism(val: NDArray, test: NDArray) -> float:
    """Return the mean over data sets of test - val at the trial of the lowest val."""
    best, sets = val.argmin(0), np.arange(val.shape[1])
    return float((test[best, sets] - val[best, sets]).mean())


OPTIMISM = Exercise(
    name="winner_optimism",
    arguments=("val", "test"),
    task="Pick on each data set the trial of lowest val; return the mean of its test - val.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (np.array(val, dtype=float), np.array(test, dtype=float))
        for val, test in [
            ([[3]], [[4]]),
            ([[3], [1]], [[2], [4]]),
            ([[3, 2], [1, 5]], [[2, 6], [4, 3]]),
            ([[9, 1, 4], [2, 6, 5], [7, 8, 0]], [[8, 2, 6], [4, 4, 5], [7, 9, 3]]),
        ]
    ],
    reference=winner_optimism,
)
TWO_SETS = OPTIMISM.cases[2:]


@OPTIMISM.must("one trial is no choice: it is the mean difference", cases=OPTIMISM.cases[:1])
def _single(run: Run, val, test):
    got = run(val, test)
    expect(near(got, (test - val).mean()), f"it is {show(got)}")


@OPTIMISM.must(
    "the test errors play no part in the choice",
    "Choose by val alone, then look at test.",
    cases=[case for case in OPTIMISM.cases if len(case[0]) > 1],
)
def _blind(run: Run, val, test):
    worse = test.copy()
    np.put_along_axis(worse, val.argmin(0)[None], 100.0, 0)
    got, want = run(val, worse), winner_optimism(val, worse)
    expect_near(got, want, "the winner has a test error of 100: {}, not {}")


@OPTIMISM.must(
    "each data set has its own winner",
    "val.argmin(0) gives the trial of each data set; then take one entry of each column.",
    cases=TWO_SETS,
)
def _each(run: Run, val, test):
    got, want = run(val, test), winner_optimism(val, test)
    expect_near(got, want, "it is {}; it should be {}")


@OPTIMISM.mistake("That compares two lowest numbers, of two different trials.")
def _two_minima(val, test):
    return float((test.min(0) - val.min(0)).mean())


@OPTIMISM.mistake("That is the mean over all trials. Only winners are flattered.")
def _all_trials(val, test):
    return float((test - val).mean())


@OPTIMISM.mistake("One trial wins on all data sets there. Each data set has its own winner.")
def _one_winner(val, test):
    best = val.mean(1).argmin()
    return float((test[best] - val[best]).mean())


@OPTIMISM.mistake("The sign is turned: test less val, positive where the winner is flattered.")
def _turned(val, test):
    return -winner_optimism(val, test)
