"""Spectral norm: parity with torch.linalg and torch's parametrization, limits, gradients."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties import l2
from reglab.penalties.spectral import (
    limit_spectral_norm,
    lipschitz_bound,
    power_iteration,
    spectral_norm,
    spectral_penalty,
)


def matrix(o=4, i=3, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(o, i, generator=g, dtype=torch.float64)


def diagonal(*values):
    return torch.diag(torch.tensor(values, dtype=torch.float64))


@given(o=st.integers(1, 6), i=st.integers(1, 6), seed=st.integers(0, 99))
def test_power_iteration_finds_the_largest_singular_value(o, i, seed):
    w = matrix(o, i, seed)
    sigma, u, v = power_iteration(w, torch.ones(o, dtype=torch.float64), steps=3000)
    assert_close(sigma, torch.linalg.svdvals(w)[0], rtol=1e-6, atol=0)
    assert_close(w @ v, sigma * u, rtol=1e-3, atol=1e-3)
    assert_close(spectral_norm(w), torch.linalg.svdvals(w)[0])


def test_power_iteration_comes_from_below_by_the_squared_ratio():
    w, u = diagonal(2.0, 1.0), torch.ones(2, dtype=torch.float64)
    sigmas = [float(power_iteration(w, u, steps)[0]) for steps in (4, 5, 6, 7)]
    assert sigmas == sorted(sigmas) and sigmas[-1] < 2
    gaps = [2 - s for s in sigmas]
    for before, after in itertools.pairwise(gaps):
        # sigma is u'Wv, so its error is of second order: the ratio enters to the fourth power.
        assert abs(after / before - (1 / 2) ** 4) < 1e-3


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3)])
def test_agrees_with_torch_s_parametrization(shape, device):
    if len(shape) == 2:
        layer = nn.Linear(shape[1], shape[0], device=device)
    else:
        layer = nn.Conv1d(shape[1], shape[0], shape[2], device=device)
    w = layer.weight.detach().clone()
    nn.utils.parametrizations.spectral_norm(layer, n_power_iterations=1)
    u = layer.parametrizations.weight[0]._u.clone()
    for _ in range(3):  # in training, each use of the weight takes one more iteration
        theirs = layer.weight
        sigma, u, _v = power_iteration(w, u)
        assert_close(w / sigma, theirs.detach())
    layer.eval()
    exact = w / spectral_norm(w)
    assert_close(power_iteration(w, u, steps=2000)[0], spectral_norm(w), rtol=1e-4, atol=0)
    assert_close(spectral_norm(exact).item(), 1.0)


def test_power_iteration_s_gradient_is_that_of_the_singular_value():
    w = matrix().requires_grad_()
    sigma, *_ = power_iteration(w, torch.ones(4, dtype=torch.float64), steps=500)
    (got,) = torch.autograd.grad(sigma, w)
    assert_close(got, torch.autograd.grad(spectral_norm(w), w)[0])


def test_u_and_v_are_constants_for_autograd():
    """After one step already the gradient is u v^T, as in Miyato et al. (2018), section 2.1."""
    w = matrix().requires_grad_()
    sigma, u, v = power_iteration(w, torch.ones(4, dtype=torch.float64), steps=1)
    assert_close(torch.autograd.grad(sigma, w)[0], torch.outer(u, v))
    assert not u.requires_grad and not v.requires_grad


def test_penalty_is_half_the_square_and_touches_one_direction():
    w = diagonal(3.0, 2.0, 1.0).requires_grad_()
    value = spectral_penalty([w], 0.4)
    assert_close(value.item(), 0.2 * 9)
    assert_close(torch.autograd.grad(value, w)[0], diagonal(0.4 * 3.0, 0.0, 0.0))
    assert_close(torch.autograd.grad(l2([w], 0.4), w)[0], 0.4 * w.detach())


def test_penalty_of_a_model_takes_its_weights_layer_by_layer():
    model = nn.Sequential(nn.Conv1d(2, 3, 4), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(6, 2))
    want = sum(torch.linalg.svdvals(model[i].weight.flatten(1))[0] ** 2 / 2 * 0.3 for i in (0, 3))
    assert_close(spectral_penalty(model, 0.3), want)
    assert spectral_penalty(model, 0.0) == 0


def test_of_one_row_it_is_l2():
    w = matrix(1, 5)
    assert_close(spectral_penalty([w], 0.3), l2([w], 0.3))


@given(maximum=st.floats(0.1, 10), seed=st.integers(0, 99))
def test_limit_scales_only_what_is_too_large(maximum, seed):
    w = matrix(seed=seed)
    got, sigma = limit_spectral_norm(w, maximum), spectral_norm(w)
    if sigma <= maximum:
        assert torch.equal(got, w)
    else:
        assert_close(got, w * maximum / sigma)
        assert spectral_norm(got) <= maximum * (1 + 1e-12)


def test_limits_at_zero_and_gradients():
    w = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    for value in (spectral_penalty([w]), limit_spectral_norm(w).sum()):
        assert torch.autograd.grad(value, w)[0].isfinite().all()
    assert torch.autograd.gradcheck(spectral_norm, [matrix().requires_grad_()])
    assert torch.autograd.gradcheck(
        lambda w: spectral_penalty([w], 0.3), [matrix().requires_grad_()]
    )
    assert torch.autograd.gradcheck(limit_spectral_norm, [matrix().requires_grad_()])


def test_vmap_with_one_strength_per_model():
    stacked, lams = torch.stack([matrix(seed=s) for s in range(3)]), torch.tensor([0.0, 0.5, 2.0])
    got = torch.func.vmap(lambda w, lam: spectral_penalty(w, lam))(stacked, lams)
    assert_close(
        got,
        torch.stack([spectral_penalty(w, m) for w, m in zip(stacked, lams.tolist(), strict=True)]),
    )
    got = torch.func.vmap(limit_spectral_norm)(stacked, lams + 0.5)
    want = [limit_spectral_norm(w, m + 0.5) for w, m in zip(stacked, lams.tolist(), strict=True)]
    assert_close(got, torch.stack(want))
    ones = torch.ones(4, dtype=torch.float64)
    sigma, *_ = torch.func.vmap(lambda w: power_iteration(w, ones, steps=5))(stacked)
    assert_close(sigma, torch.stack([power_iteration(w, ones, steps=5)[0] for w in stacked]))


def test_no_pair_of_inputs_is_stretched_beyond_the_bound():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)).double()
    x, y = torch.randn(2, 1000, 3, dtype=torch.float64)
    stretch = (model(x) - model(y)).norm(dim=1) / (x - y).norm(dim=1)
    bound = lipschitz_bound(model)
    assert stretch.max() <= bound
    assert_close(bound, spectral_norm(model[0].weight) * spectral_norm(model[2].weight))
    one = nn.Linear(3, 2, bias=False).double()
    top = torch.linalg.svd(one.weight)[2][0]  # the direction that is stretched most
    assert_close(one(top).norm(), lipschitz_bound(one))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: spectral_penalty([matrix()], -1), "lam must be a finite number >= 0; got -1"),
        (lambda: spectral_penalty([]), "no weights to penalize"),
        (lambda: limit_spectral_norm(matrix(), 0), "maximum must be a finite number > 0; got 0"),
        (lambda: power_iteration(matrix(), torch.ones(4), 0), "steps must be a whole number >= 1"),
        (lambda: spectral_norm(torch.ones(3)), r"a weight \(O, I, ...\) has groups; got shape"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
