"""Exercise min_norm: other sound solutions pass."""

import numpy as np
from scipy.linalg import lstsq

from reglab.exercises import check


def by_lstsq(features, y):
    return np.linalg.lstsq(features, y, rcond=None)[0]


def by_scipy(features, y):
    return lstsq(features, y)[0]


def by_svd(features, y):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    keep = s > 1e-10
    return vt[keep].T @ ((u[:, keep].T @ y) / s[keep])


def test_other_sound_solutions_pass(passes):
    passes("min_norm", by_lstsq, by_scipy, by_svd)


def test_normal_equations_are_caught_where_they_cannot_work():
    def normal(features, y):
        return np.linalg.solve(features.T @ features, features.T @ y)

    report = check("min_norm", normal)
    assert not report
    assert "LinAlgError" in repr(report) and "np.array([[1.0, 1.0]])" in repr(report)


def test_wrong_shapes_and_the_stub_are_told():
    assert "returned None" in repr(check("min_norm", lambda features, y: None))
    assert "shape (1,)" in repr(check("min_norm", lambda features, y: 0.0))
