"""Exercise mask_disagreement: the part of the uncertainty that is the masks' disagreement.

Symbols     probabilities (S, N, K) of S masks, N examples, K classes; entropies in nats.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def _entropy(p):
    """-sum p log p over the last axis, where 0 log 0 = 0."""
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=-1)


def mask_disagreement(probabilities: NDArray) -> NDArray:
    """Return the entropy of the mean minus the mean of the entropies, (N,)."""
    return _entropy(probabilities.mean(axis=0)) - _entropy(probabilities).mean(axis=0)


def _random(samples, examples, classes):
    rng = np.random.default_rng(samples + examples + classes)
    p = rng.random((samples, examples, classes)).round(2) + 0.05
    return p / p.sum(axis=-1, keepdims=True)


UNSURE = np.full((2, 1, 2), 0.5)  # two masks that agree to be unsure
OPPOSED = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
SURE = np.array([[[1.0, 0.0]], [[1.0, 0.0]]])

DISAGREEMENT = Exercise(
    name="mask_disagreement",
    arguments=("probabilities",),
    task="Return the mutual information of the prediction and the mask, in nats, per example.",
    returns="an array of one number per example",
    parse=lambda answer, probabilities: numbers_of(probabilities.shape[1:2], answer),
    cases=[(UNSURE,), (SURE,), (OPPOSED,), (_random(3, 2, 2),), (_random(4, 3, 5),)],
    reference=mask_disagreement,
)


@DISAGREEMENT.must(
    "masks that agree to be unsure do not disagree",
    "Subtract what each mask is unsure of by itself: the mean of its entropies.",
    cases=[(UNSURE,), (_random(1, 2, 3),)],
)
def _agree(run: Run, probabilities):
    got = run(probabilities)
    expect(bool(np.all(np.abs(got) < 1e-6)), f"it is {show(got)}; it should be 0")


@DISAGREEMENT.must(
    "two masks that are sure of opposite classes disagree by log 2",
    "Count 0 log 0 as 0, and use the natural logarithm.",
    cases=[(OPPOSED,)],
)
def _opposed(run: Run, probabilities):
    got = run(probabilities)
    expect_near(got, np.log(2), "it is {}; log 2 is {}")


@DISAGREEMENT.must(
    "it is the entropy of the mean minus the mean of the entropies",
    "First average over the masks, then take the entropy; from it subtract the mean over masks "
    "of their entropies.",
)
def _exact(run: Run, probabilities):
    got, want = run(probabilities), mask_disagreement(probabilities)
    expect_near(got, want, "it is {}; it should be {}")


@DISAGREEMENT.mistake("That is the entropy of the mean: all uncertainty, disagreement or not.")
def _total(probabilities):
    return _entropy(probabilities.mean(axis=0))


@DISAGREEMENT.mistake("That is the mean of the entropies: what the masks agree to be unsure of.")
def _expected(probabilities):
    return _entropy(probabilities).mean(axis=0)


@DISAGREEMENT.mistake("The sign is turned around: the entropy of the mean is the larger one.")
def _turned(probabilities):
    return -mask_disagreement(probabilities)


@DISAGREEMENT.mistake("That is in bits. Use the natural logarithm.")
def _bits(probabilities):
    return mask_disagreement(probabilities) / np.log(2)


@DISAGREEMENT.mistake("0 log 0 counts as 0: leave probabilities of 0 out, or they make NaN.")
def _nan(probabilities):
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = probabilities.mean(axis=0)
        total = -np.sum(mean * np.log(mean), axis=-1)
        return total + np.sum(probabilities * np.log(probabilities), axis=-1).mean(axis=0)


@DISAGREEMENT.mistake("The entropies are summed over the masks. Take their mean.")
def _summed(probabilities):
    return _entropy(probabilities.mean(axis=0)) - _entropy(probabilities).sum(axis=0)


@DISAGREEMENT.mistake("That is the variance over masks, which is not in nats.")
def _variance(probabilities):
    return probabilities.var(axis=0).sum(axis=-1)
