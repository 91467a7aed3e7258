"""Exercise error_when_stopped: the test errors of networks that are stopped early.

Symbols     val, test (S, E): the errors of S networks after each of E epochs.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def error_when_stopped(val: NDArray, test: NDArray) -> NDArray:
    """Return each network's test error (S,) at its first epoch of lowest validation error."""
    best = val.argmin(axis=1)
    return test[np.arange(len(test)), best]


BY_HAND = [
    ([[2]], [[3]]),
    ([[2, 1]], [[3, 4]]),
    ([[3, 1, 2]], [[4, 3, 2]]),
    ([[2, 1, 1]], [[4, 3, 2]]),
    ([[3, 1, 2], [1, 2, 3]], [[5, 6, 4], [9, 7, 8]]),
    ([[3, 2, 1], [3, 3, 2]], [[1, 2, 3], [4, 5, 6]]),
]

STOP = Exercise(
    name="error_when_stopped",
    arguments=("val", "test"),
    task="Return each network's test error at its epoch of lowest validation error.",
    returns="an array of one number per network",
    parse=lambda answer, val, test: numbers_of((len(val),), answer),
    cases=[
        *((np.array(val, dtype=float), np.array(test, dtype=float)) for val, test in BY_HAND),
        *((decimals(S, E), decimals(E, S).T + 5) for S, E in [(3, 8), (6, 5)]),
    ],
    reference=error_when_stopped,
)


@STOP.must(
    "if the test error counts the epochs, no epoch has a lower validation error",
    "The validation errors choose the epoch. What is returned stands in the test errors.",
)
def _lowest(run: Run, val, test):
    epochs = np.tile(np.arange(float(val.shape[1])), (len(val), 1))
    got = run(val, epochs)
    at = np.clip(got.round().astype(int), 0, val.shape[1] - 1)
    expect(near(at, got), f"it returned {show(got)}, which are no epochs")
    chosen = val[np.arange(len(val)), at]
    expect(near(chosen, val.min(axis=1)), f"the validation errors there are {show(chosen)}")


@STOP.must("of two epochs that are equally good, it is the first", "Stop at the first of them.")
def _first(run: Run, val, test):
    got, twice = run(val, test), run(np.hstack([val, val]), np.hstack([test, test + 1]))
    expect_near(got, twice, "{}, and {} if the same epochs come once more")


@STOP.must(
    "each network is stopped at an epoch of its own",
    "A network's answer must not depend on the others.",
)
def _own(run: Run, val, test):
    got = run(val, test)
    alone = np.concatenate([run(val[k : k + 1], test[k : k + 1]) for k in range(len(val))])
    expect_near(got, alone, "{} together, {} one by one")


@STOP.must(
    "the test errors have no say in the choice",
    "To choose by test errors makes the result look better than it is.",
)
def _blind(run: Run, val, test):
    got, turned = run(val, test), run(val, -test)
    expect(near(turned, -got), f"{show(got)}, and {show(turned)} with test errors of opposite sign")


@STOP.mistake("That is the lowest test error: the test data chose the epoch.")
def _by_test(val, test):
    return test.min(axis=1)


@STOP.mistake("That is the lowest validation error. Report the test error of that epoch.")
def _validation(val, test):
    return val.min(axis=1)


@STOP.mistake("That is the last epoch. Nothing was stopped.")
def _last_epoch(val, test):
    return test[:, -1]


@STOP.mistake("That is one epoch for all networks, the best on average.")
def _shared(val, test):
    return test[:, val.mean(axis=0).argmin()]


@STOP.mistake("That is the last of the best epochs. Early stopping keeps the first.")
def _latest(val, test):
    best = val.shape[1] - 1 - val[:, ::-1].argmin(axis=1)
    return test[np.arange(len(test)), best]


@STOP.mistake("That is the epoch. Report the test error there.")
def _epoch(val, test):
    return val.argmin(axis=1)


@STOP.mistake("That is the epoch of the highest validation error.")
def _worst(val, test):
    return test[np.arange(len(test)), val.argmax(axis=1)]
