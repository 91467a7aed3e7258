"""Exercise ridge_path: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import scipy.linalg
from numpy.linalg import solve as mine

from reglab.chapters.double_descent.exercises.ridge_path import RIDGE_PATH
from reglab.exercises import check


def by_eigh(features, y, lams):
    values, v = np.linalg.eigh(features.T @ features)
    shift = len(y) * np.asarray(lams) / 2
    return (v.T @ features.T @ y) / (values.clip(0) + shift[:, None]) @ v.T


def by_a_loop_over_the_svd(features, y, lams):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return np.array([vt.T @ (s * (u.T @ y) / (s**2 + len(y) * lam / 2)) for lam in lams])


@pytest.mark.parametrize(
    "solution", [RIDGE_PATH.reference, by_eigh, by_a_loop_over_the_svd], ids=lambda f: f.__name__
)
def test_right_solutions_pass(solution):
    assert check("ridge_path", solution), check("ridge_path", solution)


def solving(diagonal):
    def path(features, y, lams):
        eye, n = np.eye(features.shape[1]), len(y)
        rows = [
            np.linalg.solve(features.T @ features + diagonal(n, lam) * eye, features.T @ y)
            for lam in lams
        ]
        return np.array(rows)

    return path


def inverting(features, y, lams):
    eye, n = np.eye(features.shape[1]), len(y)
    stack = features.T @ features + n * lams[:, None, None] / 2 * eye
    return np.linalg.inv(stack) @ (features.T @ y)


def by_scipy(features, y, lams):
    eye, n = np.eye(features.shape[1]), len(y)
    normal, right = features.T @ features, features.T @ y
    return np.array([scipy.linalg.solve(normal + n * lam / 2 * eye, right) for lam in lams])


def by_a_name_of_its_own(features, y, lams):
    eye, n = np.eye(features.shape[1]), len(y)
    return np.array(
        [mine(features.T @ features + n * lam / 2 * eye, features.T @ y) for lam in lams]
    )


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (solving(lambda n, lam: n * lam / 2), "one linear system per lam"),
        (inverting, "one linear system per lam"),
        (by_scipy, "one linear system per lam"),
        (by_a_name_of_its_own, "one linear system per lam"),
        (solving(lambda n, lam: lam), "You add lam."),
        (solving(lambda n, lam: n * lam), "You add n lam."),
        (solving(lambda n, lam: lam / 2), "You add lam / 2."),
        (lambda features, y, lams: by_eigh(features, y, np.sort(lams)), "lams are sorted"),
        (lambda f, y, lams: np.zeros((len(lams), f.shape[1])), "becomes s / (s² + n lam / 2)"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("ridge_path", wrong)
    assert not report and hint in repr(report)


def test_a_loop_of_solvers_fails_only_by_its_count():
    report = check("ridge_path", solving(lambda n, lam: n * lam / 2))
    (failed,) = [result for result in report.results if result.status == "fails"]
    assert failed.says.startswith("hands one matrix to a solver")
    assert failed.found == "for 2 lams, 2 matrices (np.linalg.solve: 2)"


def test_wrong_shapes_are_told():
    report = check("ridge_path", lambda features, y, lams: features.T @ y)
    assert "an array of shape (1, 1) was expected" in repr(report)
