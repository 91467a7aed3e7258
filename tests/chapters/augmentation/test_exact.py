"""The exact cases: ridge, noisy copies, the effective number of examples."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from reglab.chapters.augmentation import exact


def test_ridge_equals_scikit_learn_s():
    x, y, _ = exact.linear_problem(0, n=20, inputs=5)
    want = Ridge(alpha=20 * 0.3, fit_intercept=False, tol=1e-12).fit(x, y).coef_
    np.testing.assert_allclose(exact.ridge(x, y, 0.3), want, rtol=1e-9)


def test_noisy_copies_equal_least_squares_on_all_rows():
    x, y, _ = exact.linear_problem(1, n=20, inputs=5)
    rng = np.random.default_rng(0)
    rows = np.concatenate([x + 0.4 * rng.normal(size=x.shape) for _ in range(3)])
    want = np.linalg.lstsq(rows, np.tile(y, 3), rcond=None)[0]
    got = exact.noisy_copies(x, y, 0.4, 3, np.random.default_rng(0))
    np.testing.assert_allclose(got, want, rtol=1e-9)


def test_the_problem_is_the_same_for_a_seed_and_its_targets_are_noisy():
    x, y, w = exact.linear_problem(3, n=5000, inputs=4)
    assert np.array_equal(x, exact.linear_problem(3, n=5000, inputs=4)[0])
    assert (y - x @ w).var() == pytest.approx(1, rel=0.1)
    assert not np.array_equal(w, exact.linear_problem(4, n=5000, inputs=4)[2])


def test_the_distance_to_ridge_falls_with_the_root_of_the_copies():
    runs = exact.copies_against_ridge([1, 10, 100], range(5))
    distance = runs.distance.mean("seed").values
    assert runs.distance.dims == ("seed", "copies") and distance[0] < 2
    slopes = np.diff(np.log10(distance))
    np.testing.assert_allclose(slopes, -0.5, atol=0.15)


def test_errors_are_squared_distances_to_the_true_weights():
    runs = exact.copies_against_ridge([2], [5], sigma=0.3)
    x, y, w = exact.linear_problem(5)
    assert float(runs.ridge_error[0]) == pytest.approx(((exact.ridge(x, y, 0.09) - w) ** 2).sum())
    assert float(runs.plain_error[0]) == pytest.approx(((exact.ridge(x, y, 0) - w) ** 2).sum())
    near = exact.copies_against_ridge([3000], [5], sigma=0.3)
    assert float(near.error[0, 0]) == pytest.approx(float(runs.ridge_error[0]), rel=0.05)


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
def test_effective_examples_is_the_inverse_variance_of_the_mean(rho):
    n, k = 4, 5
    block = np.full((k, k), rho) + (1 - rho) * np.eye(k)
    variance = np.kron(np.eye(n), block).sum() / (n * k) ** 2
    assert exact.effective_examples(n, k, rho) == pytest.approx(1 / variance)


def test_noise_is_the_slope_penalty_exactly_without_and_at_first_with_curvature():
    found = exact.noise_against_slope([1e-3, 0.1, 1.0])
    np.testing.assert_allclose(found.sel(activation="linear"), 1, atol=0.01)
    np.testing.assert_allclose(found.sel(sigma=1e-3), 1, atol=0.01)
    assert float(found.sel(activation="tanh", sigma=1.0)) < 0.8
    assert abs(float(found.sel(activation="tanh", sigma=0.1)) - 1) < 0.05


@pytest.mark.parametrize("name", exact.ACTIVATIONS)
def test_slopes_of_the_activations_are_their_differences(name):
    h, slope = exact.ACTIVATIONS[name]
    at = np.array([-2.1, -0.3, 0.4, 1.7])
    np.testing.assert_allclose(slope(at), (h(at + 1e-6) - h(at - 1e-6)) / 2e-6, rtol=1e-6)
