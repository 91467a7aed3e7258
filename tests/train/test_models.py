"""Specifications: the built network, the law of its weights, errors."""

import math

import pytest
import torch
from scipy.stats import kstest
from torch import nn
from torch.testing import assert_close

from reglab.train import MLP, mlp, modules
from reglab.train.models import initial_weights, layer_sizes


def test_build_makes_the_layers_in_order():
    network = mlp(7, depth=2, dropout=0.3).build(5, 3)
    kinds = [type(layer) for layer in network]
    assert kinds == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    assert [tuple(w.shape) for w in network.parameters() if w.ndim == 2] == [(7, 5), (7, 7), (3, 7)]
    assert network[2].p == 0.3
    assert not any(isinstance(layer, nn.Dropout) for layer in mlp(7).build(5, 3))


def test_layer_sizes():
    assert layer_sizes(1, 7, 5, 3) == [(7, 5), (3, 7)]
    assert layer_sizes(3, 7, 5, 3) == [(7, 5), (7, 7), (7, 7), (3, 7)]


def test_built_weights_are_the_drawn_ones():
    spec = mlp(7, init="torch")
    drawn = [w for pair in initial_weights(spec, 5, 3, seed=4) for w in pair]
    for own, want in zip(spec.build(5, 3, 4, torch.float64).parameters(), drawn, strict=True):
        assert torch.equal(own, want)
    for own, want in zip(spec.build(5, 3, 4).parameters(), drawn, strict=True):
        assert torch.equal(own, want.float())


def test_weights_depend_on_seed_and_shape_alone():
    torch.manual_seed(1)
    first = initial_weights(mlp(7), 5, 3, seed=4)
    torch.manual_seed(2)
    again = initial_weights(mlp(7, dropout=0.5), 5, 3, seed=4)
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
    assert not torch.equal(first[0][0], initial_weights(mlp(7), 5, 3, seed=5)[0][0])


@pytest.mark.parametrize("init, gain", [("he", 6), ("torch", 1)])
def test_law_of_the_weights(init, gain):
    weights = initial_weights(mlp(300, depth=1, init=init), 50, 3, seed=0)
    for (weight, bias), fan_in in zip(weights, (50, 300), strict=True):
        a = math.sqrt(gain / fan_in)
        assert weight.abs().max() <= a
        assert kstest(weight.flatten(), "uniform", args=(-a, 2 * a)).pvalue > 1e-6
        if init == "he":
            assert not bias.any()
            assert_close(weight.var().item(), 2 / fan_in, rtol=0.15, atol=0)
        elif len(bias) > 100:
            assert kstest(bias, "uniform", args=(-a, 2 * a)).pvalue > 1e-6


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(width=0), "width must be a whole number >= 1; got 0"),
        (dict(width=5, depth=0), "depth must be a whole number >= 1; got 0"),
        (dict(width=5, dropout=1.5), r"dropout is a probability, in \[0, 1\]; got 1.5"),
        (dict(width=5, init="zero"), "init must be one of he, torch; got 'zero'"),
        (dict(width=[5, 6]), r"one network has one width; got \[5, 6\]; fleet takes"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        MLP(**wrong).build(5, 3)


def test_modules_build_ordinary_torch_code_from_the_seed():
    spec = modules(lambda width: nn.Linear(5, width), width=[3, 4])
    assert spec.settings() == {"width": [3, 4]}
    one = spec.at(width=3)
    before = torch.get_rng_state()
    first, again, other = (one.build(5, 3, seed, torch.float64) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.weight.shape == (3, 5) and first.weight.dtype == torch.float64
    assert torch.equal(first.weight, again.weight) and not torch.equal(first.weight, other.weight)


def test_modules_errors():
    with pytest.raises(ValueError, match="make must return an nn.Module; got int"):
        modules(lambda: 3).build(5, 3)
    with pytest.raises(ValueError, match="make must be a function; got int"):
        modules(3).check()
    with pytest.raises(ValueError, match=r"seed can't be a setting.*got 3.*use seeds=\[...\]"):
        modules(filled, seed=3).build(5, 3)


def filled(value=1.0, seed=0):
    """A layer whose weights are the seed times a value."""
    layer = nn.Linear(5, 3)
    nn.init.constant_(layer.weight, value * seed)
    return layer


@pytest.mark.parametrize("seed", [0, 7])
def test_a_make_that_asks_for_the_seed_gets_it(seed):
    built = modules(filled, value=2.0).build(5, 3, seed)
    assert torch.equal(built.weight, torch.full((3, 5), 2.0 * seed))


def test_a_make_that_asks_for_the_seed_draws_as_one_that_does_not():
    asking, other = modules(filled).build(5, 3, 7), modules(lambda: nn.Linear(5, 3)).build(5, 3, 7)
    assert torch.equal(asking.bias, other.bias)
