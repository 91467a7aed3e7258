"""Group normalization: moments of groups, gradients, its special cases."""

import pytest
import torch
from torch.testing import assert_close

from reglab.normalization.group import (
    GroupNorm,
    check_channels,
    group_norm,
    group_norm_backward,
    group_norm_forward,
)
from reglab.normalization.layer import layer_norm

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_each_group_of_each_example_has_mean_0_variance_1():
    y = group_norm(3 * randn(2, 6, 5) + 2, 3, eps=0.0).view(2, 3, -1)
    assert_close(y.mean(2), torch.zeros(2, 3, dtype=F64))
    assert_close(y.var(2, correction=0), torch.ones(2, 3, dtype=F64))


def test_forward_and_backward_are_autograd_s():
    x, g = randn(5, 3, 2, 4), randn(5, 3, 2, 4, seed=3)
    w, b = randn(3, 2, 1, seed=1), randn(3, 2, 1, seed=2)
    parts = [t.clone().requires_grad_() for t in (x, w, b)]
    mean = parts[0].mean((2, 3), keepdim=True)
    var = (parts[0] - mean).square().mean((2, 3), keepdim=True)
    y = parts[1] * (parts[0] - mean) / (var + 1e-2).sqrt() + parts[2]
    rstd = (var + 1e-2).rsqrt().detach()
    xhat = (x - mean.detach()) * rstd
    assert_close(group_norm_forward(x, w, b, 1e-2), (y, xhat, rstd))
    want = torch.autograd.grad(y, parts, g)
    assert_close(group_norm_backward(g, xhat, w, rstd), want)


def test_one_group_over_features_is_layer_normalization():
    x, w, b = randn(5, 6), randn(6, seed=1), randn(6, seed=2)
    assert_close(group_norm(x, 1, w, b), layer_norm(x, w, b))


def test_no_example_sees_another_and_modes_agree():
    layer, x = GroupNorm(2, 4, dtype=F64), randn(5, 4, 3)
    alone = torch.cat([layer(part[None]) for part in x])
    assert_close(layer(x), alone, rtol=0, atol=1e-14)
    assert torch.equal(layer.eval()(x), layer.train()(x))
    assert not dict(layer.named_buffers())


def test_a_batch_of_two_is_as_good_as_any():
    x = randn(64, 4, 3)
    layer = GroupNorm(2, 4, dtype=F64)
    assert_close(torch.cat([layer(part) for part in x.split(2)]), layer(x), rtol=0, atol=1e-14)


def test_neighboring_channels_form_a_group():
    x = torch.tensor([[1.0, 3.0, 10.0, 50.0]], dtype=F64)
    assert_close(group_norm(x, 2, eps=0.0), torch.tensor([[-1.0, 1.0, -1.0, 1.0]], dtype=F64))


def test_a_group_of_one_value_gives_the_bias():
    got = group_norm(randn(3, 4), 4, None, torch.arange(4.0, dtype=F64))
    assert torch.equal(got, torch.arange(4.0, dtype=F64).expand(3, 4))


def test_eps_is_added_to_the_variance():
    x = torch.tensor([[1.0, -1.0]], dtype=F64)
    assert_close(GroupNorm(1, 2, eps=3.0, dtype=F64)(x), x / 2)


def test_constant_groups_far_from_0_give_exactly_the_bias():
    y, xhat, rstd = group_norm_forward(
        torch.full((2, 2, 500, 2), 12345.678), torch.ones(2, 500, 1), torch.zeros(2, 500, 1), 1e-5
    )
    assert torch.equal(y, torch.zeros_like(y)) and torch.equal(xhat, y)
    assert_close(rstd, torch.full((2, 2, 1, 1), 1e-5**-0.5))


@pytest.mark.parametrize("shape, hint", [((2, 7, 4), True), ((2, 7), False), ((2, 7, 5), False)])
def test_the_hint_is_given_where_the_channels_are_last(shape, hint):
    with pytest.raises(ValueError, match=r"\(N, C, \.\.\.\) with C = 4") as error:
        check_channels(torch.zeros(shape), 4)
    assert ("last axis" in str(error.value)) is hint


def test_vectors_alone_are_refused():
    with pytest.raises(ValueError, match=r"got \(4,\)"):
        check_channels(torch.zeros(4), 4)
    with pytest.raises(ValueError, match=r"got \(5, 4\)$"):
        check_channels(torch.zeros(5, 4), 5)
