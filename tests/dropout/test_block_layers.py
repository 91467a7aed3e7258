"""DropBlock's layers: training and eval, limits, the ramp, copies, vmap, errors."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout.block import DropBlock1d, DropBlock2d, grow_blocks

LAYERS = [(DropBlock1d, (2, 3, 8)), (DropBlock2d, (2, 3, 8, 7))]


# layers


@pytest.mark.parametrize("layer, shape", LAYERS)
def test_training_drops_whole_blocks_and_eval_nothing(layer, shape):
    x = torch.rand(*shape) + 0.5
    module = layer(0.5, 3)
    out = module(x)
    dropped = out == 0
    assert 0 < dropped.float().mean() < 1
    windows = dropped.double()
    for axis in range(2, len(shape)):
        windows = windows.unfold(axis, 3, 1)
    full = windows.flatten(len(shape)).all(-1)  # where a block of zeros begins
    assert torch.equal(grow_blocks(full, module.block), dropped)
    assert module.eval()(x) is x


@pytest.mark.parametrize("layer, shape", LAYERS)
def test_p_0_changes_nothing(layer, shape):
    x = torch.randn(*shape)
    assert_close(layer(0.0, 3)(x), x)


@pytest.mark.parametrize("layer, shape", LAYERS)
def test_p_1_and_a_batch_of_one_are_finite(layer, shape):
    for block in (1, 3, 7):
        x = torch.randn(1, *shape[1:], requires_grad=True)
        out = layer(1.0, block)(x)
        out.sum().backward()
        assert out.isfinite().all() and x.grad.isfinite().all()


def test_single_units_at_p_1_are_all_dropped():
    assert not DropBlock1d(1.0, 1)(torch.ones(2, 3, 8)).any()


def test_rectangles_and_more_leading_axes():
    assert DropBlock2d(0.5, (2, 5))(torch.ones(2, 3, 4, 6, 7)).shape == (2, 3, 4, 6, 7)
    assert DropBlock2d(0.5, (2, 5)).block == (2, 5)
    assert DropBlock1d(0.5, 3)(torch.ones(3, 8)).shape == (3, 8)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    out = DropBlock2d(0.3, 2, ramp=4).to(device)(torch.ones(2, 3, 6, 6, dtype=dtype, device=device))
    assert out.dtype == dtype and out.device.type == device


# the ramp


def test_the_ramp_rises_linearly_to_p_and_stays():
    layer = DropBlock1d(0.4, 2, ramp=4)
    rates = [float(layer.rate()) for _ in range(7)]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4])


def test_the_ramp_starts_with_the_identity_and_counts_training_steps_only():
    layer, x = DropBlock1d(1.0, 1, ramp=1), torch.ones(2, 3, 8)
    layer.eval()(x)
    assert torch.equal(layer.train()(x), x)
    assert not layer(x).any() and layer.steps == 2


def test_the_ramp_s_place_is_saved():
    layer = DropBlock1d(0.4, 2, ramp=4)
    layer(torch.ones(2, 3, 8))
    other = DropBlock1d(0.4, 2, ramp=4)
    other.load_state_dict(layer.state_dict())
    assert float(other.rate()) == pytest.approx(0.1)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    layer = make(DropBlock2d(0.4, (2, 3), ramp=4))
    assert (layer.p, layer.block, layer.ramp) == (0.4, (2, 3), 4)


# many models as one


def stacked(layers, x):
    """Run the layers as one by vmap, each on x."""
    params, buffers = stack_module_state(layers)
    call = vmap(lambda p, b: functional_call(layers[0], (p, b), (x,)), randomness="different")
    return call(params, buffers)


def test_under_vmap_each_model_has_its_own_p():
    x = torch.ones(2, 3, 8)
    out = stacked([DropBlock1d(torch.tensor(p), 1) for p in (0.0, 0.5, 1.0)], x)
    assert torch.equal(out[0], x) and not out[2].any()
    assert 0 < out[1].count_nonzero() < x.numel()


def test_under_vmap_each_model_scales_by_its_own_count_and_counts_its_own_steps():
    layers = [DropBlock1d(1.0, 1, ramp=r) for r in (1, 1)]
    layers[1].steps += 1
    out = stacked(layers, torch.ones(2, 3, 8))
    assert torch.equal(out[0], torch.ones(2, 3, 8)) and not out[1].any()


# errors


def test_a_block_larger_than_the_map():
    with pytest.raises(ValueError, match=r"fit into the map \(4, 8\); got \(5, 5\); \(4, 5\)"):
        DropBlock2d(0.1, 5)(torch.ones(1, 1, 4, 8))
    with pytest.raises(ValueError, match="must fit"):  # in eval mode too: it would fail in training
        DropBlock1d(0.1, 5).eval()(torch.ones(1, 1, 4))


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan"), True])
def test_a_p_that_is_no_probability(p):
    with pytest.raises(ValueError, match="p is a probability"):
        DropBlock1d(p, 3)


def test_other_bad_values():
    with pytest.raises(ValueError, match="block must be a whole number >= 1; got 0"):
        DropBlock1d(0.1, 0)
    with pytest.raises(ValueError, match="one for each of 1 axes; got"):
        DropBlock1d(0.1, (3, 3))
    with pytest.raises(ValueError, match="ramp must be a whole number >= 0; got -1"):
        DropBlock1d(0.1, 3, ramp=-1)
    with pytest.raises(ValueError, match=r"DropBlock2d takes x \(\.\.\., C, H, W\); got \(8, 8\)"):
        DropBlock2d(0.1, 3)(torch.ones(8, 8))
    with pytest.raises(ValueError, match=r"DropBlock1d takes x \(\.\.\., C, L\)"):
        DropBlock1d(0.1, 3)(torch.ones(8))


def test_what_print_shows():
    assert "p=0.1, block=(3, 3), ramp=5" in repr(nn.Sequential(DropBlock2d(0.1, 3, ramp=5)))
