"""Batch normalization: moments, running statistics, modes, exact laws of its gradients."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.normalization.batch import (
    BatchNorm1d,
    BatchNorm2d,
    batch_norm,
    batch_norm_backward,
    batch_norm_forward,
)

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 5), (6, 3, 2, 4)])
def test_outputs_have_mean_0_variance_1_over_batch_and_positions(shape):
    y, mean, var = batch_norm(3 * randn(*shape) + 2, eps=0.0)
    axes = [a for a in range(len(shape)) if a != 1]
    assert_close(y.mean(axes), torch.zeros(3, dtype=F64))
    assert_close(y.var(axes, correction=0), torch.ones(3, dtype=F64))
    x = 3 * randn(*shape) + 2
    assert_close((mean, var), (x.mean(axes), x.var(axes, correction=0)))
    _, mean, var = batch_norm(x.requires_grad_())
    assert not mean.requires_grad and not var.requires_grad


def test_scale_and_shift_come_after():
    x, w, b = randn(6, 3), randn(3, seed=1), randn(3, seed=2)
    assert_close(batch_norm(x, w, b)[0], w * batch_norm(x)[0] + b)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 5)])
def test_the_backward_pass_is_autograd_s(shape):
    x, w, b, g = randn(*shape), randn(3, seed=1), randn(3, seed=2), randn(*shape, seed=3)
    parts = [t.clone().requires_grad_() for t in (x, w, b)]
    axes = [a for a in range(len(shape)) if a != 1]
    mean = parts[0].mean(axes, keepdim=True)
    var = (parts[0] - mean).square().mean(axes, keepdim=True)
    view = (-1, *[1] * (len(shape) - 2))
    y = parts[1].view(view) * (parts[0] - mean) / (var + 1e-2).sqrt() + parts[2].view(view)
    rstd = (var + 1e-2).rsqrt().detach()
    xhat = (x - mean.detach()) * rstd
    assert_close(batch_norm_forward(x, w, b, 1e-2), (y, xhat, rstd, mean, var))
    want = torch.autograd.grad(y, parts, g)
    assert_close(batch_norm_backward(g, xhat, w, rstd), want)


def test_the_gradient_is_orthogonal_to_constants_and_to_the_output():
    x, g = randn(8, 3), randn(8, 3, seed=1)
    _, xhat, rstd, _, _ = batch_norm_forward(x, *torch.ones(2, 3, dtype=F64), 0.0)
    dx, _, _ = batch_norm_backward(g, xhat, torch.ones(3, dtype=F64), rstd)
    assert_close(dx.sum(0), torch.zeros(3, dtype=F64))
    assert_close((dx * xhat).sum(0), torch.zeros(3, dtype=F64))


def test_the_gradient_of_a_weight_before_it_is_orthogonal_to_that_weight():
    """Scaling a row of the weight changes nothing, so the loss is flat in that direction."""
    x, w, g = randn(8, 5), randn(3, 5, seed=1).requires_grad_(), randn(8, 3, seed=2)
    y = batch_norm(x @ w.T, eps=0.0)[0]
    (dw,) = torch.autograd.grad(y, w, g)
    assert_close((dw * w).sum(1), torch.zeros(3, dtype=F64))
    assert dw.abs().max() > 0.1


def test_a_bias_before_it_is_dead():
    linear = nn.Linear(5, 3, dtype=F64)
    y = batch_norm(linear(randn(8, 5)))[0]
    (dead,) = torch.autograd.grad(y, linear.bias, randn(8, 3, seed=1))
    assert_close(dead, torch.zeros(3, dtype=F64), rtol=0, atol=1e-14)


def test_normalizes_with_the_biased_and_stores_the_unbiased_variance():
    layer = BatchNorm1d(1, momentum=1.0, eps=0.0, dtype=F64)
    x = torch.tensor([[0.0], [2.0], [4.0], [10.0]], dtype=F64)
    y = layer(x)
    assert_close(y.square().mean(), torch.tensor(1.0, dtype=F64))
    assert layer.running_var.item() == pytest.approx(56 / 3)
    assert layer.running_mean.item() == 4.0


def test_images_count_every_position():
    layer, x = BatchNorm2d(2, momentum=1.0, dtype=F64), randn(3, 2, 4, 5)
    layer(x)
    assert_close(layer.running_var, x.transpose(0, 1).flatten(1).var(1))


@pytest.mark.parametrize("momentum, want", [(0.1, 1.39), (None, 5.0), (1.0, 7.0), (0.0, 0.0)])
def test_momentum_is_the_share_of_the_new_value(momentum, want):
    layer = BatchNorm1d(1, momentum=momentum, dtype=F64)
    for mean in (3.0, 5.0, 7.0):
        layer(torch.tensor([[mean - 1], [mean + 1]], dtype=F64))
    got = layer.running_mean.item()
    assert got == pytest.approx({0.1: 0.81 * 0.3 + 0.9 * 0.5 + 0.7}.get(momentum, want))
    assert layer.num_batches_tracked.item() == 3


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    layer = BatchNorm1d(2, eps=0.5, dtype=F64).eval()
    with torch.no_grad():
        layer.running_mean.copy_(torch.tensor([1.0, 2.0]))
        layer.running_var.copy_(torch.tensor([3.5, 8.5]))
        layer.weight.copy_(torch.tensor([2.0, 3.0]))
        layer.bias.copy_(torch.tensor([0.0, 1.0]))
    before = {k: v.clone() for k, v in layer.state_dict().items()}
    got = layer(torch.tensor([[3.0, 5.0]], dtype=F64))
    assert_close(got, torch.tensor([[2.0, 4.0]], dtype=F64))
    assert_close(dict(layer.state_dict()), before, rtol=0, atol=0)


def test_evaluation_has_gradients_too():
    layer, x = BatchNorm2d(2, dtype=F64).eval(), randn(3, 2, 4, 4).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))


def test_without_running_statistics_both_modes_use_the_batch():
    ours = BatchNorm1d(3, track_running_stats=False, dtype=F64)
    theirs = nn.BatchNorm1d(3, track_running_stats=False, dtype=F64)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight", "bias"]
    x = randn(5, 3)
    assert_close(ours.eval()(x), theirs.eval()(x))
    assert_close(ours.train()(x), theirs.train()(x))
    ours.reset_running_stats()  # there are none: nothing to do


def test_reset():
    layer = BatchNorm1d(2, dtype=F64)
    layer(randn(4, 2))
    layer.reset_running_stats()
    assert_close(dict(layer.state_dict()), dict(BatchNorm1d(2, dtype=F64).state_dict()))


def test_a_frozen_layer_is_not_trained():
    layer = BatchNorm1d(2).requires_grad_(False)
    assert not layer(torch.randn(4, 2)).requires_grad


def test_the_average_of_all_batches_works_under_vmap():
    models = [BatchNorm1d(2, momentum=None, dtype=F64) for _ in range(3)]
    params, buffers = stack_module_state(models)
    for seed in range(2):
        x = randn(3, 5, 2, seed=seed)
        vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)))(params, buffers, x)
        [m(part) for m, part in zip(models, x, strict=True)]
    assert buffers["num_batches_tracked"].tolist() == [2, 2, 2]
    want = torch.stack([m.running_var for m in models])
    assert_close(buffers["running_var"], want)
    assert want.std() > 0.01


def test_constant_features_far_from_0_give_exactly_the_bias():
    y, mean, var = batch_norm(torch.full((1000, 2), 12345.678))
    assert torch.equal(y, torch.zeros(1000, 2))
    assert torch.equal(var, torch.zeros(2))
    assert_close(mean, torch.full((2,), 12345.678), rtol=1e-7, atol=0)
