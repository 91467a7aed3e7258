"""Exercise ridge_gradient: the gradient of a mean loss with an L2 penalty.

Symbols     X (n, I), y (n,), w (I,), lam; objective 1/(2n) |y - X w|^2 + lam/2 sum w^2.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def ridge_gradient(X: NDArray, y: NDArray, w: NDArray, lam: float) -> NDArray:
    """Return X'(X w - y) / n + lam w."""
    return X.T @ (X @ w - y) / len(y) + lam * w


def _cases() -> list[tuple]:
    by_hand = [
        ([[1.0]], [0.0], [2.0], 0.5),
        ([[2.0]], [3.0], [1.0], 0.0),
        ([[1.0], [3.0]], [1.0, 0.0], [2.0], 1.0),
        ([[1.0, 0.0]], [1.0], [0.0, 2.0], 0.1),
    ]
    small = [(np.array(X), np.array(y), np.array(w), lam) for X, y, w, lam in by_hand]
    large = [
        (decimals(n, N), decimals(n, 1)[:, 0], decimals(N, 2)[:, 1], lam)
        for n, N, lam in [(4, 3, 0.3), (5, 8, 2.0), (20, 6, 0.05)]
    ]
    return small + large


RIDGE_GRADIENT = Exercise(
    name="ridge_gradient",
    arguments=("X", "y", "w", "lam"),
    task="Return the gradient of mean((y - X w)²) / 2 + lam / 2 · sum(w²) at w.",
    returns="an array of numbers, one per weight",
    parse=lambda answer, X, y, w, lam: numbers_of(w.shape, answer),
    cases=_cases(),
    reference=ridge_gradient,
)


def _objective(X: NDArray, y: NDArray, w: NDArray, lam: float) -> float:
    return ((y - X @ w) ** 2).mean() / 2 + lam / 2 * (w**2).sum()


@RIDGE_GRADIENT.must(
    "agrees with the slope of the objective",
    "Take the loss and the penalty by themselves: each is a sum of squares with a factor.",
)
def _slope(run: Run, X, y, w, lam):
    found, step = run(X, y, w, lam), 1e-4
    sides = [[_objective(X, y, w + s * e, lam) for e in np.eye(len(w))] for s in (step, -step)]
    want = (np.array(sides[0]) - sides[1]) / (2 * step)  # exact up to rounding
    message = f"it is {show(found)}; finite differences give {show(want.round(6))}"
    expect(np.allclose(found, want, rtol=1e-5, atol=1e-6), message)


@RIDGE_GRADIENT.must(
    "lam adds lam · w, nothing else", "Compare lam with 0: the difference is the penalty's slope."
)
def _penalty(run: Run, X, y, w, lam):
    added = run(X, y, w, lam) - run(X, y, w, 0.0)
    expect_near(added, lam * w, "it adds {}; lam · w is {}")


@RIDGE_GRADIENT.must("is 0 at the ridge solution", "Is the sign that of X w - y?")
def _zero(run: Run, X, y, w, lam):
    lam = lam + 0.1
    best = np.linalg.solve(X.T @ X / len(y) + lam * np.eye(len(w)), X.T @ y / len(y))
    found = run(X, y, best, lam)
    expect(np.allclose(found, 0, atol=1e-8), f"there it is {show(found.round(6))}")


@RIDGE_GRADIENT.must(
    "the same data twice changes nothing", "A mean: divide by n, not by 2 or by 1."
)
def _twice(run: Run, X, y, w, lam):
    once, twice = run(X, y, w, lam), run(np.tile(X, (2, 1)), np.tile(y, 2), w, lam)
    expect_near(once, twice, "once it is {}, twice {}")


@RIDGE_GRADIENT.mistake("The penalty has a ½: its gradient is lam * w, not 2 * lam * w.")
def _double(X, y, w, lam):
    return ridge_gradient(X, y, w, 2 * lam)


@RIDGE_GRADIENT.mistake("That is the gradient of a summed loss. Divide X.T @ (X @ w - y) by n.")
def _summed(X, y, w, lam):
    return X.T @ (X @ w - y) + lam * w


@RIDGE_GRADIENT.mistake("The penalty is divided by n as well; only the loss is a mean.")
def _all_divided(X, y, w, lam):
    return ridge_gradient(X, y, w, lam / len(y))


@RIDGE_GRADIENT.mistake("The residual's sign is reversed: it is X @ w - y.")
def _reversed(X, y, w, lam):
    return X.T @ (y - X @ w) / len(y) + lam * w


@RIDGE_GRADIENT.mistake("The loss has a ½ too: without it, its gradient is twice as long.")
def _no_half(X, y, w, lam):
    return 2 * X.T @ (X @ w - y) / len(y) + lam * w


@RIDGE_GRADIENT.mistake("That is the gradient of L1, lam * sign(w).")
def _lasso(X, y, w, lam):
    return ridge_gradient(X, y, w, 0.0) + lam * np.sign(w)
