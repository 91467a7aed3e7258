"""Polynomials: the exact decomposition against simulation, the gap, the knobs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from reglab.chapters.overfitting import polynomials as chapter
from reglab.data import midpoints, wave

X = midpoints(60)
SEEDS = range(3000)


@given(degree=st.integers(0, 8), n=st.integers(9, 30))
def test_smoother_is_polyfit(degree, n):
    x = midpoints(n)
    y = np.cos(3 * x)
    want = np.polyval(np.polyfit(x, y, degree), X)  # an independent least-squares fit, in powers
    assert_allclose(chapter.smoother(x, X, degree) @ y, want, atol=1e-6)


@given(degree=st.integers(0, 12))
def test_smoother_reproduces_polynomials_and_is_a_projection(degree):
    x = midpoints(15)
    y = x**degree
    assert_allclose(chapter.smoother(x, X, degree) @ y, X**degree, atol=1e-8)
    S = chapter.smoother(x, x, degree)
    assert_allclose(S @ S, S, atol=1e-10)
    assert_allclose(np.trace(S), degree + 1)  # degrees of freedom: why the gap counts d + 1


def test_more_coefficients_than_points_interpolates():
    x = midpoints(5)
    y = np.array([1.0, -1.0, 2.0, 0.0, 1.0])
    assert_allclose(chapter.smoother(x, x, 9) @ y, y, atol=1e-10)


@pytest.mark.parametrize(("n", "degree", "sigma"), [(20, 8, 0.3), (20, 1, 0.5), (15, 12, 0.1)])
def test_bias_and_variance_equal_their_simulation(n, degree, sigma):
    teacher = wave(sigma)
    fits = chapter.simulate_fits(teacher, n, degree, X, SEEDS)
    bias2, variance = chapter.bias_variance(teacher, n, degree, X)
    # The simulated bias^2 carries variance / R of its own: subtract it, or it could never agree.
    simulated = np.mean((fits.mean(axis=0) - teacher(X)) ** 2) - variance / len(SEEDS)
    # 5 % and 0.02 of the variance: over 4 standard errors of 3000 correlated draws, seeds fixed
    assert_allclose(fits.var(axis=0, ddof=1).mean(), variance, rtol=0.05)
    assert_allclose(simulated, bias2, atol=0.02 * variance + 1e-3 * bias2)


def test_no_noise_no_variance_and_variance_scales_with_sigma_squared():
    bias2, variance = chapter.bias_variance(wave(0.0), 20, 5, X)
    assert variance == 0.0
    twice = [chapter.bias_variance(wave(s), 20, 5, X) for s in (0.2, 0.4)]
    assert_allclose(twice[1][1], 4 * twice[0][1])
    assert_allclose([b for b, _ in twice], bias2)  # bias does not depend on the noise


@pytest.mark.parametrize(("n", "degree", "sigma"), [(20, 8, 0.3), (20, 1, 0.3), (10, 9, 1.0)])
def test_expected_gap_equals_the_simulated_gap(n, degree, sigma):
    train, test = chapter.gaps(wave(sigma), n, degree, SEEDS)
    gap = test - train
    error = gap.std(ddof=1) / np.sqrt(len(SEEDS))
    assert abs(gap.mean() - chapter.expected_gap(n, degree, sigma)) < 4 * error
    # E[train] is known too: bias^2 at the training places + sigma^2 (1 - (d + 1) / n)
    x = midpoints(n)
    bias2, _ = chapter.bias_variance(wave(sigma), n, degree, x)
    want = bias2 + sigma**2 * (1 - (degree + 1) / n)
    assert abs(train.mean() - want) < 4 * train.std(ddof=1) / np.sqrt(len(SEEDS)) + 1e-12


def test_expected_gap_refuses_more_coefficients_than_points():
    with pytest.raises(ValueError, match="degree=20 and n=20: take more points"):
        chapter.expected_gap(20, 20, 0.3)


def test_three_knobs_agree_with_one_fit_at_a_time():
    grid = chapter.three_knobs([1, 6], [15, 20], [0.0, 0.3], X)
    one = grid.sel(degree=6, n=15, sigma=0.3, set=1)
    x, y = one.x_train.values[:15], one.y_train.values[:15]
    assert_allclose(x, midpoints(15))
    assert np.isnan(one.x_train.values[15:]).all()
    fit = np.polynomial.Legendre.fit(x, y, 6)
    assert_allclose(one.fit, fit(X), atol=1e-8)
    parts = one.squared_error.sel
    assert_allclose(parts(part="training error"), np.mean((fit(x) - y) ** 2))
    assert_allclose(parts(part="test error"), np.mean((fit(X) - one.truth.values) ** 2) + 0.09)
    exact = chapter.bias_variance(wave(0.3), 15, 6, X)
    assert_allclose([parts(part="bias²"), parts(part="variance")], exact)
    assert_allclose(parts(part="noise"), 0.09)
    assert_allclose(parts(part="expected test error"), sum(exact) + 0.09)
    assert_allclose(grid.y_train.sel(n=15, sigma=0.0, set=1).dropna("point"), wave(0)(x))


def test_fits_are_their_weights_times_the_shapes():
    grid = chapter.three_knobs([1, 6], [15, 20], [0.0, 0.3], X, sets=2)
    assert_allclose(grid.weights.dot(grid.shapes), grid.fit, atol=1e-10)
    assert (grid.weights.sel(degree=1).isel(order=slice(2, None)) == 0).all()
    # Without noise each training set is the mean one.
    mean = grid.mean_weights.dot(grid.shapes)
    assert_allclose(grid.fit.sel(sigma=0.0, set=2).transpose(*mean.dims), mean, atol=1e-10)


def test_training_sets_are_drawn_by_their_number_and_average_to_the_expected_error():
    few, many = (chapter.three_knobs([6], [20], [0.3], X, sets=k).squeeze() for k in (2, 400))
    assert_allclose(many.fit.isel(set=slice(2)), few.fit)
    assert not np.allclose(few.fit.sel(set=1), few.fit.sel(set=2))
    mean = many.mean_weights.dot(many.shapes)
    spread = np.sqrt(many.fit.var("set").mean() / 400)
    assert np.sqrt(((many.fit.mean("set") - mean) ** 2).mean()) < 2 * spread
    test, expected = (many.squared_error.sel(part=p) for p in ("test error", "expected test error"))
    error = test.std("set", ddof=1) / 20
    assert abs(test.mean("set") - expected.isel(set=0)) < 4 * error


def test_the_noise_is_the_same_draw_at_every_sigma():
    grid = chapter.three_knobs([1], [15], [0.1, 0.2], X).y_train.squeeze()
    grid = grid.dropna("point")
    clean = wave(0)(midpoints(15))
    assert_allclose(grid.sel(sigma=0.2) - clean, 2 * (grid.sel(sigma=0.1) - clean))
