"""Six points: fits against NumPy's polynomials, the exact error against simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.chapters.double_descent import picture as chapter

X = np.linspace(-1, 1, 41)
DEGREES, LAMS, SIGMAS = [1, 5, 12], [0.0, 0.1], [0.0, 0.4]


@pytest.fixture(scope="module")
def grid():
    return chapter.six_points(DEGREES, LAMS, SIGMAS, X, seed=1)


def test_low_degrees_are_numpys_least_squares(grid):
    for degree in (1, 5):
        one = grid.sel(degree=degree, lam=0.0, sigma=0.4)
        want = np.polynomial.Legendre.fit(one.x_train, one.y_train, degree, domain=[-1, 1])
        assert_allclose(one.fit, want(X), atol=1e-9)
        assert_allclose(one.norm, np.linalg.norm(want.coef * (np.arange(degree + 1) + 1)))


def test_five_and_more_degrees_interpolate_and_ridge_does_not(grid):
    errors = grid.squared_error.sel(part="training")
    assert (errors.sel(lam=0.0, degree=[5, 12]) < 1e-20).all()
    assert (errors.sel(lam=0.1) > 1e-3).all()


def test_the_unique_interpolant_has_the_larger_norm(grid):
    norm = grid.norm.sel(lam=0.0)
    assert (norm.sel(degree=12) < norm.sel(degree=5)).all()  # the degree-5 one is a candidate too
    assert (grid.norm.sel(lam=0.1) < norm).all()


def test_noise_is_one_draw_scaled(grid):
    clean = chapter.gentle(0.0)(chapter.PLACES)
    assert_allclose(grid.y_train.sel(sigma=0.0), clean)
    other = chapter.six_points([1], [0.0], [0.2], X, seed=1).y_train.squeeze()
    assert_allclose(2 * (other - clean), grid.y_train.sel(sigma=0.4) - clean)


@pytest.mark.parametrize(("degree", "lam"), [(3, 0.0), (5, 0.0), (12, 0.0), (12, 0.05)])
def test_expected_error_equals_its_simulation(degree, lam):
    rng, sigma, R = np.random.default_rng(0), 0.4, 20_000
    teacher = chapter.gentle(sigma)
    x = rng.uniform(-1, 1, R)
    A = chapter.legendre_features(chapter.PLACES, degree)
    y = teacher(chapter.PLACES) + sigma * rng.normal(size=(R, 6))
    w = np.linalg.lstsq(
        np.r_[A, np.sqrt(6 * lam / 2) * np.eye(degree + 1)],
        np.c_[y, np.zeros((R, degree + 1))].T,
        rcond=None,
    )[0]
    fit = (chapter.legendre_features(x, degree) * w.T).sum(axis=1)
    squares = (fit - teacher(x) - sigma * rng.normal(size=R)) ** 2
    error = squares.std() / R**0.5
    assert abs(squares.mean() - chapter.expected_error(degree, lam, sigma)) < 4 * error


def test_without_a_price_on_wiggles_the_smallest_fit_is_spikes_at_the_points():
    x = np.linspace(-1, 1, 401)
    far = abs(x[:, None] - chapter.PLACES).min(axis=1) > 0.1
    y = np.sin(np.pi * chapter.PLACES)
    sizes = []
    for power in (1, 0):
        train, test = (chapter.legendre_features(at, 200, power) for at in (chapter.PLACES, x))
        w = np.linalg.pinv(train) @ y
        assert_allclose(train @ w, y, atol=1e-10)  # both hit every point
        sizes.append(np.sqrt(np.mean((test @ w)[far] ** 2)))
    assert sizes[1] < 0.6 * sizes[0]  # in between it falls back towards 0
    calm, spiky = (chapter.expected_error(50, 0.0, 0.0, power) for power in (1, 0))
    assert spiky > 3 * calm


def test_grid_holds_the_expected_error(grid):
    want = [[chapter.expected_error(5, lam, s) for s in SIGMAS] for lam in LAMS]
    assert_allclose(grid.squared_error.sel(degree=5, part="test"), want)
    assert_allclose(grid.truth, np.sin(np.pi * X), atol=1e-12)
