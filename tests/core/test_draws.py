"""Draws like a tensor: shape, dtype, law, generators, and that a mode can key them."""

import pytest
import torch
from scipy.stats import kstest
from torch.overrides import TorchFunctionMode

from reglab.core import normal_like, random_bits_like, uniform_like

DRAWS = [uniform_like, normal_like, random_bits_like]
ALPHA = 1e-6


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("draw", DRAWS)
def test_the_shape_is_that_of_x(draw):
    assert draw(torch.zeros(3, 5, 1)).shape == (3, 5, 1)


@pytest.mark.parametrize("draw", DRAWS)
def test_an_empty_tensor_is_fine(draw):
    assert draw(torch.zeros(0, 2)).shape == (0, 2)


@pytest.mark.parametrize("draw", DRAWS[:2])
def test_floats_have_the_dtype_of_x(draw):
    assert draw(torch.zeros(3, dtype=torch.float64), generator()).dtype == torch.float64


def test_bits_are_int16():
    assert random_bits_like(torch.zeros(3)).dtype == torch.int16


@pytest.mark.parametrize("draw", DRAWS)
def test_equal_generators_draw_equal_numbers(draw):
    x = torch.zeros(101)
    assert torch.equal(draw(x, generator()), draw(x, generator()))


@pytest.mark.parametrize("draw", DRAWS)
def test_without_a_generator_the_global_one_is_drawn_from(draw):
    before = torch.get_rng_state()
    draw(torch.zeros(7))
    assert not torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("draw", DRAWS)
def test_with_a_generator_the_global_one_is_left_alone(draw):
    before = torch.get_rng_state()
    draw(torch.zeros(7), generator())
    assert torch.equal(before, torch.get_rng_state())


def test_uniform_numbers_are_uniform():
    drawn = uniform_like(torch.zeros(20_000, dtype=torch.float64), generator())
    assert kstest(drawn.numpy(), "uniform").pvalue > ALPHA


def test_normal_numbers_are_normal():
    drawn = normal_like(torch.zeros(20_000, dtype=torch.float64), generator())
    assert kstest(drawn.numpy(), "norm").pvalue > ALPHA


@pytest.mark.parametrize("place", range(4))
def test_each_quarter_of_a_word_is_uniform(place):
    bits = random_bits_like(torch.zeros(80_000), generator())[place::4]
    share = (bits.double() + 2**15 + 0.5) / 2**16
    assert kstest(share.numpy(), "uniform").pvalue > ALPHA


def test_bits_reach_both_ends():
    bits = random_bits_like(torch.zeros(2_000_000), generator())
    assert [bits.min().item(), bits.max().item()] == [-(2**15), 2**15 - 1]


@pytest.mark.parametrize("draw", DRAWS)
def test_vmap_draws_different_numbers_for_each_model(draw):
    drawn = torch.func.vmap(draw, randomness="different")(torch.zeros(2, 40))
    assert not torch.equal(drawn[0], drawn[1])


def test_a_torch_function_mode_can_take_the_draw_of_bits_over():
    class Ones(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            if function is random_bits_like:
                return torch.ones(args[0].shape, dtype=torch.int16)
            return function(*args, **(kwargs or {}))

    with Ones():
        bits = random_bits_like(torch.zeros(3))
    assert bits.tolist() == [1, 1, 1]
