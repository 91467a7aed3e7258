"""Exercise penalized_gradient: the gradient of cross-entropy minus beta times the entropy.

Symbols     z (K,) logits, p = softmax(z), y the label, H = -sum p log p.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.chapters.soft_targets.exercises.arrays import log_softmax, softmax
from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def penalized_gradient(z: NDArray, y: int, beta: float) -> NDArray:
    """Return p - one-hot + beta p (log p + H)."""
    log_p = log_softmax(z)
    p = np.exp(log_p)
    return p - np.eye(len(z))[y] + beta * p * (log_p - p @ log_p)


def _entropy(z):
    return -np.sum(softmax(z) * log_softmax(z))


UNSURE = Exercise(
    name="penalized_gradient",
    arguments=("z", "y", "beta"),
    task="Return the gradient, in the logits, of cross-entropy minus beta times the entropy.",
    returns="an array of one number per logit",
    parse=lambda answer, z, *_: numbers_of(z.shape, answer),
    cases=[
        (np.array(z), y, beta)
        for z, y in [([1.0, 0.0], 0), ([0.5, 2.0], 0), ([2.0, 0.0, -1.0], 0), ([0.0, 3.0, 1.0], 2)]
        for beta in (0.5, 0.1, 0.0)
    ],
    reference=penalized_gradient,
)


@UNSURE.must(
    "without a penalty it is p - one-hot",
    "The gradient of cross-entropy in the logits is softmax(z) minus the one-hot label.",
    cases=[case for case in UNSURE.cases if case[2] == 0],
)
def _plain(run: Run, z, y, beta):
    got, want = run(z, y, 0.0), penalized_gradient(z, y, 0.0)
    expect_near(got, want, "it is {}; p - one-hot is {}")


@UNSURE.must(
    "a step against the penalty's part raises the entropy",
    "Minus beta H in the loss rewards entropy. Check the sign.",
    cases=[case for case in UNSURE.cases if case[2] > 0],
)
def _raises(run: Run, z, y, beta):
    part = run(z, y, beta) - run(z, y, 0.0)
    before, after = _entropy(z), _entropy(z - 0.01 * part)
    expect(after > before, f"the entropy goes from {show(before)} to {show(after)}")


@UNSURE.must(
    "the penalty's part is beta p (log p + H)",
    "Differentiate H = -sum p log p through the softmax: dp_k / dz_j = p_k ([k = j] - p_j).",
)
def _formula(run: Run, z, y, beta):
    got, want = run(z, y, beta), penalized_gradient(z, y, beta)
    expect_near(got, want, "it is {}; differences of the loss give {}")


@UNSURE.must(
    "its numbers sum to 0: adding a constant to all logits changes nothing",
    "p (log p + H) sums to 0. p log p alone does not: the + H is missing.",
)
def _sum(run: Run, z, y, beta):
    total = run(z, y, beta).sum()
    expect(near(total, 0), f"they sum to {show(total)}")


@UNSURE.mistake(
    "The sign of the entropy is turned: that is CE + beta H, which makes predictions *more* "
    "confident."
)
def _turned(z, y, beta):
    return penalized_gradient(z, y, -beta)


@UNSURE.mistake("H is missing: the gradient of the entropy in z is -p (log p + H).")
def _without_h(z, y, beta):
    log_p = log_softmax(z)
    return np.exp(log_p) - np.eye(len(z))[y] + beta * np.exp(log_p) * log_p


@UNSURE.mistake("That is the derivative in p, log p + 1. The logits act on p through the softmax.")
def _in_p(z, y, beta):
    log_p = log_softmax(z)
    return np.exp(log_p) - np.eye(len(z))[y] + beta * (log_p + 1)


@UNSURE.mistake("That is label smoothing: p minus the smoothed target. Its pull is another one.")
def _smoothing(z, y, beta):
    return softmax(z) - (1 - beta) * np.eye(len(z))[y] - beta / len(z)


@UNSURE.mistake("The penalty is missing.")
def _only_ce(z, y, beta):
    return softmax(z) - np.eye(len(z))[y]
