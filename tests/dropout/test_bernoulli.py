"""Dropout: exact moments, rates, both scalings, channels, parity with torch, vmap, errors."""

import copy
import itertools
import math
import pickle
import warnings

import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core import random_bits_like
from reglab.core.device import available_devices
from reglab.dropout import bernoulli
from reglab.dropout.bernoulli import (
    DropLayer,
    Dropout,
    SpatialDropout1d,
    SpatialDropout2d,
    VanillaDropout,
    drop_mask,
    dropout,
    enumerate_masks,
)

ALPHA = 1e-6
RATES = [0.0, 0.1, 0.5, 0.75, 1.0]
LAYERS = {
    Dropout: (nn.Dropout, (4, 3)),
    SpatialDropout1d: (nn.Dropout1d, (2, 3, 4)),
    SpatialDropout2d: (nn.Dropout2d, (2, 3, 4, 5)),
}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def zeros(*shape, dtype=torch.float64):
    return torch.zeros(*shape, dtype=dtype)


# masks


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
def test_a_share_p_of_a_mask_is_zero(p):
    dropped = int((drop_mask(zeros(200_000), p, generator()) == 0).sum())
    assert binomtest(dropped, 200_000, p).pvalue > ALPHA


@pytest.mark.parametrize("p", [0.5, 0.75])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_what_is_not_dropped_is_divided_by_1_minus_p(p, as_tensor):
    p = torch.tensor(p) if as_tensor else p
    mask = drop_mask(zeros(100), p, generator())
    assert set(mask.tolist()) == {0.0, 1 / (1 - float(p))}


@pytest.mark.parametrize("p", [0.3, 1 / 3, 2**-16, 1e-9, 1 - 2**-16, 1 - 1e-9])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_the_mean_over_all_bits_is_exactly_1_or_all_are_dropped(p, as_tensor, monkeypatch):
    """Every 16-bit number once: the probabilities of the mask, exact."""
    every = torch.arange(-(2**15), 2**15).to(torch.int16)
    monkeypatch.setattr(bernoulli, "random_bits_like", lambda like, generator: every)
    mask = drop_mask(zeros(2**16), torch.tensor(p) if as_tensor else p)
    dropped = round(p * 2**16)
    assert int((mask == 0).sum()) == dropped
    assert_close(mask.mean().item(), 0.0 if dropped == 2**16 else 1.0)


@pytest.mark.parametrize("as_tensor", [False, True])
def test_limits_of_p(as_tensor):
    p = [torch.tensor(v) if as_tensor else v for v in (0.0, 1.0)]
    assert torch.equal(drop_mask(zeros(1000), p[0]), torch.ones_like(zeros(1000)))
    assert torch.equal(drop_mask(zeros(100_000), p[1]), zeros(100_000))


def test_p_of_1_drops_even_the_highest_bits(monkeypatch):
    highest = torch.full((3,), 2**15 - 1, dtype=torch.int16)
    monkeypatch.setattr(bernoulli, "random_bits_like", lambda like, generator: highest)
    assert not drop_mask(zeros(3), 1.0).any()
    assert not drop_mask(zeros(3), torch.tensor(1.0)).any()


def test_decisions_are_independent():
    """Pairs of neighbors in one mask are both dropped with probability p^2."""
    dropped = drop_mask(zeros(100_000, 2), 0.3, generator()) == 0
    assert binomtest(int(dropped.all(1).sum()), 100_000, 0.3**2).pvalue > ALPHA


def test_how_many_are_dropped_is_random():
    counts = (drop_mask(zeros(1000, 10), 0.5, generator()) == 0).sum(1)
    assert len(counts.unique()) > 5


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_the_mask_is_like_its_model(dtype, as_tensor):
    p = torch.tensor(0.5, dtype=torch.float64) if as_tensor else 0.5
    mask = drop_mask(zeros(2, 3, dtype=dtype), p)
    assert (mask.shape, mask.dtype) == ((2, 3), dtype)


@pytest.mark.parametrize("device", available_devices())
def test_masks_on_every_device(device):
    x = torch.ones(50, device=device)
    assert set(Dropout(0.5).to(device)(x).tolist()) == {0.0, 2.0}


def test_a_generator_decides_and_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    first, second = (drop_mask(zeros(64), 0.5, generator()) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_generator_two_masks_differ():
    assert not torch.equal(drop_mask(zeros(64), 0.5), drop_mask(zeros(64), 0.5))


# enumeration: exact moments


@pytest.mark.parametrize("p", RATES)
def test_all_masks_are_listed_with_their_probabilities(p):
    masks, weights = enumerate_masks(3, p)
    scale = 1 / (1 - p) if p < 1 else 0.0
    want = list(itertools.product([0.0, scale], repeat=3))
    assert masks.tolist() == [list(m) for m in want]
    drops = [sum(d) for d in itertools.product([1, 0], repeat=3)]
    exact = [p**d * (1 - p) ** (3 - d) for d in drops]
    assert_close(weights.tolist(), exact, rtol=1e-14, atol=0)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75])
