"""Many outputs: the Jacobian against autograd, the steps against SciPy, the counts."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import least_squares

from reglab.chapters.double_descent_in_networks import outputs as chapter
from reglab.train import mlp

N, D, K, H = 7, 3, 2, 4


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    x = np.c_[rng.normal(size=(N, D)), np.ones(N)]
    theta = rng.normal(size=chapter.parameters(H, K, D))
    return x, rng.normal(size=(N, K)), theta


def network(theta, x, y):
    """The same residuals, in torch."""
    first, last = theta[: (D + 1) * H].reshape(D + 1, H), theta[(D + 1) * H :].reshape(H + 1, K)
    h = torch.tanh(x @ first)
    return (torch.cat([h, torch.ones(N, 1, dtype=x.dtype)], dim=1) @ last - y).ravel()


def test_residuals_and_jacobian_are_those_of_autograd(problem):
    x, y, theta = map(torch.from_numpy, problem)
    residual, jacobian = chapter.residuals(*problem, H)
    assert_allclose(residual, network(theta, x, y), rtol=1e-12)
    want = torch.autograd.functional.jacobian(lambda at: network(at, x, y), theta)
    assert_allclose(jacobian, want, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (5, 5)])
def test_both_forms_of_the_step_solve_the_damped_equations(shape):
    rng = np.random.default_rng(1)
    J, r = rng.normal(size=shape), rng.normal(size=shape[0])
    step = chapter.damped(J, r, 0.3)
    assert_allclose((J.T @ J + 0.3 * np.eye(shape[1])) @ step, J.T @ r, rtol=1e-9)


def test_descent_never_rises(problem):
    x, y, theta = problem
    errors = [chapter.descend(x, y, theta, H, steps)[1] for steps in (0, 1, 5, 400)]
    assert errors == sorted(errors, reverse=True) and errors[1] < errors[0]


@pytest.mark.parametrize("seed", range(6))
def test_descent_ends_where_scipy_finds_next_to_nothing_left_to_gain(seed):
    rng = np.random.default_rng(seed)
    x, y = np.c_[rng.normal(size=(N, D)), np.ones(N)], rng.normal(size=(N, K))
    start = rng.normal(size=chapter.parameters(1, K, D))  # one unit: 8 parameters for 14 numbers
    found, error = chapter.descend(x, y, start, 1, 400)
    further = least_squares(lambda at: chapter.residuals(x, y, at, 1)[0], found, xtol=1e-15)
    assert_allclose(error, 2 * further.cost / y.size, rtol=1e-3)


def test_parameters_are_those_torch_counts_and_widths_those_that_come_closest():
    built = mlp(6, depth=1).build(5, 3)
    assert chapter.parameters(6, 3) == sum(p.numel() for p in built.parameters())
    for ratio, outputs in [(0.5, 1), (1.0, 4), (2.0, 2), (0.01, 1)]:
        width = chapter.nearest_width(ratio, 30, outputs)
        apart = [abs(chapter.parameters(w, outputs) - ratio * 30 * outputs) for w in range(1, 60)]
        assert width >= 1 and apart[width - 1] == min(apart)


def test_a_wide_network_fits_noise_and_a_single_unit_does_not():
    assert chapter.fit_noise(10, 2, 12, seed=0) < 1e-9
    assert 0.05 < chapter.fit_noise(10, 2, 1, seed=0) < 1
    with pytest.raises(ValueError, match="width must be a whole number >= 1; got 0"):
        chapter.fit_noise(10, 2, 0, seed=0)


def test_unfitted_is_labeled_and_seeded():
    found = chapter.unfitted([3, 4], [1, 2], [0.5, 2.0], n=8)
    assert found.left.dims == ("outputs", "ratio", "seed") and found.left.shape == (2, 2, 2)
    assert found.attrs["run_seconds"] == found.left.attrs["run_seconds"]
    width = found.width.sel(outputs=2, ratio=0.5).item()
    assert found.parameters.sel(outputs=2, ratio=0.5) == chapter.parameters(width, 2)
    one = found.left.sel(outputs=2, ratio=0.5, seed=4).item()
    assert one == chapter.fit_noise(8, 2, width, 4) != found.left.sel(outputs=2, ratio=0.5, seed=3)


@pytest.mark.parametrize("outputs", [1, 3])
def test_with_fixed_features_the_threshold_is_n_features_whatever_k(outputs):
    """Each output has N weights of its own: n K numbers are fitted by N K = n K weights."""
    rng = np.random.default_rng(2)
    features, y = rng.normal(size=(12, 20)), rng.normal(size=(12, outputs))
    for count in (6, 11, 12, 20):
        used = features[:, :count]
        left = np.mean((used @ np.linalg.lstsq(used, y, rcond=None)[0] - y) ** 2)
        assert (left < 1e-20) == (count * outputs >= 12 * outputs)
