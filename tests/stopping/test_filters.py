"""Filters: equal to the iterations and the solved ridge problem; limits; digits; errors."""

import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from reglab.stopping import filters as module
from reglab.stopping.filters import (
    curvatures_of,
    filtered_weights,
    gradient_descent_filter,
    gradient_flow_filter,
    matching_alpha,
    matching_steps,
    nonnegative,
    positive,
    ridge_filter,
)

TIGHT = dict(rtol=1e-10, atol=1e-12)


def data(n=12, features=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features)) * np.logspace(0, -1.5, features)
    return X, rng.normal(size=n)


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("n, features", [(12, 5), (4, 9)])
@pytest.mark.parametrize("share_of_limit", [0.3, 0.99, 1.7])
def test_gradient_descent_step_by_step_with_torch_s_sgd(n, features, share_of_limit):
    X, y = data(n, features)
    lr = share_of_limit / curvatures_of(X).max()  # 2 is where it diverges
    x, target = torch.tensor(X), torch.tensor(y)
    w = torch.zeros(features, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr)
    for step in range(31):
        if step in (0, 1, 2, 30):
            got = filtered_weights(X, y, lambda h, t=step: gradient_descent_filter(h, lr, t))
            assert_allclose(got, w.detach().numpy(), **TIGHT)
        optimizer.zero_grad()
        ((x @ w - target).square().mean() / 2).backward()
        optimizer.step()


@pytest.mark.parametrize("n, features", [(12, 5), (4, 9)])
@pytest.mark.parametrize("alpha", [1e-3, 0.5, 40.0])
def test_ridge_is_scikit_learn_s(n, features, alpha):
    """Its loss is |y - X w|^2 + a |w|^2: n alpha is our alpha."""
    X, y = data(n, features)
    theirs = Ridge(alpha=n * alpha, fit_intercept=False, solver="svd").fit(X, y).coef_
    assert_allclose(filtered_weights(X, y, lambda h: ridge_filter(h, alpha)), theirs, **TIGHT)


@pytest.mark.parametrize("n, features", [(12, 5), (4, 9)])
def test_without_a_penalty_it_is_least_squares_of_the_smallest_norm(n, features):
    X, y = data(n, features)
    got = filtered_weights(X, y, lambda h: ridge_filter(h, 0.0))
    assert_allclose(got, np.linalg.pinv(X) @ y, **TIGHT)


def test_data_without_full_rank():
    X, y = data()
    X[:, 1] = X[:, 0]
    got = filtered_weights(X, y, lambda h: ridge_filter(h, 0.0))
    assert_allclose(got, np.linalg.pinv(X, rcond=1e-10) @ y, **TIGHT)
    assert not filtered_weights(0 * X, y, lambda h: ridge_filter(h, 1.0)).any()


def test_filtered_weights_of_many_strengths():
    X, y = data()
    alphas = np.array([0.1, 1.0, 10.0])
    together = filtered_weights(X, y, lambda h: ridge_filter(h, alphas[:, None]))
    for row, alpha in zip(together, alphas, strict=True):
        assert_allclose(row, filtered_weights(X, y, lambda h, a=alpha: ridge_filter(h, a)), **TIGHT)