def test_dropout_keeps_the_mean_and_adds_p_over_1_minus_p_x_squared_of_variance(p):
    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    masks, weights = enumerate_masks(3, p)
    outputs = dropout(x.expand(8, 3), masks)
    mean = weights @ outputs
    assert_close(mean, x)
    assert_close(weights @ (outputs - mean).square(), x**2 * p / (1 - p))


def test_enumerated_masks_have_the_dtype_asked_for():
    masks, weights = enumerate_masks(2, 0.5, torch.float32)
    assert masks.dtype == weights.dtype == torch.float32


def test_twenty_units_are_the_most():
    assert bernoulli.UNITS_AT_MOST == 20
    with pytest.raises(ValueError, match="units must be <= 20.*got 21.*sampled masks"):
        enumerate_masks(21, 0.5)


# layers


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("p", RATES)
def test_in_training_numbers_are_dropped_or_scaled(layer, p):
    x = torch.randn(LAYERS[layer][1], dtype=torch.float64)
    ratio = layer(p)(x) / x
    allowed = zeros(ratio.shape) if p == 1 else ratio.round(decimals=9) * 0 + 1 / (1 - p)
    assert torch.isclose(ratio, allowed).logical_or(ratio == 0).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_in_evaluation_nothing_happens_as_in_torch(layer):
    x = torch.randn(LAYERS[layer][1])
    assert torch.equal(layer(0.5).eval()(x), x)
    assert torch.equal(LAYERS[layer][0](0.5).eval()(x), x)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_share_dropped_is_that_of_torch_s_layer(layer):
    """Both within the same binomial bounds, counted over decisions, not numbers."""
    theirs, shape = LAYERS[layer]
    x = torch.ones(20_000, *shape[1:])
    for module in (layer(0.3), theirs(0.3)):
        decisions = module(x) if layer is Dropout else module(x).flatten(2)[:, :, 0]
        dropped = int((decisions == 0).sum())
        assert binomtest(dropped, decisions.numel(), 0.3).pvalue > ALPHA


@pytest.mark.parametrize("layer", [SpatialDropout1d, SpatialDropout2d])
def test_a_channel_shares_its_decision_and_channels_and_examples_do_not(layer):
    decisions = layer(0.5)(torch.ones(64, *LAYERS[layer][1][1:])).flatten(2)
    assert torch.equal(decisions, decisions[:, :, :1].expand_as(decisions))
    assert len(decisions[:, :, 0].unique(dim=0)) > 1
    assert len(decisions[:, :, 0].T.unique(dim=0)) > 1


def test_vanilla_dropout_leaves_survivors_and_scales_at_test():
    x = torch.arange(1.0, 65)
    layer = VanillaDropout(0.25)
    out = layer(x)
    assert torch.equal(out, x * (out > 0)) and 0 < (out == 0).sum() < 64
    assert_close(layer.eval()(x), 0.75 * x)


@pytest.mark.parametrize("p", RATES)
def test_vanilla_evaluation_is_the_mean_over_training_masks(p):
    x = torch.tensor([1.0, -2.0], dtype=torch.float64)
    masks, weights = enumerate_masks(2, p)
    assert_close(VanillaDropout(p).eval()(x), weights @ (x * (masks > 0)))


@pytest.mark.parametrize("p", RATES)
def test_vanilla_dropout_is_1_minus_p_times_inverted_dropout(p):
    x = torch.randn(50)
    torch.manual_seed(1)
    inverted = Dropout(p)(x)
    torch.manual_seed(1)
    assert_close(VanillaDropout(p)(x), (1 - p) * inverted, rtol=2**-15, atol=0)


@pytest.mark.parametrize("layer", [*LAYERS, VanillaDropout])
def test_gradients_pass_where_numbers_pass(layer):
    shape = LAYERS.get(layer, LAYERS[Dropout])[1]
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    out = layer(0.4)(x)
    out.sum().backward()
    assert_close(x.grad, (out / x).detach())


