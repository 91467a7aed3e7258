"""Images: flips, quarter turns and crops against naive loops, brightness, contrast, errors."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch.testing import assert_close

from reglab.augmentation.images import (
    Brightness,
    Contrast,
    Crop,
    Flip,
    QuarterTurns,
    change_contrast,
    crop,
    quarter_turns,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed
SHAPES = [(5, 6, 6), (5, 3, 6, 6)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(*shape):
    return torch.randn(shape, generator=generator(1), dtype=torch.float64)


@pytest.mark.parametrize(("direction", "axis"), [("horizontal", -1), ("vertical", -2)])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_flips_whole_images_along_one_axis(direction, axis, channels):
    x = images(8000, *channels, 2, 3)
    flipped = Flip(direction, 0.3).transform(x, generator())
    did = (flipped == x.flip(axis)).flatten(1).all(1)
    assert torch.equal(flipped[~did], x[~did])
    assert stats.binomtest(int(did.sum()), 8000, 0.3).pvalue > ALPHA


def test_flip_mirrors_left_and_right_in_half_of_the_images_by_default():
    assert Flip() == Flip("horizontal", 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_quarter_turns_equal_numpys(shape):
    x, turns = images(*shape), torch.tensor([0, 1, 2, 3, -1])
    want = np.stack(
        [np.rot90(a, k, (-2, -1)) for a, k in zip(x.numpy(), turns.tolist(), strict=True)]
    )
    assert_close(quarter_turns(x, turns), torch.from_numpy(want), rtol=0, atol=0)


def test_each_of_the_given_turns_is_equally_likely():
    x = torch.tensor([[[0.0, 1.0], [2.0, 3.0]]]).repeat(8000, 1, 1)
    corner = QuarterTurns((0, 2, 3)).transform(x, generator())[:, 0, 0]
    counts = torch.bincount(corner.long())  # turned by 0, 90, 180, 270 degrees: 0, 1, 3, 2
    assert counts[1] == 0
    assert stats.chisquare(counts[[0, 2, 3]].numpy()).pvalue > ALPHA


def test_all_four_turns_by_default_and_any_iterable_is_a_value():
    assert QuarterTurns() == QuarterTurns([0, 1, 2, 3]) == QuarterTurns(range(4))


@pytest.mark.parametrize("shape", [(4, 5, 7), (4, 3, 5, 7)])
def test_crop_equals_a_loop_over_padded_images(shape):
    x = images(*shape)
    top, left = torch.tensor([0, 2, 4, 1]), torch.tensor([3, 2, 0, 4])
    want = [
        np.pad(a, [(0, 0)] * (a.ndim - 2) + [(2, 2)] * 2)[..., t : t + 5, s : s + 7]
        for a, t, s in zip(x.numpy(), top.tolist(), left.tolist(), strict=True)
    ]
    assert_close(crop(x, top, left, 2), torch.from_numpy(np.stack(want)), rtol=0, atol=0)
    assert torch.equal(crop(x, torch.full((4,), 2), torch.full((4,), 2), 2), x)


def test_crop_is_a_shift_by_whole_pixels():
    x = images(1, 5, 7)
    moved = ndimage.shift(x[0].numpy(), (1, -2), order=0, mode="constant")
    got = crop(x, torch.tensor([1]), torch.tensor([4]), 2)
    assert_close(got[0], torch.from_numpy(moved))


def test_every_window_is_equally_likely():
    x = torch.zeros(20_000, 5, 5)
    x[:, 2, 2] = 1
    where = Crop(1).transform(x, generator()).flatten(1).argmax(1)
    counts = torch.bincount(where, minlength=25).reshape(5, 5)
    assert counts.sum() == counts[1:4, 1:4].sum()
    assert stats.chisquare(counts[1:4, 1:4].flatten().numpy()).pvalue > ALPHA


def test_brightness_adds_one_uniform_number_an_image():
    change = Brightness(0.3).transform(torch.zeros(10_000, 3, 2, 2), generator()).flatten(1)
    assert torch.equal(change[:, 0], change[:, -1])
    assert stats.kstest(change[:, 0].numpy(), stats.uniform(-0.3, 0.6).cdf).pvalue > ALPHA


def test_contrast_keeps_the_mean_and_scales_the_deviation_by_a_uniform_factor():
    x = images(10_000, 2, 3, 3)
    changed = Contrast(0.3).transform(x, generator())
    assert_close(changed.mean((1, 2, 3)), x.mean((1, 2, 3)))
    factors = changed.flatten(1).std(1) / x.flatten(1).std(1)
    assert stats.kstest(factors.numpy(), stats.uniform(0.7, 0.6).cdf).pvalue > ALPHA


def test_no_contrast_is_gray():
    x = images(2, 3, 3)
    gray = change_contrast(x, torch.tensor([0.0, 1.0]))
    assert_close(gray[0], x[0].mean().expand(3, 3))
    assert_close(gray[1], x[1])


def test_errors():
    with pytest.raises(ValueError, match="direction must be one of horizontal, vertical; got 'x'"):
        Flip("x")
    with pytest.raises(ValueError, match="probability is a probability, in .* got 1.5"):
        Flip(probability=1.5)
    for turns in ((), (0.5,)):
        with pytest.raises(ValueError, match=r"turns must hold whole numbers such as \(0, 2\)"):
            QuarterTurns(turns)
    for shape in ((5, 7), (7, 5)):
        with pytest.raises(ValueError, match=f"need square images; got {shape[0]} x {shape[1]} p"):
            QuarterTurns().transform(torch.zeros(2, *shape))
    with pytest.raises(ValueError, match="padding must be a whole number >= 0; got -1"):
        Crop(-1)
    for technique in (Brightness, Contrast):
        with pytest.raises(ValueError, match="amount must be a finite number >= 0; got -0.1"):
            technique(-0.1)
    for technique in (Flip(), QuarterTurns(), Crop(1), Brightness(0.1), Contrast(0.1)):
        with pytest.raises(ValueError, match=r"images .* got \(2, 64\) .* use WithShape"):
            technique.transform(torch.zeros(2, 64))
