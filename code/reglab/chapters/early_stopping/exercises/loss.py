"""Exercise loss_since_best: Prechelt's generalization loss.

Symbols     values (E,): validation errors, all > 0, after epochs 1, 2, ... E.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

CURVES = [
    [0.5],
    [0.5, 0.4],
    [0.4, 0.5],
    [0.4, 0.5, 0.2],
    [0.5, 0.25, 0.5, 0.2, 0.3, 0.3, 0.1, 0.4],
    [1.0, 2.0, 4.0, 8.0],
]


def loss_since_best(values: NDArray) -> NDArray:
    """Return 100 (values / the lowest value so far - 1), in percent: (E,)."""
    return 100 * (values / np.minimum.accumulate(values) - 1)


LOSS = Exercise(
    name="loss_since_best",
    arguments=("values",),
    task="Return by how many percent the validation error lies above its lowest value so far.",
    returns="an array of one number per epoch",
    parse=lambda answer, values: numbers_of(values.shape, answer),
    cases=[(np.array(curve),) for curve in CURVES],
    reference=loss_since_best,
)


def _near(a: NDArray, b: NDArray) -> bool:
    """Equal within the rounding of single precision, in percent."""
    return np.allclose(a, b, rtol=1e-5, atol=1e-4)


@LOSS.must("it is 0 at every new best", "Divide by the lowest value so far, this one included.")
def _zero(run: Run, values):
    got, lowest = run(values), np.minimum.accumulate(values)
    wrong = np.flatnonzero((values == lowest) & (np.abs(got) > 1e-4)) + 1
    expect(len(wrong) == 0, f"at epoch {wrong.tolist()[:1]} it is not 0, though no error was lower")


@LOSS.must(
    "an epoch's number does not depend on later epochs",
    "The rule is used while training: np.minimum.accumulate looks back only.",
)
def _causal(run: Run, values):
    got, short = run(values), run(values[:-1]) if len(values) > 1 else values[:0]
    expect(_near(got[: len(short)], short), "cutting the last epoch off changes those before it")


@LOSS.must("the numbers are right", "100 (value / lowest - 1): 0.5 after 0.4 is 25 percent.")
def _numbers(run: Run, values):
    got, want = run(values), loss_since_best(values)
    expect(_near(got, want), f"it is {show(got)}; it should be {show(want)}")


@LOSS.mistake("It divides by the lowest value of the whole curve, which is not known yet.")
def _whole(values):
    return 100 * (values / values.min() - 1)


@LOSS.mistake("It compares with the epoch before. The lowest so far may lie further back.")
def _before(values):
    return 100 * (values / np.concatenate([values[:1], values[:-1]]) - 1)


@LOSS.mistake("These are shares. Percent are a hundred times as much.")
def _shares(values):
    return loss_since_best(values) / 100


@LOSS.mistake("These are differences. A loss of 0.1 means little at 0.9 and much at 0.1: divide.")
def _differences(values):
    return 100 * (values - np.minimum.accumulate(values))
