"""largest_lam: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest

from reglab.chapters.l1_l2_elastic_net.exercises import largest_lam
from reglab.exercises import check


def by_loop(X, y):
    return max(abs(float(x @ y)) / len(y) for x in X.T)


ZERO = "at this lam, 0 is the best value of every weight"
NEXT = "a little below it, some weight is not 0"


@pytest.mark.parametrize("solution", [largest_lam, by_loop])
def test_sound_solutions_pass(solution):
    assert check("largest_lam", solution), check("largest_lam", solution)


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda X, y: 0.0, ZERO, "|x_j · y| / n"),
        (lambda X, y: np.abs(X.T @ y).max(), NEXT, "divide by n"),
        (lambda X, y: (X.T @ y).max() / len(y), ZERO, "absolute values first"),
        (lambda X, y: 2 * largest_lam(X, y), NEXT, "has a ½"),
        (lambda X, y: np.abs(X.T @ y).mean() / len(y), ZERO, "|x_j · y| / n"),
        (lambda X, y: 1e9, NEXT, "Take the largest"),
        (lambda X, y: np.abs(X.T @ y).max() / X.shape[1], ZERO, "not of features"),
        (lambda X, y: np.abs(X.T @ y) / len(y), "returns one number", "one number was expected"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("largest_lam", solution, fails, hint)


def test_reference_by_hand():
    assert largest_lam(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, -4.0])) == 2.0
