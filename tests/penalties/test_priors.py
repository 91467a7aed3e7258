"""Priors: densities against torch.distributions, posterior modes against closed forms, limits."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Laplace, Normal
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties import l1, l2
from reglab.penalties.priors import (
    gaussian_lam,
    gaussian_nll,
    gaussian_tau,
    laplace_b,
    laplace_lam,
    laplace_nll,
)

PAIRS = [
    (gaussian_nll, lambda s: Normal(0.0, s), l2, gaussian_lam),
    (laplace_nll, lambda s: Laplace(0.0, s), l1, laplace_lam),
]


def problem(n=30, d=4, sigma=0.7, seed=0):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=g, dtype=torch.float64)
    w = torch.randn(d, generator=g, dtype=torch.float64)
    return x, x @ w + sigma * torch.randn(n, generator=g, dtype=torch.float64)


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize("nll, law, penalty, lam", PAIRS)
@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
def test_is_minus_the_log_density(nll, law, penalty, lam, scale, device):
    weights = [torch.randn(3, 2, device=device), torch.randn(4, device=device)]
    want = -sum(law(scale).log_prob(w.cpu()).sum() for w in weights)
    assert_close(nll(weights, scale).cpu(), want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("nll, law, penalty, lam", PAIRS)
def test_differs_from_the_penalty_by_a_constant_only(nll, law, penalty, lam):
    one, other = (torch.randn(5, 3, dtype=torch.float64) for _ in range(2))
    strength = lam(0.4, reduction="sum")
    apart = penalty(one, strength) - penalty(other, strength)
    assert_close(apart, nll(one, 0.4) - nll(other, 0.4))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("half", [False, True])
def test_the_mode_is_the_posterior_mean_of_linear_regression(reduction, half):
    """Gaussian noise and prior: the posterior is Gaussian, with mean (X'X / s^2 + I / t^2)^-1 .."""
    n, sigma, tau = 30, 0.7, 0.5
    x, y = problem(n=n, sigma=sigma)
    eye = torch.eye(4, dtype=torch.float64)
    mean = torch.linalg.solve(x.T @ x / sigma**2 + eye / tau**2, x.T @ y / sigma**2)
    nat = sigma**2 if half else 2 * sigma**2
    lam = gaussian_lam(tau, n, reduction=reduction, nat=nat)
    w = mean.clone().requires_grad_()
    loss = (y - x @ w).square() * (0.5 if half else 1.0)
    (slope,) = torch.autograd.grad(getattr(loss, reduction)() + l2(w, lam), w)
    assert slope.abs().max() < 1e-12


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_mode_under_laplace_of_one_weight_is_a_soft_threshold(reduction):
    """y_i ~ N(w, s^2): the mode is mean(y) shrunk by s^2 / (n b), to exactly 0 if it is smaller."""
    sigma, b = 0.7, 0.05
    y = problem()[1][:20] + 1.0
    shrunk = y.mean() - sigma**2 / (20 * b)
    assert shrunk > 0.1  # so the mode is where the penalty has a slope
    w = shrunk.clone().requires_grad_()
    loss = getattr((y - w).square() / 2, reduction)()
    lam = laplace_lam(b, 20, reduction=reduction, nat=sigma**2)
    (slope,) = torch.autograd.grad(loss + l1(w, lam), w)
    assert abs(slope) < 1e-12


@given(scale=st.floats(1e-3, 1e3), n=st.integers(1, 10**6), nat=st.floats(1e-3, 1e3))
def test_lam_and_scale_are_inverse(scale, n, nat):
    for forth, back in [(gaussian_lam, gaussian_tau), (laplace_lam, laplace_b)]:
        for reduction in ("mean", "sum"):
            settings = dict(reduction=reduction, nat=nat)
            assert math.isclose(back(forth(scale, n, **settings), n, **settings), scale)


def test_lam_by_hand():
    assert gaussian_lam(0.5, reduction="sum") == 4.0
    assert gaussian_lam(0.5, 100) == 0.04
    assert gaussian_lam(0.5, 100, reduction="sum") == 4.0  # n is of no effect
    assert gaussian_lam(0.5, 100, nat=2.0) == 0.08
    assert laplace_lam(0.5, reduction="sum") == 2.0
    assert laplace_lam(0.5, 100, nat=2.0) == 0.04


def test_a_wide_prior_is_no_penalty_and_a_narrow_one_an_endless_penalty():
    assert gaussian_lam(1e12) < 1e-23 and gaussian_lam(1e-12) > 1e23
    assert laplace_lam(1e12) < 1e-11 and laplace_lam(1e-12) > 1e11


@pytest.mark.parametrize("nll, law, penalty, lam", PAIRS)
def test_gradcheck(nll, law, penalty, lam):
    w = torch.randn(3, 2, dtype=torch.float64).sign() + 0.1
    assert torch.autograd.gradcheck(lambda w: nll(w, 0.7), [w.requires_grad_()])


@pytest.mark.parametrize("nll, law, penalty, lam", PAIRS)
def test_vmap_over_models(nll, law, penalty, lam):
    stacked = torch.randn(5, 3, 2, dtype=torch.float64)
    got = torch.func.vmap(lambda w: nll(w, 0.7))(stacked)
    assert_close(got, torch.stack([nll(w, 0.7) for w in stacked]))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: gaussian_lam(0.0), "tau must be a finite number > 0; got 0.0"),
        (lambda: laplace_lam(-1.0), "b must be a finite number > 0; got -1.0"),
        (lambda: gaussian_lam(1.0, 0), "n must be a whole number >= 1; got 0"),
        (lambda: gaussian_lam(1.0, reduction="none"), "one of mean, sum; got 'none'"),
        (lambda: laplace_lam(1.0, nat=0.0), "nat must be a finite number > 0"),
        (lambda: gaussian_tau(0.0), "lam must be a finite number > 0"),
        (lambda: laplace_b(0.0), "lam must be a finite number > 0"),
        (lambda: gaussian_nll(torch.ones(2), 0.0), "tau must be a finite number > 0"),
        (lambda: laplace_nll(torch.ones(2), 0.0), "b must be a finite number > 0"),
        (lambda: laplace_nll([], 1.0), "no weights to penalize"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
