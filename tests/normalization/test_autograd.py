"""Hand-written gradients in autograd: what is passed on, moments, outputs nobody uses, vmap."""

import pytest
import torch
from torch.func import vmap
from torch.testing import assert_close

from reglab.normalization.autograd import (
    add_gradient_of_rstd,
    compute_type,
    differentiable,
    scale_and_shift,
)

F64 = torch.float64


def forward(x, weight, bias, eps):
    """RMS normalization of columns; the last output is of no concern."""
    rrms = (x.square().mean(0, keepdim=True) + eps).rsqrt()
    xhat = x * rrms
    return weight * xhat + bias, xhat, rrms, x.sum(0)


def backward(g, xhat, weight, rrms):
    h = weight * g
    dx = rrms * (h - xhat * (h * xhat).mean(0, keepdim=True))
    return dx, (g * xhat).sum(0), g.sum(0)


call = differentiable(forward, backward)


def inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    shapes = [(5, 3), (3,), (3,)]
    return [torch.randn(s, generator=g, dtype=F64).requires_grad_() for s in shapes]


def test_it_returns_what_forward_returns():
    x, w, b = inputs()
    for got, want in zip(call(x, w, b, 2.0), forward(x, w, b, 2.0), strict=True):
        assert_close(got, want, rtol=0, atol=0)


def test_the_backward_pass_is_used_and_gets_what_was_saved():
    wrong = differentiable(forward, lambda g, xhat, w, rrms: (7 * g, xhat[0], w * rrms[0]))
    x, w, b = inputs()
    y, xhat, rrms, _ = wrong(x, w, b, 2.0)
    got = torch.autograd.grad(y.sum(), [x, w, b])
    assert_close(got, (torch.full_like(x, 7.0), xhat[0], w * rrms[0]))


def test_gradients_lead_through_all_three_outputs():
    x, w, b = inputs()
    assert torch.autograd.gradcheck(lambda *a: call(*a, 2.0)[:3], (x, w, b))
    assert torch.autograd.gradgradcheck(lambda *a: call(*a, 2.0)[:3], (x, w, b))


def test_no_gradient_leads_through_what_comes_after():
    assert [t.requires_grad for t in call(*inputs(), 2.0)] == [True, True, True, False]


@pytest.mark.parametrize("output", [1, 2])
def test_gradients_of_xhat_and_rrms_alone(output):
    x, w, b = inputs()
    got = torch.autograd.grad(call(x, w, b, 2.0)[output].pow(3).sum(), [x, w, b])
    (want,) = torch.autograd.grad(forward(x, w, b, 2.0)[output].pow(3).sum(), [x])
    assert_close(got, (want, torch.zeros_like(w), torch.zeros_like(b)))


def test_what_nobody_uses_costs_nothing():
    dx = torch.ones(2, 1)
    assert add_gradient_of_rstd(dx, None, dx, dx[:1]) is dx


def test_numbers_that_share_a_mean_are_counted():
    x = torch.tensor([[1.0, 5.0], [3.0, 9.0], [8.0, 1.0]], dtype=F64).requires_grad_()
    rstd = (x.var(1, correction=0, keepdim=True) + 1e-2).rsqrt()
    (want,) = torch.autograd.grad(rstd.sum(), x)
    xhat, one = ((x - x.mean(1, keepdim=True)) * rstd).detach(), torch.ones(3, 1, dtype=F64)
    got = add_gradient_of_rstd(torch.full_like(x, 2.0), one, xhat, rstd.detach())
    assert_close(got, 2 + want)


@pytest.mark.parametrize("in_dims", [(0, 0, 0), (None, 0, 0), (0, None, None), (None, None, 0)])
def test_vmap_is_a_loop(in_dims):
    stacked = [torch.stack(t) for t in zip(*(inputs(seed) for seed in range(3)), strict=True)]
    args = [
        (t if d == 0 else t[0]).detach().requires_grad_()
        for t, d in zip(stacked, in_dims, strict=True)
    ]

    def one(*a):
        return call(*a, 2.0)[0]

    y = vmap(one, in_dims=in_dims)(*args)
    loop = torch.stack(
        [
            one(*(a[i] if d == 0 else a for a, d in zip(args, in_dims, strict=True)))
            for i in range(3)
        ]
    )
    assert_close(y, loop)
    g = torch.randn(y.shape, dtype=F64)
    assert_close(torch.autograd.grad(y, args, g), torch.autograd.grad(loop, args, g))


@pytest.mark.parametrize(
    "dtype, want",
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (F64, F64),
    ],
)
def test_half_precision_is_computed_in_float32(dtype, want):
    assert compute_type(torch.zeros(1, dtype=dtype)) == want
    w, b = scale_and_shift(torch.zeros(1, dtype=dtype), None, None, 3)
    assert w.dtype == b.dtype == want


def test_scale_and_shift_are_flat_and_default_to_1_and_0():
    x, w = torch.zeros(1), torch.arange(6.0).view(2, 3)
    assert torch.equal(scale_and_shift(x, w, None, 6)[0], torch.arange(6.0))
    assert torch.equal(scale_and_shift(x, None, w, 6)[1], torch.arange(6.0))
    assert scale_and_shift(torch.zeros(1), b := torch.ones(2), b, 2)[0] is b
    got = scale_and_shift(x, None, None, 2)
    assert_close(got, (torch.ones(2), torch.zeros(2)))
    assert scale_and_shift(x, w.bfloat16(), w.bfloat16(), 6)[1].dtype == torch.float32
