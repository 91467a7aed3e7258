"""Time warping: parity with NumPy's and SciPy's interpolation, monotonic time, errors."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.testing import assert_close

from reglab.augmentation.warping import TimeWarp, resample, warp_positions


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def signals(*shape):
    return torch.randn(shape, generator=generator(1), dtype=torch.float64)


@pytest.mark.parametrize(
    ("edge", "mode"), [("nearest", "nearest"), ("zero", "grid-constant"), ("wrap", "grid-wrap")]
)
@pytest.mark.parametrize("shape", [(4, 9), (4, 2, 9)])
def test_equals_scipys_linear_interpolation(edge, mode, shape):
    x = signals(*shape)
    positions = 14 * torch.rand(4, 7, generator=generator(), dtype=torch.float64) - 3
    want = [
        np.stack(
            [ndimage.map_coordinates(c, [p], order=1, mode=mode) for c in np.atleast_2d(a)]
        ).reshape(*a.shape[:-1], 7)
        for a, p in zip(x.numpy(), positions.numpy(), strict=True)
    ]
    assert_close(resample(x, positions, edge), torch.from_numpy(np.stack(want)))


def test_whole_positions_pick_values():
    x = signals(1, 5)
    assert torch.equal(resample(x, torch.tensor([[4.0, 0.0, 2.0]])), x[:, [4, 0, 2]])
    assert torch.equal(resample(x, torch.tensor([[9.0, -2.0]])), x[:, [4, 0]]), "nearest, unasked"


@pytest.mark.parametrize(("knots", "time"), [(1, 20), (3, 40), (4, 11)])
def test_displacement_is_linear_between_the_knots(knots, time):
    draws = torch.randn(3, knots, generator=generator(), dtype=torch.float64)
    at = np.linspace(0, time - 1, knots + 2)
    want = [np.arange(time) + np.interp(np.arange(time), at, [0, *d, 0]) for d in draws.tolist()]
    assert_close(warp_positions(draws, time), torch.from_numpy(np.stack(want)))


def test_ends_stay_and_time_runs_forwards_at_the_largest_strength():
    ramp = torch.arange(41.0, dtype=torch.float64).repeat(500, 1)  # reads off the positions
    warped = TimeWarp(5.0, knots=3).transform(ramp, generator())
    assert_close(warped[:, 0], ramp[:, 0])
    assert_close(warped[:, -1], ramp[:, -1])
    assert warped.diff().min() >= -1e-12
    assert 4.8 < (warped - ramp)[:, [10, 20, 30]].abs().max() <= 5
    assert (warped - ramp)[:, 10].min() < -4.5 and (warped - ramp)[:, 10].max() > 4.5


def test_channels_share_a_warp_and_examples_do_not():
    x = signals(1, 1, 40).repeat(2, 3, 1)
    warped = TimeWarp(4.0).transform(x, generator())
    assert torch.equal(warped[:, 0], warped[:, 2]) and not torch.equal(warped[0], warped[1])


def test_float64_is_computed_in_float64():
    x = signals(3, 40)
    assert_close(TimeWarp(0.0).transform(x + 1e-9), x + 1e-9, rtol=0, atol=1e-15)
    x = 1000 + torch.arange(40.0, dtype=torch.float64).repeat(3, 1)
    middle = TimeWarp(4.0, knots=1).transform(x, generator())
    draws = (middle - x)[:, :20] / torch.arange(20.0, dtype=torch.float64)  # one slope each
    assert_close(draws[:, 1], draws[:, 19], rtol=1e-9, atol=1e-11)


def test_errors():
    with pytest.raises(ValueError, match="steps must be a finite number >= 0; got -1"):
        TimeWarp(-1)
    with pytest.raises(ValueError, match="knots must be a whole number >= 1; got 0"):
        TimeWarp(1, knots=0)
    with pytest.raises(ValueError, match="at most 5 for signals of 41 points and 3 knots.*got 5.1"):
        TimeWarp(5.1).transform(torch.zeros(2, 41))
    with pytest.raises(ValueError, match=r"signals .* got \(2, 3, 8, 8\)"):
        TimeWarp(1).transform(torch.zeros(2, 3, 8, 8))


def test_half_precision_is_warped_in_float32_and_comes_back():
    x = signals(3, 40)
    half = TimeWarp(4.0).transform(x.bfloat16(), generator())
    assert half.dtype == torch.bfloat16
    want = TimeWarp(4.0).transform(x.bfloat16().float(), generator())
    assert torch.equal(half, want.bfloat16())


def test_positions_may_be_finer_than_the_signal():
    x, positions = signals(2, 9).float(), torch.tensor([[0.5, 3.25]] * 2, dtype=torch.float64)
    assert resample(x, positions).dtype == torch.float32
