"""RMS normalization: mean square 1, gradients, invariance to size but not to offset."""

import pytest
import torch
from torch.testing import assert_close

from reglab.normalization.layer import layer_norm
from reglab.normalization.rms import RMSNorm, rms_norm, rms_norm_backward, rms_norm_forward

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_each_token_has_mean_square_1():
    y = rms_norm(3 * randn(2, 5, 8) + 2, eps=0.0)
    assert_close(y.square().mean(-1), torch.ones(2, 5, dtype=F64))


def test_forward_and_backward_are_autograd_s():
    x, w, b, g = randn(6, 4), randn(4, seed=1), randn(4, seed=2), randn(6, 4, seed=3)
    parts = [t.clone().requires_grad_() for t in (x, w, b)]
    ms = parts[0].square().mean(1, keepdim=True)
    y = parts[1] * parts[0] / (ms + 1e-2).sqrt() + parts[2]
    rrms = (ms + 1e-2).rsqrt().detach()
    assert_close(rms_norm_forward(x, w, b, 1e-2), (y, x * rrms, rrms))
    want = torch.autograd.grad(y, parts, g)
    assert_close(rms_norm_backward(g, x * rrms, w, rrms), want)


def test_the_size_vanishes_but_not_the_offset():
    x = randn(5, 4)
    assert_close(rms_norm(7 * x, eps=0.0), rms_norm(x, eps=0.0))
    assert (rms_norm(x + 3, eps=0.0) - rms_norm(x, eps=0.0)).abs().max() > 0.1


def test_on_centered_rows_it_is_layer_norm():
    x = randn(5, 4)
    x = x - x.mean(1, keepdim=True)
    assert_close(rms_norm(x, eps=1e-3), layer_norm(x, eps=1e-3))


def test_two_axes_are_one_row():
    x, w = randn(3, 4, 2), randn(4, 2, seed=1)
    want = rms_norm(x.flatten(1), w.flatten()).view(3, 4, 2)
    assert_close(rms_norm(x, w, axes=2), want, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, F64])
def test_eps_none_is_the_machine_epsilon_of_the_computation(dtype):
    small = torch.full((1, 2), 1e-6, dtype=dtype)
    computed = F64 if dtype == F64 else torch.float32
    x = small.to(computed)
    want = x / (x.square().mean(1, keepdim=True) + torch.finfo(computed).eps).sqrt()
    assert_close(rms_norm(small), want.to(dtype))
    assert_close(RMSNorm(2, dtype=dtype)(small), torch.nn.RMSNorm(2, dtype=dtype)(small))


def test_eps_is_added_to_the_mean_square():
    x = torch.tensor([[1.0, -1.0]], dtype=F64)
    assert_close(RMSNorm(2, eps=3.0, dtype=F64)(x), x / 2)


def test_zeros_stay_zeros():
    assert torch.equal(rms_norm(torch.zeros(2, 3)), torch.zeros(2, 3))
