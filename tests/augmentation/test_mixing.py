"""Mixup and CutMix: Beta moments, naive loops, labels by the area really pasted, errors."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.augmentation.mixing import CutMix, Mixup, draw_partners, draw_shares, mix, paste

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def minibatch(*shape):
    return torch.randn(shape, generator=generator(1), dtype=torch.float64), torch.eye(
        shape[0], dtype=torch.float64
    )


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 8.0])
def test_shares_follow_the_beta_law(alpha):
    lam = draw_shares(alpha, 20_000, torch.zeros(1, dtype=torch.float64), generator()).numpy()
    assert stats.kstest(lam, stats.beta(alpha, alpha).cdf).pvalue > ALPHA
    # z of the mean of 20000 draws; |z| > 4.9 has probability 1e-6.
    z = (lam.mean() - 0.5) / np.sqrt(1 / (4 * (2 * alpha + 1)) / 20_000)
    assert abs(z) < 4.9
    assert lam.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.05)


def test_partners_are_a_permutation_each_equally_likely():
    g = generator()
    orders = [tuple(draw_partners(torch.zeros(3, 1), g).tolist()) for _ in range(3000)]
    counts = {order: orders.count(order) for order in set(orders)}
    assert len(counts) == 6 and {tuple(sorted(o)) for o in counts} == {(0, 1, 2)}
    assert stats.chisquare(list(counts.values())).pvalue > ALPHA


@pytest.mark.parametrize("shape", [(4, 5), (4, 2, 3), (4, 2, 3, 3)])
def test_mix_equals_a_naive_loop(shape):
    x, _ = minibatch(*shape)
    partners, lam = torch.tensor([2, 1, 3, 0]), torch.tensor([0.0, 0.3, 1.0, 0.9]).double()
    want = [lam[b] * x[b] + (1 - lam[b]) * x[partners[b]] for b in range(4)]
    assert_close(mix(x, partners, lam), torch.stack(want))


def test_mixup_mixes_inputs_and_targets_with_the_same_shares():
    """With x = targets = the identity matrix, the two results must be equal."""
    eye = torch.eye(50, dtype=torch.float64)
    x, targets = Mixup(0.5).change_batch(eye, eye, generator())
    assert torch.equal(x, targets) and not torch.equal(x, eye)
    assert_close(targets.sum(1), torch.ones(50, dtype=torch.float64))
    assert ((targets > 0).sum(1) <= 2).all()


def test_each_example_has_its_share_or_all_the_same():
    eye = torch.eye(200, dtype=torch.float64)
    own = Mixup(1.0).change_batch(eye, eye, generator())[1].diagonal()
    partners = draw_partners(eye, generator())
    lam = draw_shares(1.0, 200, eye, _after(generator(), eye))
    assert_close(own, torch.where(partners == torch.arange(200), 1.0, lam))
    one = Mixup(1.0, per_example=False).change_batch(eye, eye, generator())[1].diagonal()
    assert len(one[one < 1].unique()) == 1 and len(own[own < 1].unique()) > 190


def _after(g, x):
    draw_partners(x, g)
    return g


def test_mixup_shares_follow_its_alpha():
    eye = torch.eye(2000, dtype=torch.float64)
    own = Mixup(0.4).change_batch(eye, eye, generator())[1].diagonal()
    assert stats.kstest(own[own < 1].numpy(), stats.beta(0.4, 0.4).cdf).pvalue > ALPHA


def test_cross_entropy_of_mixed_targets_is_the_mixture_of_two():
    """The form in which the authors' program writes the loss."""
    x, targets = minibatch(6, 6)
    partners = draw_partners(x, generator())
    lam = torch.full((6,), 0.3, dtype=torch.float64)
    z, y = x @ x, torch.arange(6)
    mixed = F.cross_entropy(z, mix(targets, partners, lam))
    want = 0.3 * F.cross_entropy(z, y) + 0.7 * F.cross_entropy(z, y[partners])
    assert_close(mixed, want)


@pytest.mark.parametrize("shape", [(4, 3), (4, 2, 3)])
def test_paste_takes_masked_values_from_the_partner(shape):
    x, _ = minibatch(*shape)
    partners, mask = torch.tensor([1, 2, 3, 0]), torch.rand(4, 3, generator=generator()) < 0.5
    want = x.clone()
    for b in range(4):
        want[b, ..., mask[b]] = x[partners[b], ..., mask[b]]
    assert torch.equal(paste(x, partners, mask), want)


