"""Risks: equal to the mean over simulated noise's exact covariance; both bounds; errors."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from numpy.testing import assert_allclose

from reglab.stopping import risks as module
from reglab.stopping.filters import gradient_descent_filter, gradient_flow_filter, ridge_filter
from reglab.stopping.risks import (
    filter_risk,
    flow_to_ridge_bound,
    tuned_flow_to_ridge_bound,
)


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("n, features", [(12, 5), (4, 9)])
def test_risk_from_the_matrices_themselves(n, features):
    """Bias and covariance of the linear estimate y -> A y, without any singular values."""
    rng = np.random.default_rng(1)
    X, w, sigma2, alpha = rng.normal(size=(n, features)), rng.normal(size=features), 0.7, 0.3
    A = np.linalg.solve(X.T @ X / n + alpha * np.eye(features), X.T / n)
    error, spread = A @ X @ w - w, sigma2 * A @ A.T
    h, V = np.linalg.eigh(X.T @ X / n)
    h = h.clip(min=0) * (h > 1e-12)
    settings = dict(noise_variance=sigma2, examples=n)
    estimation = filter_risk(ridge_filter(h, alpha), h, (V.T @ w) ** 2, **settings)
    assert_allclose(estimation, error @ error + np.trace(spread), rtol=1e-10)
    prediction = filter_risk(
        ridge_filter(h, alpha), h, (V.T @ w) ** 2, kind="prediction", **settings
    )
    wanted = (np.sum((X @ error) ** 2) + np.trace(X @ spread @ X.T)) / n
    assert_allclose(prediction, wanted, rtol=1e-10)


def test_nothing_learned_is_all_bias_and_everything_is_all_variance():
    h, c2 = np.array([2.0, 0.5, 0.0]), np.array([1.0, 3.0, 5.0])
    settings = dict(noise_variance=0.6, examples=3)
    none, everything = np.zeros(3), np.array([1.0, 1.0, 0.0])
    assert_allclose(filter_risk(none, h, c2, **settings), 9.0)
    assert_allclose(filter_risk(everything, h, c2, **settings), 0.2 * 2.5 + 5.0)
    assert_allclose(filter_risk(everything, h, c2, kind="prediction", **settings), 0.2 * 2)


def test_one_risk_for_each_number_of_steps():
    h = np.array([2.0, 0.5])
    filters = gradient_descent_filter(h, 0.1, np.arange(50)[:, None])
    risk = filter_risk(filters, h, 1.0, noise_variance=5.0, examples=10)
    assert risk.shape == (50,)
    assert 0 < risk.argmin() < 49 and risk[0] == 2.0  # early stopping has a best time


def test_the_bounds_are_the_maxima_to_many_digits():
    with mp.workdps(30):

        def ratio(x):
            return ((1 - mp.exp(-x)) * (1 + x) / x) ** 2

        peak = mp.findroot(lambda x: mp.diff(ratio, x), 1.8)

        def tuned(x):
            return (1 + x) * (mp.exp(-2 * x) + (1 - mp.exp(-x)) ** 2 / x)

        tuned_peak = mp.findroot(lambda x: mp.diff(tuned, x), 3.2)
        assert_allclose(flow_to_ridge_bound(), float(ratio(peak)), rtol=1e-13)
        assert_allclose(tuned_flow_to_ridge_bound(), float(tuned(tuned_peak)), rtol=1e-13)
    x = np.logspace(-6, 8, 20_001)  # no higher peak anywhere
    assert ((np.expm1(-x) * (1 + x) / x) ** 2).max() <= flow_to_ridge_bound()
    assert ((1 + x) * (np.exp(-2 * x) + np.expm1(-x) ** 2 / x)).max() <= tuned_flow_to_ridge_bound()


@given(
    st.lists(st.tuples(st.floats(1e-3, 10), st.floats(0, 5)), min_size=1, max_size=6),
    st.floats(0.01, 1e3),
    st.floats(0, 10),
    st.sampled_from(["estimation", "prediction"]),
)
def test_flow_is_within_the_bound_of_ridge_everywhere(parts, time, noise, kind):
    h, c2 = np.array(parts).T
    settings = dict(noise_variance=noise, examples=7, kind=kind)
    flow = filter_risk(gradient_flow_filter(h, time), h, c2, **settings)
    ridge = filter_risk(ridge_filter(h, 1 / time), h, c2, **settings)
    assert flow <= flow_to_ridge_bound() * ridge * (1 + 1e-9)


def test_the_bound_is_reached_by_noise_alone():
    risks = [
        filter_risk(share, [1.0], [0.0], noise_variance=1.0, examples=1)
        for share in (gradient_flow_filter([1.0], 1.79328), ridge_filter([1.0], 1 / 1.79328))
    ]
    assert_allclose(risks[0] / risks[1], flow_to_ridge_bound(), rtol=1e-9)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.floats(0.1, 10))
def test_each_at_its_best_for_random_weights(h, noise):
    """Ridge is best at alpha = sigma^2 / (n r^2) with r^2 the variance of a weight."""
    h, settings = np.array(h), dict(noise_variance=noise, examples=4)
    alpha = noise / 4
    around = alpha * np.array([0.9, 1.0, 1.1])[:, None]
    ridge = filter_risk(ridge_filter(h, around), h, 1.0, **settings)
    assert ridge[1] == ridge.min()
    flow = filter_risk(
        gradient_flow_filter(h, np.logspace(-4, 4, 2001)[:, None]), h, 1.0, **settings
    )
    assert 1 - 1e-12 <= flow.min() / ridge[1] <= tuned_flow_to_ridge_bound() * (1 + 1e-4)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(curvatures=[-1.0, 1.0]), "curvatures must be numbers >= 0; got -1"),
        (dict(squared_parts=-1.0), "squared_parts must be numbers >= 0; got -1"),
        (dict(noise_variance=math.inf), "noise_variance must be numbers >= 0; got inf"),
        (dict(examples=0), "examples must be a whole number >= 1; got 0"),
        (dict(kind="test"), "kind must be one of estimation, prediction; got 'test'"),
        (dict(curvatures=[1.0, 0.0]), "without curvature cannot be learned; its filter must be 0"),
        (dict(filters=0.5, curvatures=[1.0, 0.0]), "without curvature cannot be learned"),
    ],
)
def test_errors(wrong, message):
    right = dict(filters=[0.5, 0.5], curvatures=[1.0, 2.0], squared_parts=1.0)
    with pytest.raises(ValueError, match=message):
        filter_risk(**right | dict(noise_variance=1.0, examples=3) | wrong)
