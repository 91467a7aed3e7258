"""Exact parts: the axes, the noise of a batch mean, running statistics, variance shift."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from reglab.chapters.normalization import exact
from reglab.normalization import BatchNorm1d, LayerNorm


@pytest.mark.parametrize(
    "layer, examples, channels",
    [
        ("batch", [0, 1, 2, 3], [1]),
        ("layer", [2], [0, 1, 2, 3]),
        ("instance", [2], [1]),
        ("group of 2", [2], [0, 1]),
        ("ghost batch of 2", [2, 3], [1]),
    ],
)
def test_who_shares_the_mean_of_example_2_channel_1(layer, examples, channels):
    want = np.zeros((4, 4, 3), bool)
    for b, c in itertools.product(examples, channels):
        want[b, c] = True
    assert (exact.shared_with(layer)[2, 1] == want.reshape(4, 12)).all()
    assert layer in exact.LAYERS


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_the_variance_of_a_batch_mean_is_that_over_all_batches(size):
    values = [0.0, 1.0, 1.0, 4.0, 9.0, 2.0]
    means = [sum(c) / size for c in itertools.combinations(values, size)]
    assert exact.batch_mean_variance(np.var(values), size, 6) == pytest.approx(np.var(means))
    np.testing.assert_allclose(exact.all_batch_means(values, size), means)


def test_an_infinite_population():
    assert exact.batch_mean_variance(3.0, 6) == 0.5
    assert exact.batch_mean_variance(3.0, 6, 10**9) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="batch must be a whole number"):
        exact.batch_mean_variance(1.0, 0)


def test_a_batch_of_two_leaves_the_order_only():
    gaps = [0.01, 1.0, 20.0]
    layer = BatchNorm1d(1).double()
    got = [layer(torch.tensor([[0.0], [g]], dtype=torch.float64))[1].item() for g in gaps]
    np.testing.assert_allclose(exact.normalized_pairs(1e-5, gaps), got)
    assert (exact.normalized_pairs(0.0, gaps) == 1).all()


@pytest.mark.parametrize("start, corrected", [(0.0, False), (1.0, False), (0.0, True)])
def test_the_running_variance_is_that_of_the_recursion(start, corrected):
    value, left, want = start, 1.0, []
    for _ in range(5):
        value, left = 0.9 * value + 0.1 * 4.0, 0.9 * left
        want.append(value / (1 - left) if corrected else value)
    got = exact.running_variance(start, 0.1, [1, 2, 3, 4, 5], 4.0, corrected)
    np.testing.assert_allclose(got, want)


def test_the_variance_shift_is_that_of_all_masks():
    g = torch.Generator().manual_seed(0)
    h = torch.randn(6, 3, generator=g).double().abs()
    w, p = torch.randn(2, 3, generator=g).double(), 0.4
    first = second = 0
    for mask in itertools.product([0, 1], repeat=3):
        chance = math.prod(1 - p if m else p for m in mask)
        z = (h * torch.tensor(mask) / (1 - p)) @ w.T
        first, second = first + chance * z.mean(0), second + chance * z.square().mean(0)
    want = (h @ w.T).var(0, correction=0) / (second - first**2)
    np.testing.assert_allclose(exact.variance_shift(w, h, p), want)
    np.testing.assert_allclose(exact.variance_shift(w, h, 0.0), 1.0)
    with pytest.raises(ValueError, match="p must be below 1"):
        exact.variance_shift(w, h, 1.0)


def test_the_growth_of_gradients_is_the_theory_s():
    assert pytest.approx(math.pi / (math.pi - 1)) == exact.GROWTH**2


def test_what_is_often_printed_has_its_three_mistakes():
    layer, x = exact.AsOftenPrinted(1, momentum=1.0), torch.tensor([[0.0], [2], [4], [10]])
    layer.scale = torch.tensor([3.0])
    layer(x)
    assert layer.scale.item() == 1.0
    assert layer.running_var.item() == 14.0
    assert exact.AsOftenPrinted(2).running_var.tolist() == [0.0, 0.0]


def test_a_layer_that_starts_right_is_right_in_evaluation_sooner():
    mean, std = exact.evaluation_spread(exact.AsOftenPrinted(1), 1)
    assert std == pytest.approx(1 / math.sqrt(0.1), rel=0.2)
    assert mean > 5
    mean, std = exact.evaluation_spread(BatchNorm1d(1).requires_grad_(False), 100)
    assert (abs(mean) < 0.1, abs(std - 1) < 0.1) == (True, True)


def test_only_batch_normalization_moves_with_the_company():
    with torch.no_grad():
        assert exact.spread_over_batches(LayerNorm(8), draws=20) < 1e-6
        small, large = (exact.spread_over_batches(BatchNorm1d(8), 50, b) for b in (4, 64))
    assert small > 2 * large > 0
    assert isinstance(LayerNorm(8), nn.Module)
