"""Exercise largest_lam: where the lasso's path begins.

Symbols     X (n, I), y (n,); objective 1/(2n) |y - X w|^2 + lam sum |w|, no intercept.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, number, show, show_both
from reglab.exercises.arrays import decimals
from reglab.exercises.exercise import Exercise, Run


def largest_lam(X: NDArray, y: NDArray) -> float:
    """Return max |X'y| / n: from there on, all weights of the lasso are 0."""
    return float(np.abs(X.T @ y).max() / len(y))


def _cases() -> list[tuple]:
    by_hand = [
        ([[1.0]], [2.0]),
        ([[2.0]], [-3.0]),
        ([[1.0], [1.0]], [1.0, 2.0]),
        ([[1.0, -3.0]], [1.0]),
        ([[1.0, 0.0], [0.0, 1.0]], [1.0, -4.0]),
    ]
    small = [(np.array(X), np.array(y)) for X, y in by_hand]
    return small + [(decimals(n, N), decimals(n, 1)[:, 0]) for n, N in [(3, 5), (8, 4), (20, 6)]]


LARGEST_LAM = Exercise(
    name="largest_lam",
    arguments=("X", "y"),
    task="Return the smallest lam at which every weight of the lasso is 0.",
    returns="one number",
    parse=lambda answer, X, y: number(answer),
    cases=_cases(),
    reference=largest_lam,
)


CLOSE = 1e-4  # relative: what a search with a solver of the lasso may be off by


def _lasso_moves(X: NDArray, y: NDArray, lam: float) -> bool:
    """Say whether some weight can leave 0 and lower the objective."""
    return bool((abs(X.T @ y) / len(y) > lam).any())


@LARGEST_LAM.must(
    "at this lam, 0 is the best value of every weight",
    "A weight stays at 0 as long as the loss is not steeper there, along it, than the penalty.",
)
def _zero(run: Run, X, y):
    lam = run(X, y)
    moves = _lasso_moves(X, y, (1 + CLOSE) * lam)
    expect(not moves, f"at lam = {show(lam)} some weight is not 0")


@LARGEST_LAM.must(
    "a little below it, some weight is not 0", "Which weight is the first to leave 0?"
)
def _next(run: Run, X, y):
    below = (1 - CLOSE) * run(X, y)
    expect(_lasso_moves(X, y, below), f"at {below:.6g} all weights are still 0")


@LARGEST_LAM.must("the same data twice changes nothing", "The loss is a mean: divide by n.")
def _twice(run: Run, X, y):
    once, twice = run(X, y), run(np.tile(X, (2, 1)), np.tile(y, 2))
    one, other = show_both(once, twice)
    expect(np.isclose(once, twice, CLOSE), f"once it is {one}, twice {other}")


@LARGEST_LAM.must("the signs of y and X do not matter", "Take absolute values before the maximum.")
def _signs(run: Run, X, y):
    once, turned = run(X, y), run(X, -y)
    one, other = show_both(once, turned)
    expect(np.isclose(once, turned, CLOSE), f"for y it is {one}, for -y {other}")


@LARGEST_LAM.mistake("The loss is a mean over n examples: divide by n.")
def _summed(X, y):
    return np.abs(X.T @ y).max()


@LARGEST_LAM.mistake("The largest product may be negative: take absolute values first.")
def _signed(X, y):
    return (X.T @ y).max() / len(y)


@LARGEST_LAM.mistake("The loss has a ½, which cancels the 2 of its slope: max |X.T @ y| / n.")
def _twice_as_large(X, y):
    return 2 * largest_lam(X, y)


@LARGEST_LAM.mistake("Divide by the number of examples, not of features.")
def _features(X, y):
    return np.abs(X.T @ y).max() / X.shape[1]
