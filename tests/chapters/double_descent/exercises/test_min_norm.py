"""Exercise min_norm: other sound solutions pass."""

import numpy as np
import torch
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


def truncated(share=0.0, bound=0.0):
    """The smallest fit, but singular values below `share` of the largest, or `bound`, are cut."""

    def solution(features, y):
        u, s, vt = np.linalg.svd(features, full_matrices=False)
        keep = (s > share * s[0]) & (s > bound)
        return vt[keep].T @ ((u[:, keep].T @ y) / s[keep])

    return solution


def test_small_singular_values_count(fails):
    fails("min_norm", *(truncated(share=share) for share in (0.15, 0.1, 0.01)))
    fails("min_norm", *(truncated(bound=bound) for bound in (0.5, 0.1, 1e-3)))


def test_normal_equations_are_caught_where_they_cannot_work():
    def normal(features, y):
        return np.linalg.solve(features.T @ features, features.T @ y)

    first = check("min_norm", normal).results[0]
    assert first.found.startswith("LinAlgError: Singular matrix (line 2 of the function)")
    assert first.inputs.startswith("features = np.array([[1.0, 1.0]])")
    assert first.hint.startswith("features.T @ features has no inverse here")


def test_a_normal_equation_of_torch_gets_the_same_hint():
    def normal(features, y):
        X, y = torch.from_numpy(features), torch.from_numpy(y)
        return torch.linalg.solve(X.T @ X, X.T @ y)

    assert "features.T @ features has no inverse here" in repr(check("min_norm", normal))


def test_errors_that_look_equal_in_four_digits_are_told_apart():
    def scaled(features, y):
        return 0.99999 * by_lstsq(features, y)

    found = check("min_norm", scaled).results[2].found
    assert found == "the training error is 1.6e-09; 0.0 can be reached"


def test_wrong_shapes_and_the_stub_are_told():
    assert "returned None" in repr(check("min_norm", lambda features, y: None))
    assert "shape (1,)" in repr(check("min_norm", lambda features, y: 0.0))
