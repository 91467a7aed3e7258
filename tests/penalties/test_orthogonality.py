"""Orthogonality: closed form in singular values, gradient, where it is zero, vmap, errors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties.orthogonality import orthogonality


def matrix(o=4, i=3, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(o, i, generator=g, dtype=torch.float64)


@given(o=st.integers(1, 6), i=st.integers(1, 6), seed=st.integers(0, 99))
def test_is_a_sum_over_singular_values(o, i, seed):
    w = matrix(o, i, seed)
    want = 0.7 / 4 * (torch.linalg.svdvals(w).square() - 1).square().sum()
    assert_close(orthogonality([w], 0.7), want)


@pytest.mark.parametrize("device", available_devices())
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4)])
def test_is_zero_for_torch_s_orthogonal_weights_and_for_no_multiple(shape, device):
    layer = nn.Linear(*shape[::-1], device=device, dtype=torch.float32)
    nn.init.orthogonal_(layer.weight)
    assert orthogonality(layer, 1.0) < 1e-10
    for c in (0.5, 1.5):
        want = min(shape) * (c * c - 1) ** 2
        assert_close(orthogonality([c * layer.weight], 4.0).item(), want, rtol=1e-5, atol=0)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
def test_gradient(shape):
    w = matrix(*shape).requires_grad_()
    (got,) = torch.autograd.grad(orthogonality([w], 0.7), w)
    assert_close(got, 0.7 * (w @ w.T @ w - w).detach())
    assert torch.autograd.gradcheck(lambda w: orthogonality([w], 0.7), [w])


def test_raises_small_singular_values_where_decay_would_lower_them():
    w = torch.diag(torch.tensor([2.0, 0.5])).requires_grad_()
    slope = torch.autograd.grad(orthogonality([w]), w)[0].diagonal()
    assert slope[0] > 0 > slope[1]


def test_takes_convolutions_as_matrices_and_no_biases_or_scales():
    model = nn.Sequential(nn.Conv1d(2, 3, 4), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(6, 2))
    want = orthogonality([model[0].weight.flatten(1)]) + orthogonality([model[3].weight])
    assert_close(orthogonality(model), want)


def test_limits():
    w = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    value = orthogonality([w], 2.0)
    assert value == 1.0 and not torch.autograd.grad(value, w)[0].any()  # 2/4 of the rank, 2
    assert orthogonality([matrix()], 0.0) == 0


def test_vmap_with_one_lam_per_model():
    stacked, lams = torch.stack([matrix(seed=s) for s in range(3)]), torch.tensor([0.0, 0.5, 2.0])
    got = torch.func.vmap(orthogonality)(stacked, lams)
    assert_close(
        got, torch.stack([orthogonality(w, m) for w, m in zip(stacked, lams.tolist(), strict=True)])
    )


def test_errors():
    with pytest.raises(ValueError, match="lam must be a finite number >= 0; got -1"):
        orthogonality([matrix()], -1)
    with pytest.raises(ValueError, match="no weights to penalize"):
        orthogonality([])
