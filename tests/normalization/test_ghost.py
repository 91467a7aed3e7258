"""Ghost batch normalization: groups are batches of their own; the statistics it stores."""

import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.normalization.batch import BatchNorm1d, batch_norm
from reglab.normalization.ghost import GhostBatchNorm, ghost_batch_norm

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


@pytest.mark.parametrize("shape", [(12, 3), (12, 3, 5), (12, 3, 2, 2)])
def test_each_group_is_a_batch_of_its_own(shape):
    x, w, b = randn(*shape), randn(3, seed=1), randn(3, seed=2)
    y, mean, var = ghost_batch_norm(x, 4, w, b, eps=1e-2)
    parts = [batch_norm(part, w, b, eps=1e-2) for part in x.split(4)]
    assert_close(y, torch.cat([p[0] for p in parts]))
    assert_close(mean, torch.stack([p[1] for p in parts]))
    assert_close(var, torch.stack([p[2] for p in parts]))


def test_eps_is_that_of_batch_norm_unless_said_otherwise():
    x = 1e-3 * randn(8, 3)  # a variance that eps is not small against
    assert_close(ghost_batch_norm(x, 8)[0], batch_norm(x)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("batch", [12, 14, 3])
def test_the_layer_is_a_loop_over_groups_the_last_one_smaller(batch):
    layer, x = GhostBatchNorm(3, 4, eps=1e-2, dtype=F64), randn(batch, 3)
    with torch.no_grad():
        layer.weight.copy_(randn(3, seed=1))
        layer.bias.copy_(randn(3, seed=2))
    want = [batch_norm(part, layer.weight, layer.bias, eps=1e-2)[0] for part in x.split(4)]
    assert_close(layer(x), torch.cat(want))


@pytest.mark.parametrize("batch", [12, 14])
def test_it_stores_the_groups_average_mean_and_unbiased_variance(batch):
    layer, x = GhostBatchNorm(3, 4, momentum=1.0, dtype=F64), randn(batch, 3)
    layer(x)
    parts = x.split(4)
    assert_close(layer.running_mean, torch.stack([p.mean(0) for p in parts]).mean(0))
    assert_close(layer.running_var, torch.stack([p.var(0) for p in parts]).mean(0))
    assert layer.num_batches_tracked.item() == 1


def test_positions_count_in_the_unbiased_variance():
    layer, x = GhostBatchNorm(3, 2, momentum=1.0, dtype=F64), randn(4, 3, 5)
    layer(x)
    want = torch.stack([p.transpose(0, 1).flatten(1).var(1) for p in x.split(2)]).mean(0)
    assert_close(layer.running_var, want)


def test_with_one_group_it_is_batch_normalization():
    ghost, plain, x = GhostBatchNorm(3, 6, dtype=F64), BatchNorm1d(3, dtype=F64), randn(6, 3)
    assert_close(ghost(x), plain(x))
    assert_close(dict(ghost.state_dict()), dict(plain.state_dict()))


def test_in_evaluation_it_is_batch_normalization():
    ghost, plain = GhostBatchNorm(3, 2, dtype=F64), BatchNorm1d(3, dtype=F64)
    ghost(randn(8, 3))
    plain.load_state_dict(ghost.state_dict())
    assert_close(ghost.eval()(randn(5, 3)), plain.eval()(randn(5, 3)), rtol=0, atol=0)


def test_gradients_are_those_of_the_loop():
    layer = GhostBatchNorm(2, 3, dtype=F64, track_running_stats=False)
    assert torch.autograd.gradcheck(layer, (randn(8, 2).requires_grad_(),))


def test_vmap_is_a_loop():
    models = [GhostBatchNorm(3, 4, dtype=F64) for _ in range(3)]
    params, buffers = stack_module_state(models)
    x = randn(3, 10, 3)
    y = vmap(lambda p, b, x: functional_call(models[0], (p, b), (x,)))(params, buffers, x)
    assert_close(y, torch.stack([m(part) for m, part in zip(models, x, strict=True)]))
    assert_close(buffers["running_var"], torch.stack([m.running_var for m in models]))
