"""Exercise best_of_k: the expected lowest error of k trials, from n that were run.

Symbols     scores (n,) errors; k <= n; subsets of k, all equally likely, without replacement.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reglab.evidence import expected_best
from reglab.exercises.answers import expect_near, number
from reglab.exercises.exercise import Exercise, Run


def best_of_k(scores: NDArray, k: int) -> float:
    """Return the mean, over all subsets of k of the scores, of the lowest."""
    return expected_best(scores, k)


BEST = Exercise(
    name="best_of_k",
    arguments=("scores", "k"),
    task="Return the mean, over all subsets of k scores, of the lowest score.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (np.array(scores, dtype=float), k)
        for scores in [[4], [2, 8], [3, 1, 2], [5, 5, 1, 9], [7, 3, 8, 1, 6, 2]]
        for k in (1, 2, 3, 6)
        if k <= len(scores)
    ],
    reference=best_of_k,
)


@BEST.must(
    "one trial is worth the mean",
    "Each of the n subsets of one holds its own best.",
    cases=[case for case in BEST.cases if case[1] == 1],
)
def _one(run: Run, scores, k):
    got = run(scores, k)
    expect_near(got, scores.mean(), "it is {}; the mean is {}")


@BEST.must(
    "all n trials are worth the lowest",
    "There is one subset of all.",
    cases=[case for case in BEST.cases if case[1] == len(case[0])],
)
def _all(run: Run, scores, k):
    got = run(scores, k)
    expect_near(got, scores.min(), "it is {}; the lowest is {}")


@BEST.must(
    "it is the mean over all subsets",
    "Sort. Score i, from 0, is the lowest of C(n - 1 - i, k - 1) of the C(n, k) subsets.",
)
def _subsets(run: Run, scores, k):
    want = np.mean([min(one) for one in combinations(scores.tolist(), k)])
    got = run(scores, k)
    expect_near(got, want, "it is {}; over the subsets it is {}")


@BEST.mistake("That draws with replacement: a trial may come twice. A search tries each once.")
def _replaced(scores, k):
    n, ordered = len(scores), np.sort(scores)
    above = (np.arange(n, -1, -1) / n) ** k
    return float(ordered @ (above[:-1] - above[1:]))


@BEST.mistake("That is the lowest of the first k, for one order of the trials.")
def _first(scores, k):
    return float(np.min(scores[:k]))


@BEST.mistake("That is the lowest of all n: it is what k = n is worth.")
def _lowest(scores, k):
    return float(np.min(scores))


@BEST.mistake("That is the mean of the k lowest, but a search keeps one.")
def _mean_of_lowest(scores, k):
    return float(np.sort(scores)[:k].mean())
