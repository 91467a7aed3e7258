"""Gradient descent beside ridge, and two speeds: against loops and simulated noise."""

import numpy as np
from numpy.testing import assert_allclose

from reglab.chapters.early_stopping import exact
from reglab.stopping import flow_to_ridge_bound


def test_paths_are_gradient_descent_and_ridge_step_by_step():
    found, w = exact.paths(lr=0.1, steps=30), np.zeros(2)
    for step in range(31):
        assert_allclose(found.sel(solver="gradient descent", step=step), w, atol=1e-12)
        alpha = np.inf if step == 0 else 1 / (0.1 * step)
        ridge = exact.H2 * exact.GOAL / (exact.H2 + alpha)
        assert_allclose(found.sel(solver="ridge", step=step), ridge)
        w = w - 0.1 * exact.H2 * (w - exact.GOAL)


def test_filters_and_risks_have_the_strength_they_say():
    found = exact.filters_and_risks([4, 16], [0.5, 2.0])
    assert_allclose(found.alpha, [[0.25, 1.0], [0.0625, 0.25]])
    alpha = found.alpha.values[..., None]
    assert_allclose(found.ridge, exact.CURVATURES / (exact.CURVATURES + alpha))
    assert_allclose(found.descent[1, 0], 1 - (1 - exact.LR * exact.CURVATURES) ** 16)
    for name in ("descent", "ridge"):
        assert_allclose(found[f"{name}_risk"], exact.risk(found[name].values))


def test_risk_is_the_mean_over_simulated_noise():
    """A diagonal design; 20 000 draws of the noise and of the weights, within 5 standard errors."""
    rng = np.random.default_rng(0)
    h, share = exact.CURVATURES, exact.CURVATURES / (exact.CURVATURES + 0.1)
    w = rng.choice([-1.0, 1.0], (20_000, exact.D))
    estimate = share * (w + (exact.NOISE / exact.N / h) ** 0.5 * rng.standard_normal(w.shape))
    distances = ((estimate - w) ** 2).sum(1)
    apart = distances.mean() - exact.risk(share)
    assert abs(apart) < 5 * distances.std() / len(w) ** 0.5


def test_risk_curves_keep_the_bound_and_have_one_valley():
    found = exact.risk_curves(np.geomspace(0.01, 1e3, 200))
    ratio = (found.flow / found.ridge).values
    assert 1.3 < ratio.max() <= flow_to_ridge_bound()
    for curve in (found.flow.values, found.ridge.values):
        turn = curve.argmin()
        assert (np.diff(curve[: turn + 1]) < 0).all() and (np.diff(curve[turn:]) > 0).all()


def test_two_speeds_are_gradient_descent_on_an_orthogonal_design():
    slow, noise, epochs = 0.04, 0.5, [0, 3, 50]
    found = exact.two_speeds(epochs, [slow], [noise]).sel(slow=slow, noise=noise)
    n, h = 100, np.repeat([1.0, slow], 50)
    X = np.diag((n * h) ** 0.5)  # curvatures X'X / n = h
    w_true = (np.repeat([0.25, 0.75], 50) / 50 / h) ** 0.5
    # The estimate is linear in y: follow its matrix A, with y -> A y, from step to step.
    A, want = np.zeros((n, n)), {}
    for epoch in range(51):
        bias = X @ (A @ X @ w_true - w_true)
        want[epoch] = (bias @ bias + noise * np.trace(X @ A @ A.T @ X.T)) / n
        A = A + 0.1 * X.T @ (np.eye(n) - X @ A) / n
    assert_allclose(found.error, [want[e] for e in epochs], rtol=1e-10)
    assert_allclose(found.fast + found.slow_part, found.error)
    assert_allclose(found.error[0], 1.0)


def test_patience_ends_in_the_first_valley_or_finds_the_second():
    curves = exact.two_speeds(range(1001), [0.01], [0.5])
    found = exact.stops_on(curves, [5, 300]).sel(slow=0.01, noise=0.5)
    lowest = float(curves.error.min())
    assert found.epoch[0] == curves.error.values[0, 0, :20].argmin()  # the best one, not the last
    assert found.epoch[0] < 20 and found.error[0] > lowest + 0.3
    assert_allclose(found.error[1], lowest)
    assert_allclose(curves.error.sel(epoch=found.epoch[0].item()).item(), found.error[0])