@given(st.floats(0, 1.99), st.integers(0, 50))
def test_one_direction_step_by_step(h, steps):
    w = 0.0
    for _ in range(steps):
        w += h * (1 - w)
    assert_allclose(gradient_descent_filter(h, 1.0, steps), w, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("h, steps", [(1e-12, 7), (1e-9, 10**6), (1e-300, 3), (0.5, 1)])
def test_digits_of_tiny_shares(h, steps):
    with mp.workdps(400):
        wanted = float(1 - (1 - mpf(h)) ** steps)
        flow = float(1 - mp.exp(-mpf(h) * steps))
    assert_allclose(gradient_descent_filter(h, 1.0, steps), wanted, rtol=1e-13)
    assert_allclose(gradient_flow_filter(h, steps), flow, rtol=1e-13)


def test_small_steps_are_the_flow():
    h, time = np.array([0.0, 0.1, 1.0, 5.0]), 1.5
    gaps = [
        abs(gradient_descent_filter(h, time / n, n) - gradient_flow_filter(h, time)).max()
        for n in (100, 1000)
    ]
    assert gaps[1] < gaps[0] / 9 < 0.01


def test_limits():
    h = np.array([0.0, 0.1, 1.0, 5.0])
    learned = np.array([0.0, 1.0, 1.0, 1.0])
    assert_allclose(ridge_filter(h, 0.0), learned)
    assert_allclose(ridge_filter(h, math.inf), 0 * h)
    assert_allclose(gradient_flow_filter(h, math.inf), learned)
    assert_allclose(gradient_flow_filter(h, 0.0), 0 * h)
    assert_allclose(gradient_descent_filter(h, 0.1, 10**6), learned)
    assert_allclose(gradient_descent_filter(h, 0.1, 0), 0 * h)


def test_a_step_across_the_goal_oscillates():
    assert gradient_descent_filter(1.5, 1.0, [0, 1, 2, 3]).tolist() == [0.0, 1.5, 0.75, 1.125]
    assert gradient_descent_filter(1.0, 1.0, [0, 1, 2]).tolist() == [0.0, 1.0, 1.0]


def test_shapes_broadcast():
    h, columns = np.array([0.1, 1.0]), np.array([[1], [2], [3]])
    assert gradient_descent_filter(h, 0.5, columns).shape == (3, 2)
    assert gradient_flow_filter(h, columns).shape == ridge_filter(h, columns).shape == (3, 2)


def test_matching():
    """At the matching number of steps, both filters agree to first order in small curvatures."""
    lr, alpha = 0.02, 0.5
    steps = matching_steps(lr, alpha)
    assert_allclose(steps, 100.0)
    assert_allclose(matching_alpha(lr, steps), alpha)
    h = np.array([1e-4, 1e-3])
    apart = gradient_descent_filter(h, lr, int(steps)) / ridge_filter(h, alpha) - 1
    assert (abs(apart) < h / alpha).all()
    assert matching_steps([0.1, 0.2], 0.5).shape == matching_alpha([0.1, 0.2], 5).shape == (2,)


@pytest.mark.parametrize("n, features", [(12, 5), (4, 9)])
def test_curvatures_are_eigenvalues_of_the_hessian(n, features):
    X, _ = data(n, features)
    wanted = np.linalg.eigvalsh(X.T @ X / n)[::-1]
    assert_allclose(curvatures_of(X), wanted, atol=1e-12)


def test_nonnegative():
    assert nonnegative("x", [0, math.inf]).tolist() == [0.0, math.inf]
    for values, settings, message in [
        ([1.0, -2.0], {}, "x must be numbers >= 0; got -2"),
        ([math.nan], {}, "got nan"),
        ([math.inf], dict(finite=True), "got inf"),
    ]:
        with pytest.raises(ValueError, match=message):
            nonnegative("x", values, **settings)


def test_positive():
    assert positive("x", [1, math.inf]).tolist() == [1.0, math.inf]
    for values, got in [([1.0, 0.0], "0"), ([-2.0], "-2"), ([math.nan], "nan")]:
        with pytest.raises(ValueError, match=f"x must be numbers > 0; got {got}"):
            positive("x", values)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: gradient_descent_filter([1.0, 4.0], 0.5, 1),
            "diverges.*got lr = 0.5; use less than 0.5",
        ),
        (lambda: gradient_descent_filter(1.0, 0.0, 1), "lr must be a finite number > 0; got 0"),
        (lambda: gradient_descent_filter(1.0, 0.1, -1), "steps must be whole numbers >= 0; got -1"),
        (
            lambda: gradient_descent_filter(1.0, 0.1, 1.5),
            "steps must be whole numbers >= 0; got 1.5",
        ),
        (lambda: gradient_descent_filter(-1.0, 0.1, 1), "curvatures must be numbers >= 0; got -1"),
        (lambda: gradient_flow_filter(math.inf, 1), "curvatures must be numbers >= 0; got inf"),
        (lambda: gradient_flow_filter(1.0, -1), "time must be numbers >= 0; got -1"),
        (lambda: ridge_filter(1.0, -1), "alpha must be numbers >= 0; got -1"),
        (lambda: matching_steps(0.0, 1.0), "lr must be numbers > 0; got 0"),
        (lambda: matching_steps(1.0, 0.0), "alpha must be numbers > 0; got 0"),
        (lambda: matching_alpha(0.0, 1), "lr must be numbers > 0; got 0"),
        (lambda: matching_alpha(1.0, 0), "steps must be numbers > 0; got 0"),
        (lambda: filtered_weights(np.ones(3), np.ones(3), abs), r"X must have shape \(any, any\)"),
        (lambda: filtered_weights(np.ones((3, 2)), np.ones(2), abs), r"y must have shape \(3\)"),
        (lambda: curvatures_of(np.ones(3)), r"X must have shape \(any, any\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
