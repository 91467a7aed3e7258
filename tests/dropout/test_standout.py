"""Standout: dropout at alpha = 0, exact expectation, rates, limits, gradients, vmap, errors."""

import copy
import itertools
import pickle

import pytest
import torch
from scipy.stats import binomtest
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout import VanillaDropout
from reglab.dropout.standout import Standout, standout_mask, standout_probability

ALPHA = 1e-6
F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_probability_of_dropping_falls_with_the_input():
    z = torch.tensor([-2.0, 0.0, 2.0], dtype=F64)
    got = standout_probability(z, 1.5, 0.5)
    assert_close(got, 1 / (1 + (1.5 * z + 0.5).exp()))
    assert got[0] > got[1] > got[2]


@pytest.mark.parametrize("beta", [-1.0, 0.0, 2.0])
def test_at_alpha_0_it_is_dropout_in_the_paper_s_form(beta):
    """Every unit has one p, and eval mode is that of dropout without rescaling in training."""
    z = torch.randn(4, 5, dtype=F64, generator=generator())
    p = 1 - torch.tensor(beta, dtype=F64).sigmoid()
    assert_close(standout_probability(z, 0.0, beta), p.expand(4, 5))
    got = Standout(0.0, beta).eval()(z)
    assert_close(got, VanillaDropout(float(p)).eval()(z.relu()))
    assert_close(got, z.relu() * (1 - p))


def test_eval_mode_is_the_expectation_over_all_masks():
    z = torch.randn(4, dtype=F64, generator=generator())
    layer = Standout(0.7, 0.3, activation=torch.tanh)
    p = standout_probability(z, 0.7, 0.3)
    masks = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)), dtype=F64)
    chance = torch.where(masks > 0, 1 - p, p).prod(1)
    assert_close(layer.eval()(z), chance @ (masks * z.tanh()))


@pytest.mark.parametrize("z", [-1.0, 0.0, 3.0])
def test_units_are_dropped_as_often_as_said(z):
    n = 100_000
    z = torch.full((n,), z, dtype=F64)
    dropped = int((standout_mask(z, 0.8, 0.5, generator()) == 0).sum())
    p = float(standout_probability(z[:1], 0.8, 0.5))
    assert binomtest(dropped, n, p).pvalue > ALPHA


def test_training_multiplies_by_0_or_1():
    z = torch.rand(2000, generator=generator()) + 0.5
    out = Standout(0.3, 0.0)(z)
    assert ((out == 0) | (out == z)).all()
    assert 0 < (out == 0).float().mean() < 0.5


def test_far_inputs_are_always_in_or_always_out():
    z = torch.tensor([-1e4, 1e4]).repeat(1000)
    assert torch.equal(standout_mask(z, 1.0, 0.0), (z > 0).float())
    assert torch.equal(standout_mask(z, -1.0, 0.0), (z < 0).float())
    assert torch.equal(Standout(1.0)(z), z.relu())


def test_the_generator_decides_and_none_uses_the_global_one():
    z = torch.zeros(50)
    one, again = (standout_mask(z, 1.0, 0.0, generator(3)) for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(standout_mask(z, 1.0, 0.0), standout_mask(z, 1.0, 0.0))


def test_in_training_no_gradient_flows_through_the_draw():
    z = torch.tensor([2.0, -3.0], dtype=F64, requires_grad=True)
    mask = standout_mask(z, 0.5, 4.0, generator())
    assert not mask.requires_grad
    (z.tanh() * mask).sum().backward()
    assert_close(z.grad, mask * (1 - z.detach().tanh() ** 2))


def test_gradient_in_eval_mode():
    z = torch.randn(3, 4, dtype=F64, generator=generator(), requires_grad=True)
    assert torch.autograd.gradcheck(Standout(0.7, 0.3, activation=torch.tanh).eval(), z)


def test_under_vmap_each_model_has_its_own_numbers():
    z = torch.randn(4, 5, dtype=F64, generator=generator())
    settings = [(0.0, -1e4), (0.0, 1e4), (0.5, 1.0)]
    layers = [Standout(*(torch.tensor(v, dtype=F64) for v in pair)) for pair in settings]
    call = vmap(lambda b: functional_call(layers[0], b, (z,)), randomness="different")
    _params, buffers = stack_module_state(layers)
    out = call(buffers)
    assert not out[0].any()
    assert torch.equal(out[1], z.relu())
    for layer in layers:
        layer.eval()
    assert_close(call(buffers), torch.stack([Standout(*pair).eval()(z) for pair in settings]))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    for layer in (Standout(0.5, 1.0), Standout(0.5, 1.0).eval()):
        out = layer.to(device)(torch.ones(3, 4, dtype=dtype, device=device))
        assert out.dtype == dtype and out.device.type == device


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    layer = make(Standout(0.5, -1.0))
    assert (layer.alpha, layer.beta, layer.activation) == (0.5, -1.0, torch.relu)


def test_numbers_given_as_tensors_are_not_saved():
    assert not Standout(torch.tensor(0.5), 1.0).state_dict()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", True, None])
def test_numbers_that_are_not_finite(value):
    with pytest.raises(ValueError, match="alpha must be a finite number; got"):
        Standout(value)
    with pytest.raises(ValueError, match="beta must be a finite number; got"):
        Standout(1.0, value)


def test_an_activation_that_can_t_be_called():
    with pytest.raises(ValueError, match="must be a function such as torch.relu; got 'relu'"):
        Standout(activation="relu")


def test_what_print_shows():
    assert repr(Standout(0.5, 1)) == "Standout(alpha=0.5, beta=1.0)"
