"""Exercise min_norm: of all best fits, the one with the smallest weights.

Symbols     features (n, N), targets y (n,), weights w (N,).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show_both
from reglab.exercises.arrays import decimals, numbers_of, problems
from reglab.exercises.exercise import Exercise, Run


def min_norm(features: NDArray, y: NDArray) -> NDArray:
    """Return the weights (N,) of least squares with the smallest norm: pinv(features) y."""
    return np.linalg.pinv(features) @ y


MIN_NORM = Exercise(
    name="min_norm",
    arguments=("features", "y"),
    task="Return the least-squares weights; of several best fits those with the smallest norm.",
    returns="an array of N numbers, one weight per feature",
    parse=lambda answer, features, y: numbers_of(features.shape[1:], answer),
    cases=problems(),
    reference=min_norm,
    raised={
        "LinAlgError": "features.T @ features has no inverse here, because several weights fit "
        "equally well. Which of them does np.linalg.lstsq return?"
    },
)


@MIN_NORM.must(
    "no other weights fit better: the residual is orthogonal to every feature",
    "At a best fit, features.T @ (features @ w - y) is zero.",
)
def _best(run: Run, features, y):
    w, best = run(features, y), min_norm(features, y)
    error, least = (float(np.mean((features @ at - y) ** 2)) for at in (w, best))
    ours, lowest = show_both(error, least)
    message = f"the training error is {ours}; {lowest} can be reached"
    expect(near(features.T @ (features @ w - y), 0), message)


@MIN_NORM.must(
    "no other best fit is shorter",
    "Nothing of w may lie where the features are blind: w = features.T @ something.",
)
def _shortest(run: Run, features, y):
    w, best = run(features, y), min_norm(features, y)
    if near(features @ w, features @ best):
        ours, least = show_both(np.linalg.norm(w), np.linalg.norm(best))
        expect(near(w, best), f"|w| is {ours}; a fit as good has {least}")


@MIN_NORM.must(
    "with more features than points it hits every target",
    "If the rows of the features are independent, features @ w equals y.",
    cases=[(decimals(n, N), decimals(n, 1)[:, 0]) for n, N in [(1, 2), (2, 3), (4, 9)]],
)
def _hits(run: Run, features, y):
    fit = features @ run(features, y)
    expect_near(fit, y, "it predicts {} instead of {}")


@MIN_NORM.must(
    "of two equal features each gets half the weight",
    "That is what the smallest norm does: 1/2 and 1/2 is shorter than 1 and 0.",
)
def _shares(run: Run, features, y):
    w = run(np.repeat(features, 2, axis=1), y)
    one, other = show_both(w[0], w[1])
    expect(near(w[::2], w[1::2]), f"equal features got {one} and {other}")


@MIN_NORM.mistake(
    "That is ridge, which never fits exactly. The limit of no ridge is np.linalg.pinv."
)
def _ridge(features, y):
    return np.linalg.solve(features.T @ features + 1e-3 * np.eye(features.shape[1]), features.T @ y)


@MIN_NORM.mistake(
    "That is ridge, which never fits exactly. The limit of no ridge is np.linalg.pinv."
)
def _strong_ridge(features, y):
    return np.linalg.solve(features.T @ features + np.eye(features.shape[1]), features.T @ y)


@MIN_NORM.mistake(
    "That uses the first n features and leaves the others at 0. Let all of them share."
)
def _first_features(features, y):
    w = np.zeros(features.shape[1])
    used = features[:, : len(y)]
    w[: used.shape[1]] = np.linalg.pinv(used) @ y
    return w


@MIN_NORM.mistake("That is features.T @ y: the first step of gradient descent, not its end.")
def _gradient(features, y):
    return features.T @ y


@MIN_NORM.mistake(
    "It fits as well as can be, but carries a part that no feature sees, as gradient descent does "
    "that does not start from 0."
)
def _from_ones(features, y):
    ones = np.ones(features.shape[1])
    return ones + np.linalg.pinv(features) @ (y - features @ ones)
