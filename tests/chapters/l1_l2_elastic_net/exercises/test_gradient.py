"""ridge_gradient: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest

from reglab.chapters.l1_l2_elastic_net.exercises import ridge_gradient
from reglab.exercises import check


def by_residual(X, y, w, lam):
    return -((y - X @ w)[:, None] * X).mean(axis=0) + lam * w


def loss(X, y, w):
    return X.T @ (X @ w - y) / len(y)


SLOPE = "agrees with the slope of the objective"
KIND = "returns an array of numbers, one per weight"


@pytest.mark.parametrize("solution", [ridge_gradient, by_residual])
def test_sound_solutions_pass(solution):
    assert check("ridge_gradient", solution), check("ridge_gradient", solution)


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda X, y, w, lam: loss(X, y, w), SLOPE, "the penalty lam * w"),
        (lambda X, y, w, lam: loss(X, y, w) + 2 * lam * w, SLOPE, "not 2 * lam * w"),
        (lambda X, y, w, lam: X.T @ (X @ w - y) + lam * w, SLOPE, "summed loss"),
        (lambda X, y, w, lam: loss(X, y, w) + lam * w / len(y), SLOPE, "only the loss is a mean"),
        (lambda X, y, w, lam: -loss(X, y, w) + lam * w, SLOPE, "reversed"),
        (lambda X, y, w, lam: 2 * loss(X, y, w) + lam * w, SLOPE, "twice as long"),
        (lambda X, y, w, lam: loss(X, y, w) + lam * np.sign(w), SLOPE, "gradient of L1"),
        (lambda X, y, w, lam: 0.0, KIND, "an array of shape"),
        (lambda X, y, w, lam: ridge_gradient(X, y, w, lam)[:, None], KIND, "an array of shape"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("ridge_gradient", solution, fails, hint)


def test_reference_by_hand():
    X, y, w = np.array([[1.0], [3.0]]), np.array([1.0, 0.0]), np.array([2.0])
    assert ridge_gradient(X, y, w, 1.0).tolist() == [(1 * 1 + 3 * 6) / 2 + 2]
