"""Formulas: the sample-wise curve by simulation, gradient descent by a loop."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from reglab.chapters.double_descent import exact as chapter
from reglab.core import numpy_stream


@pytest.mark.parametrize("n", [0, 4, 10, 30, 45])
def test_expected_excess_equals_its_simulation(n):
    if n == 0:
        assert chapter.expected_excess(0, 20, 0.5) == 1.0
        return
    found = chapter.excess_errors(range(2000), [n], d=20, sigma=0.5).sel(ridge="none", n=n)
    error = float(found.std(ddof=1)) / 2000**0.5
    assert abs(float(found.mean()) - chapter.expected_excess(n, 20, 0.5)) < 4 * error


def test_expected_excess_at_its_edges():
    assert [chapter.expected_excess(n, 20, 0.5) for n in (19, 20, 21)] == [np.inf] * 3
    assert np.isfinite([chapter.expected_excess(n, 20, 0.5) for n in (18, 22)]).all()
    assert chapter.expected_excess(15, 20, 0.0) == 0.25  # no noise: what was not seen
    assert chapter.expected_excess(25, 20, 0.0) == 0.0
    # without noise nothing is infinite, not even where the matrix is square
    assert_allclose([chapter.expected_excess(n, 20, 0.0) for n in (19, 20, 21)], [0.05, 0, 0])
    with pytest.raises(ValueError, match="sigma must be a finite number >= 0; got -1"):
        chapter.expected_excess(5, 20, -1)


@pytest.mark.parametrize("n", [4, 12, 30])
def test_excess_errors_are_those_of_independent_solvers(n):
    found = chapter.excess_errors([3, 8], [4, 12, 30], d=12, sigma=0.5)
    w = np.full(12, 12**-0.5)
    for seed in (3, 8):
        drawn = numpy_stream(seed, "examples").standard_normal((30, 13))
        X, y = drawn[:n, :12], drawn[:n, :12] @ w + 0.5 * drawn[:n, 12]
        plain = np.linalg.lstsq(X, y, rcond=None)[0]
        ridge = Ridge(alpha=12 * 0.25, fit_intercept=False, solver="svd").fit(X, y).coef_
        for name, fit in [("none", plain), ("tuned", ridge)]:
            got = found.sel(ridge=name, n=n, seed=seed).item()
            assert_allclose(got, ((fit - w) ** 2).sum(), rtol=1e-6)


def test_no_other_ridge_beats_the_tuned_one_on_average():
    def mean_error(lam, n=12, d=12, sigma=0.5):
        w, found = np.full(d, d**-0.5), []
        for seed in range(300):
            drawn = numpy_stream(seed, "examples").standard_normal((n, d + 1))
            X, y = drawn[:, :d], drawn[:, :d] @ w + sigma * drawn[:, d]
            fit = np.linalg.solve(X.T @ X + n * lam / 2 * np.eye(d), X.T @ y)
            found.append(((fit - w) ** 2).sum())
        return np.mean(found)

    lam = chapter.tuned_lam(12, 12, 0.5)
    assert_allclose(12 * lam / 2, 12 * 0.25)
    at = [mean_error(factor * lam) for factor in (0.5, 1.0, 2.0)]
    assert at[1] < at[0] and at[1] < at[2]


def test_two_scales_equal_gradient_descent_by_a_loop():
    n, d, sigma, lr = 12, 6, 0.6, 0.05
    found = chapter.two_scale_errors([5], [0, 1, 7, 40], n, d, sigma=sigma, lr=lr, share=0.3)
    scale = np.repeat([1.0, 0.1], 3)
    X = numpy_stream(5, "two scales").standard_normal((n, d)) * scale
    true = np.repeat([(0.3 / 3) ** 0.5, (0.7 / 3) ** 0.5 / 0.1], 3)
    # Descent is linear in the targets: X w gives the bias, unit noise in each target the variance.
    w, noise = np.zeros(d), np.zeros((d, n))
    for t in range(41):
        if t in (0, 1, 7, 40):
            bias2 = ((scale * (w - true)) ** 2).sum()
            variance = sigma**2 * ((scale[:, None] * noise) ** 2).sum()
            got = found.sel(epoch=t).squeeze()
            assert_allclose([got.bias2, got.variance], [bias2, variance], rtol=1e-8, atol=1e-12)
        w = w - lr * 2 / n * X.T @ (X @ w - X @ true)
        noise = noise - lr * 2 / n * X.T @ (X @ noise - np.eye(n))


def test_two_scales_start_at_the_signal_and_end_at_least_squares():
    found = chapter.two_scale_errors(range(3), [0, 1e7, np.inf], n=40, d=10)
    assert_allclose(found.bias2.sel(epoch=0), 1.0)  # |w|^2 = share + (1 - share)
    assert_allclose(found.variance.sel(epoch=0), 0.0, atol=1e-15)
    assert_allclose(found.bias2.sel(epoch=np.inf), 0.0, atol=1e-12)
    assert_allclose(found.variance.sel(epoch=1e7), found.variance.sel(epoch=np.inf), rtol=1e-6)


def test_two_scales_refuse_a_step_that_diverges():
    with pytest.raises(ValueError, match="lr=5 diverges; it must stay below 0.41"):
        chapter.two_scale_errors([0], [10], lr=5)
    chapter.two_scale_errors([0], [10], lr=0.41)  # the edge is n / s.max()^2 = 0.4165 here
    with pytest.raises(ValueError, match="lr=0.42 diverges"):
        chapter.two_scale_errors([0], [10], lr=0.42)
