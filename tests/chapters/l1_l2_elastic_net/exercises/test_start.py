"""Exercise largest_lam: other sound solutions pass."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from reglab.chapters.l1_l2_elastic_net.exercises import largest_lam


def by_loop(X, y):
    return max(abs(float(x @ y)) / len(y) for x in X.T)


def by_bisection(X, y):
    low, high = 0.0, 100.0
    for _ in range(40):
        middle = (low + high) / 2
        fit = Lasso(middle, fit_intercept=False, tol=1e-10).fit(X, y)
        low, high = (middle, high) if fit.coef_.any() else (low, middle)
    return high


def test_other_sound_solutions_pass(passes):
    passes("largest_lam", by_loop, by_bisection)


@pytest.mark.parametrize("factor", [1.0009, 1.0005, 0.9995])
def test_nearly_is_not_right(factor, fails):
    fails("largest_lam", lambda X, y: factor * largest_lam(X, y))


def test_reference_by_hand():
    assert largest_lam(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, -4.0])) == 2.0
