"""Exercise shrink_rows: the proximal step of a group lasso, with a group for each unit.

Symbols     W (O, I): row o holds what unit o receives; t >= 0 the threshold.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, near, show, show_both
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def shrink_rows(W: NDArray, t: float) -> NDArray:
    """Return max(1 - t / |row|, 0) row for each row of W."""
    length = np.sqrt((W**2).sum(axis=1, keepdims=True))
    longer = length > t
    return np.where(longer, 1 - t / np.where(longer, length, 1.0), 0.0) * W


def _cases() -> list[tuple]:
    by_hand = [
        ([[3.0, 4.0]], 1.0),
        ([[-3.0, 4.0]], 2.5),
        ([[0.3, 0.4]], 0.5),
        ([[0.6, 0.8], [0.0, 0.5]], 0.5),
        ([[0.0, 0.0], [3.0, 0.0]], 1.0),
        ([[0.0, 0.0], [1.0, 2.0]], 0.0),
        ([[2.0], [0.5], [-1.5]], 1.0),
    ]
    return [(np.array(W), t) for W, t in by_hand] + [(decimals(4, 6), 2.2), (decimals(5, 5), 1.8)]


def _lengths(W: NDArray) -> NDArray:
    return np.linalg.norm(W, axis=1)


GROUPS = Exercise(
    name="shrink_rows",
    arguments=("W", "t"),
    task="Shorten each row by t, and make rows that are not longer than t exactly 0.",
    returns="an array of numbers of W's shape",
    parse=lambda answer, W, t: numbers_of(W.shape, answer),
    cases=_cases(),
    reference=shrink_rows,
)


@GROUPS.must(
    "rows of length t or less become exactly 0", "Compare the length of the whole row with t."
)
def _zeros(run: Run, W, t):
    short = _lengths(W) <= t
    found = run(W, t)[short]
    text, _zeros = show_both(found, 0 * found)
    expect((found == 0).all(), f"{show(W[short])} became {text}")


@GROUPS.must(
    "longer rows lose exactly t of their length",
    "The length of a row is the root of its sum of squares; (3, 4) has length 5.",
)
def _shorter(run: Run, W, t):
    before = _lengths(W)
    after, longer = _lengths(run(W, t)), before > t
    message = f"rows of length {show(before[longer])} became {show(after[longer])} long"
    expect(near(after[longer], before[longer] - t), message)


@GROUPS.must(
    "a row that stays keeps its direction",
    "Multiply the whole row by one number between 0 and 1.",
)
def _direction(run: Run, W, t):
    found, longer = run(W, t), _lengths(W) > t
    for old, new in zip(W[longer], found[longer], strict=True):
        straight = near(new * np.linalg.norm(old), old * np.linalg.norm(new))
        expect(straight, f"{show(old)} became {show(new)}")


@GROUPS.mistake("That thresholds single weights. A row shares one factor.")
def _single(W, t):
    return np.sign(W) * np.maximum(abs(W) - t, 0)


@GROUPS.mistake("These groups are the columns. A row, axis 1, is what one unit receives.")
def _columns(W, t):
    return shrink_rows(W.T, t).T


@GROUPS.mistake("The length is the root of the sum of squares; the root is missing.")
def _no_root(W, t):
    squares = (W**2).sum(axis=1, keepdims=True)
    return np.maximum(1 - t / np.maximum(squares, 1e-300), 0) * W


@GROUPS.mistake("Short rows are removed here, but long ones must lose t of their length as well.")
def _hard(W, t):
    return np.where(_lengths(W)[:, None] > t, W, 0.0)


@GROUPS.mistake("One factor for all rows: take the length of each row by itself.")
def _together(W, t):
    return max(1 - t / max(np.linalg.norm(W), 1e-300), 0) * W


@GROUPS.mistake("Rows shorter than t turn round here: the factor must not be negative.")
def _negative(W, t):
    return (1 - t / np.maximum(_lengths(W)[:, None], 1e-300)) * W
