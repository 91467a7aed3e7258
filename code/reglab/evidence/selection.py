"""The best of k: what choosing among k trials gains, and by how much the winner looks too good.

Source      Dodge, Gururangan, Card, Schwartz, Smith (2019), "Show Your Work: Improved Reporting of
            Experimental Results", EMNLP, section 3, for the expected best of k trials; Cawley,
            Talbot (2010), "On Over-fitting in Model Selection", JMLR 11, for the winner's curse.
Departures  Dodge et al. draw the k trials with replacement, which is biased: here they are drawn
            without, as a search draws them, and the mean over all subsets is unbiased.
Symbols     n trials that were run, k <= n that one could have afforded; small scores are better.
"""

from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr

from reglab.core import check_count


def expected_best(scores: ArrayLike, k: int, values: ArrayLike | None = None) -> float:
    """Return the mean, over all subsets of k trials, of the value of the subset's lowest score.

    With scores in ascending order, trial i (from 0) wins in C(n - 1 - i, k - 1) of the C(n, k)
    subsets. Among equal scores each wins equally often.

    Args:
        scores: (n,) what the choice is made by, such as validation errors.
        k: trials in a subset, 1 to n.
        values: (n,) what the chosen trial is then worth, such as its test error; None: its score.
    Raises: ValueError for scores or values that are not n finite numbers, and for another k.

    >>> expected_best([3.0, 1.0, 2.0], 2)  # of the pairs: 1, 2 and 1
    1.3333333333333333
    """
    scores = np.asarray(scores, dtype=float)
    values = scores if values is None else np.asarray(values, dtype=float)
    if scores.ndim != 1 or scores.shape != values.shape:
        raise ValueError(
            f"scores and values must be one number a trial; got shapes {scores.shape} "
            f"and {values.shape}"
        )
    if not (np.isfinite(scores).all() and np.isfinite(values).all()):
        raise ValueError("scores and values must be finite; give a diverged trial the worst error")
    return float(winning_shares(scores, k) @ values)


def winning_shares(scores: ArrayLike, k: int) -> NDArray[np.float64]:
    """Return (n,) how often each trial has the lowest score of k trials drawn without replacement.

    >>> winning_shares([3.0, 1.0, 2.0], 2).round(3).tolist()
    [0.0, 0.667, 0.333]
    """
    scores = np.asarray(scores, dtype=float)
    n = len(scores)
    if check_count("k", k) > n:
        raise ValueError(f"k must be at most the number of trials, {n}; got {k}")
    order = np.argsort(scores, kind="stable")
    shares = np.empty(n)
    shares[order] = [comb(n - 1 - i, k - 1) / comb(n, k) for i in range(n)]
    _, group = np.unique(scores, return_inverse=True)  # equal scores share what they win
    return (np.bincount(group, shares) / np.bincount(group))[group]


def expected_maximum(k: int) -> float:
    """Return the mean of the largest of k independent standard normals: int x k phi Phi^(k-1) dx.

    The lowest of k validation errors, all of true error e on m examples, lies about
    expected_maximum(k) * sqrt(e (1 - e) / m) below e, though no trial is better than another.

    >>> round(expected_maximum(2), 6)  # 1 / sqrt(pi)
    0.56419
    """
    check_count("k", k)
    x = np.linspace(-12, 12, 20001)
    log_density = np.log(k) - x**2 / 2 - np.log(2 * np.pi) / 2 + (k - 1) * log_ndtr(x)
    return float(np.sum(x * np.exp(log_density)) * (x[1] - x[0]))  # it is 0 at both ends
