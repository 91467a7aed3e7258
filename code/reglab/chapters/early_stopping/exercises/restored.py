"""Exercise restored_test_errors: the honest test error of many runs that were stopped.

Symbols     val, test (S, E): errors of S runs after epochs 1 ... E.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def restored_test_errors(val: NDArray, test: NDArray) -> NDArray:
    """Return each run's test error at the first epoch of its lowest validation error: (S,)."""
    return test[np.arange(len(val)), val.argmin(axis=1)]


def _case(*rows: tuple[list[float], list[float]]) -> tuple[NDArray, NDArray]:
    val, test = zip(*rows, strict=True)
    return np.array(val), np.array(test)


def _random(runs: int, epochs: int) -> tuple[NDArray, NDArray]:
    rng = np.random.default_rng(10 * runs + epochs)
    return tuple(rng.integers(1, 20, (2, runs, epochs)) / 20)


RESTORED = Exercise(
    name="restored_test_errors",
    arguments=("val", "test"),
    task="Return the test error of the network that early stopping would return, for each run.",
    returns="an array of one error per run",
    parse=lambda answer, val, test: numbers_of((len(val),), answer),
    cases=[
        _case(([0.3], [0.4])),
        _case(([0.3, 0.2, 0.4], [0.4, 0.3, 0.2])),
        _case(([0.3, 0.2, 0.2], [0.4, 0.5, 0.1])),
        _case(([0.5, 0.1], [0.6, 0.2]), ([0.2, 0.4], [0.1, 0.5])),
        *(_random(runs, epochs) for runs, epochs in [(3, 4), (5, 5), (4, 30)]),
    ],
    reference=restored_test_errors,
)


@RESTORED.must(
    "each error is the test error of an epoch of that run",
    "Index `test` with pairs: one run and one epoch each, as in test[[0, 1], [4, 2]].",
)
def _own(run: Run, val, test):
    got = run(val, test)
    for number, (error, row) in enumerate(zip(got, test, strict=True)):
        expect(any(near(error, r) for r in row), f"run {number}: {show(error)} is not in its row")


@RESTORED.must(
    "the epoch is chosen on validation data alone",
    "The test errors say nothing about which epoch to take. Change them, and the epoch must stay.",
)
def _chosen(run: Run, val, test):
    epochs = np.tile(np.arange(val.shape[1]) + 1.0, (len(val), 1))
    got = run(val, epochs)
    expect(
        near(val[np.arange(len(val)), _places(got, val)], val.min(axis=1)),
        f"with test = 1, 2, 3, ... it takes the epochs {show(got)}",
    )


@RESTORED.must(
    "of equal validation errors, the first counts", "argmin returns the first of equals."
)
def _first(run: Run, val, test):
    got, want = run(val, test), restored_test_errors(val, test)
    expect_near(got, want, "it is {}; it should be {}")


def _places(epochs: NDArray, val: NDArray) -> NDArray:
    """Positions, whatever was returned: rounded and clipped into the curve."""
    return (epochs.round().astype(int) - 1).clip(0, val.shape[1] - 1)


@RESTORED.mistake("That is the lowest test error: it peeks. No one can stop there.")
def _peeks(val, test):
    return test.min(axis=1)


@RESTORED.mistake("That is the validation error that was chosen on, which flatters.")
def _chosen_on(val, test):
    return val.min(axis=1)


@RESTORED.mistake("That is the last epoch: nothing was stopped.")
def _last(val, test):
    return test[:, -1]


@RESTORED.mistake("One epoch is taken for all runs. Each run has its own.")
def _one_for_all(val, test):
    return test[:, val.mean(axis=0).argmin()]


@RESTORED.mistake("Ties go to the last of equal epochs here.")
def _last_of_equals(val, test):
    return test[np.arange(len(val)), val.shape[1] - 1 - val[:, ::-1].argmin(axis=1)]