def test_backward_after_a_forward_in_evaluation_uses_the_mask_of_its_own_forward():
    """The mask belongs to one call: no state is left for a later backward to find stale."""
    x = torch.ones(200, dtype=torch.float64, requires_grad=True)
    layer = Dropout(0.5)
    layer(x)
    layer.eval()(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_limits_have_finite_gradients(p):
    x = torch.full((5,), 1e4, requires_grad=True)
    Dropout(p)(x).sum().backward()
    assert torch.equal(x.grad, torch.full((5,), 1.0 - p))


def test_gradcheck():
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    mask = drop_mask(x, 0.5)
    assert torch.autograd.gradcheck(dropout, (x, mask))


def test_evaluation_before_any_training_and_an_empty_batch():
    assert Dropout(0.5).eval()(torch.ones(1, 2)).tolist() == [[1.0, 1.0]]
    assert Dropout(0.5)(torch.ones(0, 2)).shape == (0, 2)


def test_layers_are_drawn_from_torch_s_global_generator():
    x = torch.ones(64)
    torch.manual_seed(3)
    first = Dropout(0.5)(x)
    torch.manual_seed(3)
    assert torch.equal(first, Dropout(0.5)(x))


@pytest.mark.parametrize("layer", [*LAYERS, VanillaDropout])
def test_copies_pickles_and_state_dicts(layer):
    module = layer(torch.tensor(0.5))
    assert not module.state_dict()
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert float(other.p) == 0.5


def test_layers_say_their_p():
    assert repr(Dropout(0.25)) == "Dropout(p=0.25)"
    assert repr(DropLayer(torch.tensor(0.25))) == "DropLayer(p=tensor)"


def test_half_is_the_default():
    assert Dropout().p == 0.5


# vmap


def test_stacked_networks_have_a_p_each():
    layers = [nn.Sequential(nn.Linear(6, 30), Dropout(torch.tensor(p))) for p in (0.0, 0.5, 1.0)]
    params, state = stack_module_state(layers)
    x = torch.randn(20, 6)

    def call(p, s):
        return functional_call(layers[0], (p, s), (x,))

    out = vmap(call, randomness="different")(params, state)
    assert_close(out[0], layers[0][0](x))
    assert 0 < (out[1] == 0).double().mean() < 1
    assert not out[2].any()


def test_vmap_equals_a_loop_for_the_same_bits(monkeypatch):
    bits = random_bits_like(zeros(40), generator())
    monkeypatch.setattr(bernoulli, "random_bits_like", lambda like, generator: bits)
    rates = torch.tensor([0.0, 0.2, 0.7, 1.0])
    stacked = vmap(lambda p: drop_mask(zeros(40), p))(rates)
    assert torch.equal(stacked, torch.stack([drop_mask(zeros(40), p) for p in rates]))
    assert torch.equal(stacked, torch.stack([drop_mask(zeros(40), float(p)) for p in rates]))


@pytest.mark.parametrize("layer", LAYERS)
def test_vmap_gives_each_model_its_own_mask(layer):
    x = torch.ones(2, *LAYERS[layer][1])
    out = vmap(layer(0.5), randomness="different")(x.repeat(1, 8, *[1] * (x.ndim - 2)))
    assert not torch.equal(out[0], out[1])


# errors and traps


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, True, "0.5"])
@pytest.mark.parametrize("layer", [*LAYERS, VanillaDropout])
def test_a_bad_p_is_an_error_at_once(layer, p):
    with pytest.raises(ValueError, match=r"p is a probability, in \[0, 1\]; got"):
        layer(p)


def test_a_bad_p_of_the_functions():
    for call in (lambda: drop_mask(zeros(2), 2), lambda: enumerate_masks(2, 1.5)):
        with pytest.raises(ValueError, match="p is a probability"):
            call()
    with pytest.raises(ValueError, match="units must be a whole number >= 1"):
        enumerate_masks(0, 0.5)
    with pytest.raises(ValueError, match=r"a 0-d tensor; got \(2,\)"):
        Dropout(torch.tensor([0.1, 0.2]))


def test_integers_have_no_mask():
    with pytest.raises(ValueError, match="got dtype torch.int64, pass like.float"):
        drop_mask(torch.ones(3, dtype=torch.int64), 0.5)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 4, 4)])
def test_a_mask_of_another_shape_is_an_error(shape):
    with pytest.raises(ValueError, match=r"broadcast to x's shape \(4, 4\)"):
        dropout(zeros(4, 4), zeros(*shape))


def test_a_mask_may_be_shared_along_axes():
    assert dropout(torch.ones(2, 3), torch.tensor([0.0, 2, 2])).sum(0).tolist() == [0, 4, 4]


@pytest.mark.parametrize(
    "layer, shape, axes",
    [(SpatialDropout1d, (2, 3), r"\(B, C, T\)"), (SpatialDropout2d, (2, 3, 4), r"\(B, C, H, W\)")],
)
def test_spatial_dropout_wants_a_batch_of_channels(layer, shape, axes):
    with pytest.raises(ValueError, match=f"x must have shape {axes}; got"):
        layer()(torch.ones(shape))


def test_torch_s_functional_form_drops_in_evaluation_unless_told():
    """Why there is no functional form with a mode here: the flag's default is to drop."""
    model, x = nn.Linear(2, 2).eval(), torch.ones(200)
    with warnings.catch_warnings():
        assert (nn.functional.dropout(x, 0.5) == 0).any()
        assert torch.equal(nn.functional.dropout(x, 0.5, training=model.training), x)
