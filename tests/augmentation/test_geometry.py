"""Rotation, translation, shear: exact angles, parity with SciPy's interpolation, errors."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch.testing import assert_close

from reglab.augmentation.geometry import (
    Rotate,
    Translate,
    rotation,
    shear,
    translation,
    warp_images,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(*shape):
    return torch.randn(shape, generator=generator(1), dtype=torch.float64)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_right_angles_are_exact(size, channels):
    x = images(4, *channels, size, size)
    turned = warp_images(x, rotation(numbers(0, 90, 180, -90)))
    want = torch.stack([a.rot90(k, (-2, -1)) for a, k in zip(x, [0, 1, 2, 3], strict=True)])
    assert_close(turned, want, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("edge", "mode"), [("zero", "grid-constant"), ("nearest", "nearest")])
@pytest.mark.parametrize("angle", [10.0, -33.3, 150.0])
def test_any_angle_equals_scipys(angle, edge, mode):
    x = images(1, 7, 10)
    want = ndimage.rotate(x[0].numpy(), angle, reshape=False, order=1, mode=mode)
    got = warp_images(x, rotation(numbers(angle)), edge)
    assert_close(got[0], torch.from_numpy(want), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("edge", "mode"), [("zero", "grid-constant"), ("nearest", "nearest")])
def test_translation_equals_scipys(edge, mode):
    x = images(2, 7, 10)
    got = warp_images(x, translation(numbers(1.5, -2.25), numbers(-0.5, 3.0)), edge)
    for image, moves, result in zip(x, [(-0.5, 1.5), (3.0, -2.25)], got, strict=True):
        want = ndimage.shift(image.numpy(), moves, order=1, mode=mode)
        assert_close(result, torch.from_numpy(want), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("right", "down"), [(0.3, 0.0), (0.0, -0.4), (0.3, -0.4)])
def test_shear_equals_scipys_affine_transform(right, down):
    x = images(1, 7, 10)
    slant = np.array([[1, down], [right, 1]])  # of (row, column)
    read_from = np.linalg.inv(slant)
    center = np.array([3.0, 4.5])
    want = ndimage.affine_transform(
        x[0].numpy(), read_from, center - read_from @ center, order=1, mode="grid-constant"
    )
    got = warp_images(x, shear(numbers(right), numbers(down)))
    assert_close(got[0], torch.from_numpy(want), rtol=0, atol=1e-12)


def test_a_turn_and_back_keeps_a_smooth_image():
    at = torch.arange(32.0, dtype=torch.float64) - 15.5
    x = torch.exp(-(at[:, None] ** 2 + (at - 3) ** 2) / 30)[None]
    back = warp_images(warp_images(x, rotation(numbers(25.0))), rotation(numbers(-25.0)))
    assert (back - x).abs().max() < 0.05
    assert (warp_images(x, rotation(numbers(25.0))) - x).abs().max() > 0.2


def test_one_row_of_pixels_works():
    assert_close(
        warp_images(numbers(1, 2, 4).reshape(1, 1, 3), translation(numbers(1), numbers(0))),
        numbers(0, 1, 2).reshape(1, 1, 3),
    )


def test_angles_are_uniform_and_differ_by_image():
    """A dot to the right of the center goes to (cos, -sin): read its angle off a large image."""
    at = torch.arange(21.0, dtype=torch.float64) - 10
    x = torch.exp(-(at[:, None] ** 2 + (at - 7) ** 2) / 4).expand(3000, 21, 21)
    turned = Rotate(40).transform(x, generator())
    weight = turned / turned.sum((1, 2), keepdim=True)
    right, down = (weight.sum(1) @ at), (weight.sum(2) @ at)
    angles = torch.atan2(-down, right).rad2deg()
    assert stats.kstest(angles.numpy(), stats.uniform(-40, 80).cdf).pvalue > ALPHA


def test_moves_are_uniform_and_independent_in_both_directions():
    x = torch.zeros(5000, 9, 9, dtype=torch.float64)
    x[:, 4, 4] = 1
    moved = Translate(3.0).transform(x, generator())
    at = torch.arange(9.0, dtype=torch.float64) - 4
    right, down = moved.sum(1) @ at, moved.sum(2) @ at  # bilinear weights keep the mean position
    for moves in (right, down):
        assert stats.kstest(moves.numpy(), stats.uniform(-3, 6).cdf).pvalue > ALPHA
    assert stats.pearsonr(right.numpy(), down.numpy()).pvalue > ALPHA


def test_edges_of_the_techniques():
    x = torch.ones(20, 8, 8)
    for technique in (Rotate(40), Translate(3.0)):
        assert technique.transform(x, generator()).min() < 0.1
    for technique in (Rotate(40, "nearest"), Translate(3.0, "nearest")):
        assert_close(technique.transform(x, generator()), x)


def test_gradcheck():
    maps = rotation(numbers(20.0, -50.0))
    x = images(2, 4, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: warp_images(x, maps), x)


def test_errors():
    with pytest.raises(ValueError, match="degrees must be a finite number >= 0; got -1"):
        Rotate(-1)
    with pytest.raises(ValueError, match="pixels must be a finite number >= 0; got -1"):
        Translate(-1)
    for technique in (Rotate, Translate):
        with pytest.raises(ValueError, match="edge must be one of zero, nearest; got 'wrap'"):
            technique(1, "wrap")
        with pytest.raises(ValueError, match=r"images .* got \(2, 64\) .* use WithShape"):
            technique(1).transform(torch.zeros(2, 64))
    with pytest.raises(ValueError, match="edge must be one of zero, nearest; got 'wrap'"):
        warp_images(torch.zeros(1, 2, 2), rotation(torch.zeros(1)), "wrap")


def test_half_precision_is_warped_in_float32_and_comes_back():
    x = images(2, 32, 32).bfloat16()
    turned = warp_images(x, rotation(numbers(20.0, -50.0)))
    assert turned.dtype == torch.bfloat16
    assert torch.equal(turned, warp_images(x.float(), rotation(numbers(20.0, -50.0))).bfloat16())
