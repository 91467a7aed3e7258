"""Exercise ridge_gradient: other sound solutions pass."""

import numpy as np

from reglab.chapters.l1_l2_elastic_net.exercises import ridge_gradient


def by_residual(X, y, w, lam):
    return -((y - X @ w)[:, None] * X).mean(axis=0) + lam * w


def test_other_sound_solutions_pass(passes):
    passes("ridge_gradient", by_residual)


def test_reference_by_hand():
    X, y, w = np.array([[1.0], [3.0]]), np.array([1.0, 0.0]), np.array([2.0])
    assert ridge_gradient(X, y, w, 1.0).tolist() == [(1 * 1 + 3 * 6) / 2 + 2]
