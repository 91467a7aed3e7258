"""Separable classes: the largest margin by another solver, growth, and where smoothing ends."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.svm import SVC

from reglab.chapters.soft_targets import separable


@pytest.fixture(scope="module")
def problem():
    return separable.draw_points()


@pytest.fixture(scope="module")
def runs(problem):
    return separable.descend(*problem, steps=5000)


@pytest.mark.parametrize("seed", [0, 3])
def test_points_are_separated_by_a_line(seed):
    x, s = separable.draw_points(seed=seed)
    normal = np.array([np.cos(0.5), np.sin(0.5)])
    assert x.shape == (12, 2) and s.sum() == 0
    assert (s * (x @ normal) >= 0.5).all()


def test_largest_margin_equals_a_support_vector_machine():
    """Mirrored points make the machine's own bias 0."""
    x, s = separable.draw_points(seed=1)
    machine = SVC(kernel="linear", C=1e8, tol=1e-8).fit(np.vstack([x, -x]), np.append(s, -s))
    assert np.allclose(separable.largest_margin(x, s), machine.coef_[0], rtol=1e-4)


def test_no_margin_is_smaller_than_1_and_some_are_1(problem):
    x, s = problem
    margins = s * (x @ separable.largest_margin(x, s))
    assert np.isclose(margins.min(), 1)


def test_without_smoothing_the_weights_grow_like_the_logarithm(problem, runs):
    rate = float(separable.growth_rates(runs).sel(eps=0.0))
    assert np.isclose(rate, np.linalg.norm(separable.largest_margin(*problem)), rtol=0.08)
    assert (np.diff(runs.length.sel(eps=0.0)) > 0).all()


def test_the_direction_turns_to_the_largest_margin(runs):
    angle = runs.angle.sel(eps=0.0)
    assert angle[0] > 10 and angle[-1] < 2


def test_with_smoothing_they_end_at_the_minimum(problem, runs):
    x, s = problem
    target = np.where(s > 0, 0.95, 0.05)

    def loss(w):
        return np.mean(np.logaddexp(0, x @ w) - target * (x @ w))

    best = minimize(loss, np.zeros(2), tol=1e-12)
    end = runs.sel(eps=0.1).isel(step=-1)
    assert np.isclose(end.length, np.linalg.norm(best.x), rtol=1e-4)
    assert np.isclose(end.loss, best.fun)
    assert abs(float(separable.growth_rates(runs).sel(eps=0.1))) < 1e-3


def test_more_smoothing_means_shorter_weights_and_less_confidence(runs):
    end = runs.isel(step=-1)
    assert (np.diff(end.length) < 0).all() and (np.diff(end.confidence) < 0).all()


def test_one_step_by_hand():
    x, s = np.array([[1.0, 0.0]]), np.array([1.0])
    one = separable.descend(x, s, eps=[0.2], steps=1, lr=0.5)
    w = 0.5 * (0.9 - 0.5)
    assert np.isclose(one.length.item(), w)
    p = 1 / (1 + np.exp(-w))
    assert np.isclose(one.confidence.item(), p)
    assert np.isclose(one.loss.item(), -0.9 * np.log(p) - 0.1 * np.log(1 - p))
