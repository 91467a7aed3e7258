"""Layer normalization: moments of rows, gradients, invariances, the same in both modes."""

import pytest
import torch
from torch.testing import assert_close

from reglab.normalization import RMSNorm
from reglab.normalization.layer import (
    LayerNorm,
    check_last_axes,
    feature_shape,
    layer_norm,
    layer_norm_backward,
    layer_norm_forward,
)
from reglab.penalties import weights_of

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def plain(x, w, b, eps):
    mean = x.mean(1, keepdim=True)
    var = (x - mean).square().mean(1, keepdim=True)
    return w * (x - mean) / (var + eps).sqrt() + b, mean, var


def test_each_token_has_mean_0_variance_1():
    y = layer_norm(3 * randn(2, 5, 8) + 2, eps=0.0)
    assert_close(y.mean(-1), torch.zeros(2, 5, dtype=F64))
    assert_close(y.var(-1, correction=0), torch.ones(2, 5, dtype=F64))


def test_eps_is_torch_s_unless_said_otherwise():
    x = 1e-3 * randn(2, 8)  # a variance that eps is not small against
    want = torch.nn.functional.layer_norm(x, (8,))
    assert_close(layer_norm(x), want, rtol=1e-12, atol=1e-12)


def test_two_axes_are_one_row():
    x, w = randn(3, 4, 2), randn(4, 2, seed=1)
    got = layer_norm(x, w, 2 * w, axes=2)
    want = layer_norm(x.flatten(1), w.flatten(), 2 * w.flatten()).view(3, 4, 2)
    assert_close(got, want, rtol=0, atol=0)


def test_forward_and_backward_are_autograd_s():
    x, w, b, g = randn(6, 4), randn(4, seed=1), randn(4, seed=2), randn(6, 4, seed=3)
    parts = [t.clone().requires_grad_() for t in (x, w, b)]
    y, mean, var = plain(*parts, 1e-2)
    rstd = (var + 1e-2).rsqrt().detach()
    xhat = (x - mean.detach()) * rstd
    assert_close(layer_norm_forward(x, w, b, 1e-2), (y, xhat, rstd))
    want = torch.autograd.grad(y, parts, g)
    assert_close(layer_norm_backward(g, xhat, w, rstd), want)


def test_no_example_sees_another_and_modes_agree():
    layer, x = LayerNorm(4, dtype=F64), randn(5, 4)
    alone = torch.cat([layer(row[None]) for row in x])
    assert_close(layer(x), alone, rtol=0, atol=1e-14)
    assert torch.equal(layer.eval()(x), layer.train()(x))
    assert not dict(layer.named_buffers())


def test_offset_and_size_of_an_example_vanish():
    x = randn(5, 4)
    assert_close(layer_norm(7 * x - 3, eps=0.0), layer_norm(x, eps=0.0))


def test_one_feature_gives_the_bias():
    bias = torch.full((1,), 2.0)
    assert torch.equal(layer_norm(torch.randn(3, 1), None, bias), torch.full((3, 1), 2.0))


def test_large_rows_far_from_0_stay_exact():
    x = torch.full((2, 1000), 12345.678)  # here a plain mean is wrong by 1e-3
    y, xhat, rstd = layer_norm_forward(x, torch.ones(1000), torch.zeros(1000), 1e-5)
    assert torch.equal(y, torch.zeros_like(x)) and torch.equal(xhat, y)
    assert_close(rstd, torch.full((2, 1), 1e-5**-0.5))


def test_eps_keeps_its_place():
    x = torch.tensor([[-1.0, 1.0]], dtype=F64)
    assert_close(layer_norm(x, eps=3.0), x / 2)
    assert_close(LayerNorm(2, eps=3.0, dtype=F64)(x), x / 2)


def test_feature_shapes():
    assert feature_shape(3) == (3,)
    assert feature_shape(torch.Size([3, 2])) == (3, 2)


@pytest.mark.parametrize("shape, hint", [((2, 4, 7), True), ((2, 7, 5), False), ((4, 7), False)])
def test_the_hint_is_given_where_the_channels_are_on_axis_1(shape, hint):
    with pytest.raises(ValueError, match=r"must be \(4,\)") as error:
        check_last_axes(torch.zeros(shape), (4,))
    assert ("axis 1 has it" in str(error.value)) is hint


@pytest.mark.parametrize("kind", [LayerNorm, RMSNorm])
def test_penalties_leave_scales_of_two_axes_alone(kind):
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), kind((4, 3)))
    assert [name for name, _ in weights_of(model)] == ["0.weight"]
