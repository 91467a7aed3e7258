"""Exercise subnetwork_average: the geometric mean of 2^H softmax layers, without a loop over them.

Symbols     h (H,) hidden activations, V (K, H) and b (K,) the softmax layer, p probability of
            dropping a hidden unit, with masks of 0 and 1 / (1 - p).
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def subnetwork_average(h: NDArray, V: NDArray, b: NDArray, p: float) -> NDArray:
    """Return softmax(V h + b): the mean of the logits over masks is that of the mean mask, 1."""
    return _softmax(V @ h + b)


def _cases() -> list[tuple]:
    by_hand = [([1.0], [[2.0], [0.0]], [0.0, 0.0]), ([1.0, 2.0], [[1.0, 0], [0, 1.0]], [0.0, 0.5])]
    arrays = [tuple(np.array(a) for a in case) for case in by_hand]
    for units, classes in [(3, 2), (5, 3), (8, 4)]:
        V = decimals(classes, units)
        arrays.append((np.abs(decimals(1, units)[0]), V, decimals(1, classes)[0]))
    wide = (np.full(40, 0.1), decimals(3, 40), np.zeros(3))  # 2^40 networks: no loop ends
    return [(*a, p) for a in arrays for p in (0.5, 0.2)] + [(*wide, 0.5)]


AVERAGE = Exercise(
    name="subnetwork_average",
    arguments=("h", "V", "b", "p"),
    task="Return the normalized geometric mean of the predictions of all sub-networks.",
    returns="an array of K probabilities",
    parse=lambda answer, h, V, b, p: numbers_of(b.shape, answer),
    cases=_cases(),
    reference=subnetwork_average,
)


def _by_enumeration(h, V, b, p):
    """The weighted geometric mean of the softmaxes, normalized, one sub-network after another."""
    log = np.zeros_like(b)
    for bits in itertools.product([0, 1], repeat=len(h)):
        chance = np.prod([1 - p if bit else p for bit in bits])
        log += chance * np.log(_softmax(V @ (h * np.array(bits) / (1 - p)) + b))
    return _softmax(log)


@AVERAGE.must("the probabilities are positive and add up to 1", "Normalize at the end.")
def _sums(run: Run, h, V, b, p):
    got = run(h, V, b, p)
    expect(near(got.sum(), 1) and (got > 0).all(), f"it is {show(got)}")


@AVERAGE.must(
    "it is the geometric mean over all masks, normalized",
    "The logarithm of a softmax is its logits minus a number that all classes share. So average "
    "the logits, which are linear in the mask.",
    cases=[case for case in _cases() if len(case[0]) <= 8],
)
def _exact(run: Run, h, V, b, p):
    got, want = run(h, V, b, p), _by_enumeration(h, V, b, p)
    expect_near(got, want, f"it is {{}}; a loop over 2^{len(h)} masks gives {{}}")


@AVERAGE.must(
    "forty units work as well",
    "2^40 sub-networks cannot be listed. What is the mean of the logits over masks?",
    cases=_cases()[-1:],
)
def _wide(run: Run, h, V, b, p):
    got, want = run(h, V, b, p), subnetwork_average(h, V, b, p)
    expect_near(got, want, "it is {}; it should be {}")


@AVERAGE.mistake(
    "(1 - p) h is the mean for masks of 0 and 1. These are divided by 1 - p, so their mean is 1."
)
def _scaled_twice(h, V, b, p):
    return _softmax((1 - p) * (V @ h) + b)


@AVERAGE.mistake("Divided by 1 - p once too often: the masks have the mean 1 already.")
def _divided(h, V, b, p):
    return _softmax(V @ h / (1 - p) + b)


@AVERAGE.mistake("The bias is not dropped and has no factor.")
def _bias_scaled(h, V, b, p):
    return _softmax((1 - p) * (V @ h + b))


@AVERAGE.mistake("The bias b is missing in the logits.")
def _no_bias(h, V, b, p):
    return _softmax(V @ h)


@AVERAGE.mistake("These are logits, not probabilities: the softmax is missing.")
def _logits(h, V, b, p):
    return V @ h + b


@AVERAGE.mistake("p is the probability of dropping, and masks divided by 1 - p have the mean 1.")
def _times_p(h, V, b, p):
    return _softmax(p * (V @ h) + b)


@AVERAGE.mistake("These are not normalized: divide the exponentials by their sum over classes.")
def _exponentials(h, V, b, p):
    return np.exp(V @ h + b)


@AVERAGE.mistake("That is a sigmoid for each class. The classes share one softmax.")
def _sigmoids(h, V, b, p):
    return 1 / (1 + np.exp(-(V @ h + b)))
