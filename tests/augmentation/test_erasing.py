"""Cutout and random erasing: area statistics against enumeration, a naive loop, errors."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from reglab.augmentation.erasing import (
    Cutout,
    Cutout1d,
    RandomErasing,
    box_mask,
    draw_boxes,
    erase,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def share_of_centers_that_erase(size, length):
    """For each position, the share of the centers whose box covers it: by enumeration."""
    covered = np.zeros(length)
    for center in range(length):
        for at in range(center - size // 2, center - size // 2 + size):
            if 0 <= at < length:
                covered[at] += 1 / length
    return covered


def within(counts, n, shares):
    """Whether each count out of n fits its share, at ALPHA in all."""
    pairs = list(zip(np.ravel(counts), np.ravel(shares), strict=True))
    return all(stats.binomtest(int(c), n, s).pvalue > ALPHA / len(pairs) for c, s in pairs)


def test_boxes_equal_a_naive_loop():
    start, stop = torch.tensor([[-2, 1], [3, 0], [2, 2]]), torch.tensor([[2, 3], [9, 5], [2, 4]])
    want = torch.zeros(3, 4, 5, dtype=torch.bool)
    for b, row in enumerate(start.tolist()):
        for i in range(max(row[0], 0), min(int(stop[b, 0]), 4)):
            for j in range(max(row[1], 0), min(int(stop[b, 1]), 5)):
                want[b, i, j] = True
    assert torch.equal(box_mask(start, stop, (4, 5)), want)
    assert torch.equal(box_mask(start[:, :1], stop[:, :1], (4,)), want.any(2) | _rows(start, stop))


def _rows(start, stop):
    at = torch.arange(4)
    return (at >= start[:, :1]) & (at < stop[:, :1])


@pytest.mark.parametrize("shape", [(2, 3), (2, 4, 3)])
def test_erase_fills_every_channel_with_a_number_or_a_tensor(shape):
    x, mask = torch.ones(shape), torch.tensor([[True, False, True], [False, False, True]])
    wide = mask if len(shape) == 2 else mask[:, None].expand(shape)
    assert torch.equal(erase(x, mask), 1.0 - wide.float())
    assert torch.equal(erase(x, mask, 7.0), 1.0 + 6 * wide.float())
    fill = torch.rand(shape)
    assert torch.equal(erase(x, mask, fill), torch.where(wide, fill, x))


@pytest.mark.parametrize("size", [1, 4, 5, 20])
def test_a_box_has_its_size_and_any_center(size):
    start, stop = draw_boxes(size, (6, 9), torch.zeros(5000, 1), generator())
    assert torch.equal(stop - start, torch.full((5000, 2), size))
    for axis, length in enumerate((6, 9)):
        counts = torch.bincount(start[:, axis] + size // 2)
        assert len(counts) == length
        assert stats.chisquare(counts.numpy()).pvalue > ALPHA


@pytest.mark.parametrize("size", [3, 4, 12])
def test_cutout_of_signals_erases_each_position_as_often_as_enumeration_says(size):
    n = 20_000
    erased = Cutout1d(size).transform(torch.ones(n, 10), generator()) == 0
    assert within(erased.sum(0), n, share_of_centers_that_erase(size, 10))


@pytest.mark.parametrize("size", [3, 4])
def test_cutout_of_images_erases_each_pixel_as_often_as_enumeration_says(size):
    n = 20_000
    erased = Cutout(size).transform(torch.ones(n, 5, 7), generator()) == 0
    shares = np.outer(share_of_centers_that_erase(size, 5), share_of_centers_that_erase(size, 7))
    assert within(erased.sum(0), n, shares)


def test_fills_and_channels_are_erased_together():
    x = torch.ones(30, 2, 10)
    changed = Cutout1d(4, fill=-3.0).transform(x, generator())
    assert torch.equal(changed[:, 0], changed[:, 1])
    assert sorted(changed.unique().tolist()) == [-3, 1]
    x = torch.ones(30, 2, 5, 5)
    changed = Cutout(3, fill=-3.0).transform(x, generator())
    assert torch.equal(changed[:, 0], changed[:, 1])
    assert sorted(changed.unique().tolist()) == [-3, 1]


def test_rectangles_lie_inside_with_a_uniform_area_and_a_log_uniform_shape():
    # Large enough that rounding the sides does not matter, small enough that every box fits.
    technique, sizes = RandomErasing(1.0, area=(0.02, 0.05), ratio=3.0), (4000, 4000)
    start, stop = technique.draw_rectangles(sizes, torch.zeros(5000, 1), generator())
    sides = (stop - start).double().numpy()
    assert start.min() >= 0 and stop.max() <= 4000
    area = sides.prod(1) / 4000**2
    assert stats.kstest(area, stats.uniform(0.02, 0.03).cdf).pvalue > ALPHA
    shape = np.log(sides[:, 0] / sides[:, 1]) / np.log(3)
    assert stats.kstest(shape, stats.uniform(-1, 2).cdf).pvalue > ALPHA
    for axis in (0, 1):
        place = start[:, axis].numpy() / (4000 - sides[:, axis])
        assert stats.kstest(place, stats.uniform(0, 1).cdf).pvalue > ALPHA
    assert stats.pearsonr(start[:, 0].numpy(), start[:, 1].numpy()).pvalue > ALPHA


def test_rectangles_reach_both_borders():
    start, stop = RandomErasing(1.0, area=(0.2, 0.3)).draw_rectangles(
        (6, 8), torch.zeros(2000, 1), generator()
    )
    assert start.amin(0).tolist() == [0, 0] and stop.amax(0).tolist() == [6, 8]


def test_a_rectangle_that_never_fits_erases_nothing():
    thin = RandomErasing(1.0, area=(1.0, 1.0), ratio=1.0)
    x = torch.ones(20, 2, 8)  # a square of the area of 2 x 8 pixels is 4 pixels high
    assert torch.equal(thin.transform(x, generator()), x)
    whole = RandomErasing(1.0, area=(1.0, 1.0), ratio=1.0, fill="zero")
    assert not whole.transform(torch.ones(20, 8, 8), generator()).any()


def test_images_are_chosen_with_their_probability_and_filled_with_noise():
    n, technique = 5000, RandomErasing(0.3, area=(0.3, 0.4))
    x = torch.full((n, 2, 8, 8), 9.0)
    changed = technique.transform(x, generator())
    erased = (changed != 9).flatten(1)
    assert stats.binomtest(int(erased.any(1).sum()), n, 0.3).pvalue > ALPHA
    noise = changed[changed != 9].numpy()
    assert stats.kstest(noise, stats.norm(0, 1).cdf).pvalue > ALPHA
    assert torch.equal(changed[:, 0] != 9, changed[:, 1] != 9)
    zeros = RandomErasing(0.3, area=(0.3, 0.4), fill="zero").transform(x, generator())
    assert_close(zeros, torch.where(changed == 9, x, torch.zeros(())))


def test_defaults_are_the_papers():
    assert RandomErasing() == RandomErasing(0.5, [0.02, 0.4], 10 / 3, "noise")


def test_errors():
    for technique in (Cutout, Cutout1d):
        with pytest.raises(ValueError, match="size must be a whole number >= 0; got -1"):
            technique(-1)
    with pytest.raises(ValueError, match=r"images .* got \(2, 64\) .* use WithShape"):
        Cutout(2).transform(torch.zeros(2, 64))
    with pytest.raises(ValueError, match=r"images .* got \(2, 64\) .* use WithShape"):
        RandomErasing().transform(torch.zeros(2, 64))
    with pytest.raises(ValueError, match=r"signals .* got \(2, 3, 8, 8\)"):
        Cutout1d(2).transform(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match="probability is a probability, in .* got 1.5"):
        RandomErasing(1.5)
    for area in ((0.4, 0.2), (-0.1, 0.2), (0.1, 1.2), (0.1,)):
        with pytest.raises(ValueError, match="area must be two shares, 0 <= low <= high <= 1"):
            RandomErasing(area=area)
    for ratio in (0.5, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="ratio must be a finite number >= 1"):
            RandomErasing(ratio=ratio)
    with pytest.raises(ValueError, match="fill must be one of noise, zero; got 'mean'"):
        RandomErasing(fill="mean")
