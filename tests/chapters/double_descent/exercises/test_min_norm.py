"""Exercise min_norm: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
from scipy.linalg import lstsq

from reglab.chapters.double_descent.exercises.min_norm import MIN_NORM
from reglab.exercises import check

EYE = np.eye


def by_lstsq(features, y):
    return np.linalg.lstsq(features, y, rcond=None)[0]


def by_scipy(features, y):
    return lstsq(features, y)[0]


def by_svd(features, y):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    keep = s > 1e-10
    return vt[keep].T @ ((u[:, keep].T @ y) / s[keep])


@pytest.mark.parametrize("solution", [MIN_NORM.reference, by_lstsq, by_scipy, by_svd])
def test_right_solutions_pass(solution):
    assert check("min_norm", solution), check("min_norm", solution)


def with_ridge(features, y):
    return np.linalg.solve(features.T @ features + 1e-3 * EYE(features.shape[1]), features.T @ y)


def basic(features, y):
    w = np.zeros(features.shape[1])
    w[: len(y)] = np.linalg.lstsq(features[:, : len(y)], y, rcond=None)[0]
    return w


def from_ones(features, y):
    w = np.ones(features.shape[1])
    return w - np.linalg.lstsq(features, features @ w - y, rcond=None)[0]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (with_ridge, "That is ridge"),
        (basic, "uses the first n features"),
        (from_ones, "does not start from 0"),
        (lambda features, y: features.T @ y, "the first step of gradient descent"),
        (lambda features, y: np.zeros(features.shape[1]), "features.T @ (features @ w - y)"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("min_norm", wrong)
    assert not report and hint in repr(report)


def test_normal_equations_are_caught_where_they_cannot_work():
    def normal(features, y):
        return np.linalg.solve(features.T @ features, features.T @ y)

    report = check("min_norm", normal)
    assert not report
    assert "LinAlgError" in repr(report) and "np.array([[1.0, 1.0]])" in repr(report)


def test_wrong_shapes_and_the_stub_are_told():
    assert "returned None" in repr(check("min_norm", lambda features, y: None))
    assert "shape (1,)" in repr(check("min_norm", lambda features, y: 0.0))
