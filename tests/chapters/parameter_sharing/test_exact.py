"""Chapter "Parameter sharing": ridge against least squares, its limits, independent seeds."""

import numpy as np
from numpy.testing import assert_allclose

from reglab.chapters.parameter_sharing import exact as chapter


def test_without_penalty_it_is_least_squares():
    x, y, _ = chapter.problem(0, n=30, inputs=5)
    assert_allclose(chapter.ridge(x, y, 0.0), np.linalg.lstsq(x, y, rcond=None)[0])


def test_the_gradient_vanishes_at_the_solution():
    x, y, _ = chapter.problem(1, n=30, inputs=5)
    w = chapter.ridge(x, y, 0.3)
    assert_allclose(x.T @ (x @ w - y) / len(y) + 0.3 * w, np.zeros(5), atol=1e-12)


def test_an_infinite_penalty_leaves_the_error_of_guessing_zero():
    assert_allclose(chapter.errors_on_new([1e12], [0]), [[2.0]])  # |w|^2 + noise


def test_a_seed_gives_the_same_error_whatever_runs_beside_it():
    alone = chapter.errors_on_new([0.1], [3])
    assert_allclose(chapter.errors_on_new([0.1, 1.0], range(5)).sel(lam=[0.1], seed=[3]), alone)
