"""Stochastic depth: the rule over layers, masks, rates, exact expectations, limits, errors."""

import copy
import pickle

import pytest
import torch
from scipy.stats import binomtest
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout.depth import StochasticDepth, depth_mask, linear_rule

ALPHA = 1e-6
F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# the rule over layers


def test_the_linear_rule_is_huang_s_with_dropping_for_surviving():
    """Huang's survival: 1 - l / L (1 - p_L)."""
    survival = [1 - l / 10 * (1 - 0.3) for l in range(1, 11)]
    assert [1 - p for p in linear_rule(0.7, 10)] == pytest.approx(survival)


def test_the_mean_number_of_dropped_layers():
    assert sum(linear_rule(0.5, 54)) == pytest.approx(0.5 * 55 / 2)
    assert linear_rule(0.3, 1) == [0.3]


# masks


@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 3, 4, 5)])
def test_one_draw_for_each_example_or_for_the_batch(shape):
    like = torch.zeros(shape)
    assert depth_mask(like, 0.5).shape == (6, *[1] * (len(shape) - 1))
    assert depth_mask(like, 0.5, "batch").shape == (1,) * len(shape)


@pytest.mark.parametrize("per, n", [("example", 100_000), ("batch", 4000)])
def test_branches_are_dropped_with_probability_p(per, n):
    g = generator()
    if per == "example":
        draws = depth_mask(torch.zeros(n, 2), 0.3, per, g)
    else:
        draws = torch.stack([depth_mask(torch.zeros(3, 2), 0.3, per, g) for _ in range(n)])
    assert draws.numel() == n
    assert binomtest(int((draws == 0).sum()), n, 0.3).pvalue > ALPHA
    assert_close(draws.max(), torch.tensor(1 / 0.7), rtol=1e-4, atol=0)


def test_the_generator_decides_and_none_uses_the_global_one():
    like = torch.zeros(50, 2)
    one, again = (depth_mask(like, 0.5, generator=generator(1)) for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(depth_mask(like, 0.5), depth_mask(like, 0.5))


# the layer


@pytest.mark.parametrize("scaled, factors", [("training", {0.0, 4.0}), ("test", {0.0, 1.0})])
def test_rows_are_dropped_as_a_whole(scaled, factors):
    out = StochasticDepth(0.75, scaled=scaled)(torch.ones(200, 3))
    assert set(out.flatten().tolist()) == factors
    assert (out == out[:, :1]).all()


@pytest.mark.parametrize("scaled, factors", [("training", {0.0, 2.0}), ("test", {0.0, 1.0})])
def test_minibatches_are_dropped_as_a_whole(scaled, factors):
    layer, seen = StochasticDepth(0.5, per="batch", scaled=scaled), set()
    for _ in range(40):
        out = layer(torch.ones(5, 3))
        assert (out == out[0, 0]).all()
        seen.add(float(out[0, 0]))
    assert seen == factors


@pytest.mark.parametrize("scaled, share", [("training", 1.0), ("test", 0.7)])
def test_eval_mode_is_the_expectation(scaled, share):
    x = torch.randn(4, 3, generator=generator())
    factor = {"training": 1 / 0.7, "test": 1.0}[scaled]
    got = StochasticDepth(0.3, scaled=scaled).eval()(x)
    assert_close(got, 0.7 * factor * x)  # 0.3 times nothing, 0.7 times a survivor
    assert_close(got, share * x)


@pytest.mark.parametrize("per", ["example", "batch"])
@pytest.mark.parametrize("scaled", ["training", "test"])
def test_limits(per, scaled):
    x = torch.randn(3, 2, requires_grad=True)
    assert torch.equal(StochasticDepth(0.0, per=per, scaled=scaled)(x), x)
    out = StochasticDepth(1.0, per=per, scaled=scaled)(x)
    out.sum().backward()
    assert not out.any() and not x.grad.any()


def test_gradient():
    x = torch.randn(4, 3, dtype=F64, generator=generator(), requires_grad=True)
    mask = depth_mask(x, 0.5, generator=generator(1))
    assert torch.autograd.gradcheck(lambda x: x + x.tanh() * mask, x)
    assert torch.autograd.gradcheck(StochasticDepth(0.3, scaled="test").eval(), x)


def test_under_vmap_each_model_has_its_own_p():
    x = torch.ones(4, 3)
    layers = [StochasticDepth(torch.tensor(p)) for p in (0.0, 1.0)]
    _, buffers = stack_module_state(layers)
    out = vmap(lambda b: functional_call(layers[0], b, (x,)), randomness="same")(buffers)
    assert torch.equal(out, torch.stack([x, 0 * x]))


# the rest


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    x = torch.ones(3, 4, dtype=dtype, device=device)
    for layer in (StochasticDepth(0.5, scaled="test"), StochasticDepth(0.5)):
        out = layer.to(device, dtype)(x)
        assert out.dtype == dtype and out.device.type == device


@pytest.mark.parametrize("make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(make):
    layer = make(StochasticDepth(0.3, per="batch", scaled="test"))
    assert (layer.p, layer.per, layer.scaled) == (0.3, "batch", "test")


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_a_p_that_is_no_probability(p):
    makers = [
        lambda: StochasticDepth(p),
        lambda: linear_rule(p, 3),
        lambda: depth_mask(torch.zeros(2, 2), p),
    ]
    for make in makers:
        with pytest.raises(ValueError, match="p is a probability"):
            make()


def test_other_bad_values():
    with pytest.raises(ValueError, match="per must be one of example, batch; got 'row'"):
        StochasticDepth(0.5, per="row")
    with pytest.raises(ValueError, match="per must be one of example, batch; got 'row'"):
        depth_mask(torch.zeros(2, 2), 0.5, "row")
    with pytest.raises(ValueError, match="scaled must be one of training, test; got 'eval'"):
        StochasticDepth(0.5, scaled="eval")
    with pytest.raises(ValueError, match="x must have a batch axis"):
        StochasticDepth(0.5)(torch.tensor(1.0))
    with pytest.raises(ValueError, match="layers must be a whole number >= 1; got 0"):
        linear_rule(0.5, 0)


def test_what_print_shows():
    assert repr(StochasticDepth(0.1)) == "StochasticDepth(p=0.1, per=example, scaled=training)"