@pytest.mark.parametrize("shape", [(60, 17), (60, 1, 17), (60, 5, 7), (60, 3, 5, 7)])
@pytest.mark.parametrize("per_example", [True, False])
def test_cutmix_labels_are_the_area_really_pasted(shape, per_example):
    """Every example is filled with its own number, so the pasted values can be counted."""
    numbers = torch.arange(60.0, dtype=torch.float64).reshape(-1, *[1] * (len(shape) - 1))
    x, eye = numbers.expand(shape).clone(), torch.eye(60, dtype=torch.float64)
    mixed, targets = CutMix(1.0, per_example).change_batch(x, eye, generator())
    own = (mixed == numbers).flatten(1).double().mean(1)
    assert_close(targets.diagonal(), own)
    assert_close(targets.sum(1), torch.ones(60, dtype=torch.float64))
    for b, image in enumerate(mixed):
        assert set(image.unique().long().tolist()) == set(targets[b].nonzero()[:, 0].tolist())


@pytest.mark.parametrize("shape", [(300, 40), (300, 1, 40), (300, 20, 30)])
def test_cutmix_pastes_one_box_about_a_uniform_center(shape):
    x = torch.zeros(shape)
    mask = CutMix(1.0).draw_mask(x, generator())
    assert mask.shape == ((300, 40) if 40 in shape else shape)
    for m in mask:  # a box: the outer product of its projections, each without a gap
        if m.any():
            for axis in range(m.ndim):
                rows = m.any(1 - axis) if m.ndim == 2 else m
                at = rows.nonzero()[:, 0]
                assert len(at) == at.max() - at.min() + 1
            if m.ndim == 2:
                assert torch.equal(m, m.any(1)[:, None] & m.any(0))


@pytest.mark.parametrize("sizes", [(400,), (90, 60)])
def test_the_box_has_the_drawn_area_before_it_is_cut_off(sizes):
    """Masks whose box lies inside: sides are (1 - lam)^(1/axes) of the whole, rounded down."""
    technique, x = CutMix(1.0), torch.zeros(2000, *sizes)
    mask = technique.draw_mask(x, generator())
    lam = draw_shares(1.0, 2000, x.double(), generator())
    area = mask.flatten(1).double().mean(1)
    sides = [(s * (1 - lam) ** (1 / len(sizes))).long() for s in sizes]
    drawn = torch.stack(sides, 1).double().prod(1) / np.prod(sizes)
    # Of a box smaller than the whole, a part lies inside and at least half of each side.
    assert (area <= drawn + 1e-12).all() and (area >= drawn / 2 ** len(sizes) - 0.05).all()
    assert ((area - drawn).abs() < 1e-12).double().mean() > 0.1


def test_cutmix_erases_each_position_as_often_as_enumeration_says():
    """At lam = 3/4 (alpha huge, so lam = 1/2): boxes of half the length about any center."""
    n, mask = 20_000, CutMix(1e9).draw_mask(torch.zeros(20_000, 9), generator())
    shares = np.zeros(9)
    for center in range(9):  # floor(9 / 2) = 4 values, or 9 * 0.5000... = 4
        for at in range(max(center - 2, 0), min(center + 2, 9)):
            shares[at] += 1 / 9
    for count, share in zip(mask.sum(0).tolist(), shares, strict=True):
        assert stats.binomtest(count, n, share).pvalue > ALPHA / 9


def test_one_size_for_the_minibatch_when_asked():
    inside = CutMix(1e9, per_example=False).draw_mask(torch.zeros(100, 401), generator()).sum(1)
    assert inside.max() == 200
    g = generator(3)
    mask = CutMix(1.0, per_example=False).draw_mask(torch.zeros(500, 40), g).sum(1)
    counts = torch.bincount(mask)
    assert counts.argmax() == counts.nonzero().max(), "most boxes lie inside, all of one size"


def test_errors():
    for technique in (Mixup, CutMix):
        with pytest.raises(ValueError, match="alpha must be a finite number > 0; got 0"):
            technique(0)
    assert CutMix() == CutMix(1.0)
