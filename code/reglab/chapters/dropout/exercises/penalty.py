"""Exercise dropout_penalty: what dropout adds to the loss of a linear regression.

Symbols     x (n, I) inputs, w (I,) weights, p probability of dropping an input.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.arrays import decimals
from reglab.exercises.exercise import Exercise, Run


def dropout_penalty(x: NDArray, w: NDArray, p: float) -> float:
    """Return p / (1 - p) sum_i mean(x_i^2) w_i^2."""
    return float(p / (1 - p) * np.sum(np.mean(x**2, axis=0) * w**2))


def _cases() -> list[tuple]:
    by_hand = [([[2.0]], [3.0]), ([[2.0], [0.0]], [3.0]), ([[1.0, 10.0]], [1.0, 1.0])]
    arrays = [(np.array(x), np.array(w)) for x, w in by_hand]
    arrays += [(decimals(n, i), decimals(1, i)[0]) for n, i in [(3, 2), (5, 4)]]
    return [(x, w, p) for x, w in arrays for p in (0.5, 0.2, 0.75, 0.0)]


PENALTY = Exercise(
    name="dropout_penalty",
    arguments=("x", "w", "p"),
    task="Return the mean over examples of the expected squared error with masks minus without.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=_cases(),
    reference=dropout_penalty,
)


def _by_enumeration(x, w, p):
    """The variance of the output over all masks of the inputs, mean over examples."""
    masks = np.array(np.meshgrid(*[[0.0, 1.0]] * x.shape[1])).reshape(x.shape[1], -1).T
    chance = np.prod(np.where(masks > 0, 1 - p, p), axis=1)
    outputs = (x[:, None] * masks / (1 - p)) @ w  # (n, 2^I)
    return float(np.mean((outputs - (x @ w)[:, None]) ** 2 @ chance))


@PENALTY.must("without dropout it is 0", "p / (1 - p) is 0 at p = 0.", cases=_cases()[3::4])
def _none(run: Run, x, w, p):
    got = run(x, w, 0.0)
    expect(near(got, 0), f"at p = 0 it is {show(got)}")


@PENALTY.must(
    "it is what an average over all masks adds to the squared error",
    "The output sum_i m_i x_i w_i has the variance p / (1 - p) sum_i x_i^2 w_i^2, example by "
    "example.",
)
def _exact(run: Run, x, w, p):
    got, want = run(x, w, p), _by_enumeration(x, w, p)
    expect_near(got, want, "it is {}; all masks give {}")


@PENALTY.must(
    "an input in another unit changes nothing",
    "Ten times the input, a tenth of the weight: mean(x_i^2) w_i^2 stays.",
)
def _units(run: Run, x, w, p):
    got, want = run(10 * x, w / 10, p), run(x, w, p)
    expect_near(got, want, "it is {} after the change and {} before")


@PENALTY.mistake(
    "That is plain ridge, p / (1 - p) sum w^2: the mean of x_i^2 has to weigh each w_i^2."
)
def _ridge(x, w, p):
    return p / (1 - p) * np.sum(w**2)


@PENALTY.mistake("The factor p belongs to masks of 0 and 1 - p; a scaled mask has p / (1 - p).")
def _only_p(x, w, p):
    return p * np.sum(np.mean(x**2, axis=0) * w**2)


@PENALTY.mistake(
    "p (1 - p) is the variance of a mask of 0 and 1. Divided by (1 - p)^2 it is p / (1 - p)."
)
def _unscaled(x, w, p):
    return p * (1 - p) * np.sum(np.mean(x**2, axis=0) * w**2)


@PENALTY.mistake(
    "The sum is squared as a whole. Inputs are dropped independently: the variances add up."
)
def _shared(x, w, p):
    return p / (1 - p) * np.mean((x @ w) ** 2)


@PENALTY.mistake("The square of the mean of x_i instead of the mean of its square.")
def _mean_squared(x, w, p):
    return p / (1 - p) * np.sum(np.mean(x, axis=0) ** 2 * w**2)


@PENALTY.mistake("It is summed over the examples; the loss is their mean.")
def _summed(x, w, p):
    return p / (1 - p) * np.sum(np.sum(x**2, axis=0) * w**2)


@PENALTY.mistake("That is the variance of x_i. Dropping an input also removes its mean.")
def _centered(x, w, p):
    return p / (1 - p) * np.sum(np.var(x, axis=0) * w**2)


@PENALTY.mistake("p and 1 - p are exchanged: p is the probability of dropping.")
def _exchanged(x, w, p):
    return (1 - p) / p * np.sum(np.mean(x**2, axis=0) * w**2) if p else 0.0
