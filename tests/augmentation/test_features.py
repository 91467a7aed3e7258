"""Interpolation and extrapolation within a class: partners, formulas, laws, errors."""

import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from reglab.augmentation.features import (
    Extrapolate,
    Interpolate,
    draw_same_class,
    extrapolate,
    interpolate,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed
LABELS = torch.tensor([0, 1, 0, 2, 0, 1])


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def one_hot(labels=LABELS):
    return torch.eye(3, dtype=torch.float64)[labels]


def test_partners_are_others_of_the_class_each_equally_likely():
    g = generator()
    partners = torch.stack([draw_same_class(one_hot(), g) for _ in range(1000)])
    assert torch.equal(LABELS[partners], LABELS.expand(1000, 6))
    assert (partners[:, 3] == 3).all(), "the only one of its class stays alone"
    assert (partners[:, 1] == 5).all() and (partners[:, 5] == 1).all()
    counts = torch.bincount(partners[:, 0], minlength=6)
    assert counts[0] == 0
    assert stats.chisquare(counts[[2, 4]].numpy()).pvalue > ALPHA


def test_soft_targets_count_by_their_largest_entry():
    soft = torch.tensor([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])
    assert draw_same_class(soft, generator()).tolist() == [2, 1, 0]


def test_formulas():
    x = torch.randn(4, 2, 3, generator=generator(1), dtype=torch.float64)
    partners, share = torch.tensor([1, 0, 3, 2]), torch.tensor([0.0, 0.5, 1.0, 0.25]).double()
    for b in range(4):
        between = (1 - share[b]) * x[b] + share[b] * x[partners[b]]
        beyond = (1 + share[b]) * x[b] - share[b] * x[partners[b]]
        assert_close(interpolate(x, partners, share)[b], between)
        assert_close(extrapolate(x, partners, share)[b], beyond)


@pytest.mark.parametrize(
    ("technique", "low", "width"), [(Interpolate, 0, 0.6), (Extrapolate, -0.6, 0.6)]
)
def test_shares_are_uniform_up_to_the_amount(technique, low, width):
    """Two points of one class, at 0 and 1: the way from 0 towards 1 can be read off."""
    x = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    g = generator()
    one_class = torch.ones(2, 1, dtype=torch.float64)
    moved = [technique(0.6).change_batch(x, one_class, g)[0] for _ in range(1500)]
    way = torch.stack(moved)[:, 0, 0].numpy()
    assert stats.kstest(way, stats.uniform(low, width).cdf).pvalue > ALPHA


@pytest.mark.parametrize(("technique", "sign"), [(Interpolate(), -1), (Extrapolate(), 1)])
def test_interpolation_shrinks_a_class_and_extrapolation_spreads_it(technique, sign):
    x = torch.randn(400, 3, generator=generator(1), dtype=torch.float64)
    one_class = torch.ones(400, 1, dtype=torch.float64)
    changed, targets = technique.change_batch(x, one_class, generator())
    assert (changed.var(0) > x.var(0)).all() == (sign > 0)
    assert (changed.var(0) < x.var(0)).all() == (sign < 0)
    assert targets is one_class


def test_shares_differ_by_example_and_reach_one_by_default():
    assert Interpolate() == Interpolate(1.0) and Extrapolate() == Extrapolate(1.0)
    x = torch.arange(2.0).double()[:, None]
    moved = Interpolate().change_batch(x, torch.ones(2, 1).double(), generator())[0]
    assert moved[0] != 1 - moved[1]


def test_errors():
    for technique in (Interpolate, Extrapolate):
        with pytest.raises(ValueError, match="amount must be a finite number >= 0; got -1"):
            technique(-1)


@pytest.mark.parametrize("technique", [Interpolate(1.0), Extrapolate(1.0)])
def test_both_draws_are_from_the_given_generator(technique):
    """Targets of three examples a class, so that partners are drawn as well as shares."""
    x, targets = torch.randn(9, 4), torch.eye(3).repeat(3, 1)
    before = torch.get_rng_state()
    first, again = (technique.change_batch(x, targets, generator(3))[0] for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(before, torch.get_rng_state())
