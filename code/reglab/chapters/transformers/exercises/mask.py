"""Exercise causal_weights: attention that does not look ahead.

Symbols     scores (T, T): row t holds how much query t wants to look at each key.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def _softmax(scores: NDArray) -> NDArray:
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def causal_weights(scores: NDArray) -> NDArray:
    """Return softmax over the keys up to t of each row t, and 0 for later keys."""
    ahead = np.triu(np.ones(scores.shape, dtype=bool), k=1)
    return _softmax(np.where(ahead, -np.inf, scores))


MASK = Exercise(
    name="causal_weights",
    arguments=("scores",),
    task="Return the attention weights: row t is a softmax over the keys 0 to t, and 0 after t.",
    returns="an array in the shape of scores",
    parse=lambda answer, scores: numbers_of(scores.shape, answer),
    cases=[
        (np.array([[2.0]]),),
        (np.array([[0.0, 1.0], [1.0, 0.0]]),),
        (np.array([[0.0, 3.0, 1.0], [1.0, -1.0, 5.0], [2.0, 0.0, 1.0]]),),
        (np.array([[1.0, 0.0, 0.0], [0.0, 300.0, 400.0], [0.0, 900.0, 899.0]]),),
        (2 * decimals(6, 6),),
    ],
    reference=causal_weights,
)
SEVERAL = [case for case in MASK.cases if len(case[0]) > 1]


@MASK.must("no query looks ahead", "Row t is a query, column s a key: s > t gets 0.", SEVERAL)
def _ahead(run: Run, scores):
    got = run(scores)
    expect(near(np.triu(got, 1), 0), f"above the diagonal it is {show(np.triu(got, 1))}")


@MASK.must("each row sums to 1", "Mask before the softmax, so that the rest shares all of it.")
def _sums(run: Run, scores):
    sums = run(scores).sum(1)
    expect(near(sums, 1), f"the sums are {show(sums)}")


@MASK.must(
    "a later token changes nothing for an earlier query",
    "Row t must not depend on scores right of the diagonal, not even through its sum.",
    SEVERAL,
)
def _later(run: Run, scores):
    other = scores + np.triu(np.full(scores.shape, 3.0), 1)
    one, two = run(scores), run(other)
    expect(near(one, two), f"{show(one[0])} became {show(two[0])} in the first row")


@MASK.must(
    "the weights of allowed keys have the ratios of exp(scores)",
    "A token may look at itself, too. Subtract the largest score for large ones.",
)
def _ratios(run: Run, scores):
    got, want = run(scores), causal_weights(scores)
    t = int(abs(got - want).max(1).argmax())
    expect(near(got, want), f"row {t} is {show(got[t])}; it should be {show(want[t])}")


@MASK.mistake("Masked after the softmax, the rows no longer sum to 1.")
def _after(scores):
    return np.tril(_softmax(scores))


@MASK.mistake("A score of 0 is no mask: exp(0) is 1. Use minus infinity.")
def _zeros(scores):
    return _softmax(np.tril(scores))


@MASK.mistake("The mask is turned: these queries look at themselves and ahead.")
def _turned(scores):
    return _softmax(np.where(np.tril(np.ones(scores.shape, dtype=bool), -1), -np.inf, scores))


@MASK.mistake("The softmax runs over the queries. It belongs over the keys, along each row.")
def _queries(scores):
    ahead = np.triu(np.ones(scores.shape, dtype=bool), k=1)
    return _softmax(np.where(ahead, -np.inf, scores).T).T


@MASK.mistake("Nothing is masked: each token sees the one that it has to predict.")
def _open(scores):
    return _softmax(scores)
