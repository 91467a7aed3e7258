"""Signals: parity with NumPy and SciPy, laws of the draws, Bishop's expectation, errors."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch.testing import assert_close

from reglab.augmentation.signals import (
    AddNoise,
    Negate,
    Reverse,
    Scale,
    Shift,
    shift,
    take_positions,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def signals(batch=5, time=12, channels=None):
    shape = (batch, time) if channels is None else (batch, channels, time)
    return torch.randn(shape, generator=generator(1), dtype=torch.float64)


@pytest.mark.parametrize("channels", [None, 1, 3])
def test_circular_shift_equals_numpys_roll(channels):
    x, offsets = signals(channels=channels), torch.tensor([0, 1, -2, 30, -12])
    want = np.stack([np.roll(a, o, -1) for a, o in zip(x.numpy(), offsets.tolist(), strict=True)])
    assert_close(shift(x, offsets), torch.from_numpy(want))


@pytest.mark.parametrize(("edge", "mode"), [("zero", "constant"), ("nearest", "nearest")])
@pytest.mark.parametrize("channels", [None, 3])
def test_other_edges_equal_scipys(edge, mode, channels):
    x, offsets = signals(channels=channels), torch.tensor([0, 1, -2, 30, -12])
    want = [
        ndimage.shift(a, [0] * (a.ndim - 1) + [o], order=0, mode=mode)
        for a, o in zip(x.numpy(), offsets.tolist(), strict=True)
    ]
    assert_close(shift(x, offsets, edge), torch.from_numpy(np.stack(want)))


def test_positions_may_be_any_number_of_them():
    x = signals(2, 4)
    got = take_positions(x, torch.tensor([[0, 5], [-1, 3]]))
    assert torch.equal(got, torch.stack([x[0, [0, 1]], x[1, [3, 3]]]))


def test_shift_takes_every_offset_equally_often():
    x = torch.eye(12)[:1].repeat(20_000, 1)
    where = Shift(2).transform(x, generator()).argmax(1)
    counts = torch.bincount((where + 2) % 12, minlength=12)
    assert counts[5:].sum() == 0
    assert stats.chisquare(counts[:5].numpy()).pvalue > ALPHA


def test_shift_uses_its_edge_and_moves_channels_together():
    x = torch.ones(50, 2, 12)
    assert Shift(5, "zero").transform(x, generator()).min() == 0
    assert Shift(5).transform(x, generator()).min() == 1
    x = signals(20, 12, 1).repeat(1, 2, 1)
    moved = Shift(5).transform(x, generator())
    assert torch.equal(moved[:, 0], moved[:, 1]) and not torch.equal(moved, x)


def test_scale_is_one_uniform_factor_an_example():
    x = torch.ones(20_000, 3)
    factors = Scale(0.3).transform(x, generator())
    assert torch.equal(factors[:, 0], factors[:, 2])
    assert stats.kstest(factors[:, 0].numpy(), stats.uniform(0.7, 0.6).cdf).pvalue > ALPHA


def test_noise_is_normal_and_independent():
    x = torch.full((10_000, 2), 3.0)
    noise = AddNoise(0.4).transform(x, generator()) - 3
    assert stats.kstest(noise.flatten().numpy(), stats.norm(0, 0.4).cdf).pvalue > ALPHA
    assert stats.pearsonr(*noise.T.numpy()).pvalue > ALPHA


def test_noise_in_a_linear_model_is_ridge_in_expectation():
    """E (y - w (x + s n))^2 = (y - w x)^2 + s^2 |w|^2, here by Hermite quadrature, exactly."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    x, y, w, s = np.array([1.0, 2.0]), 0.5, np.array([0.3, -1.2]), 0.4
    total = sum(
        a * b * (y - w @ (x + s * np.array([n, m]))) ** 2
        for n, a in zip(nodes, weights, strict=True)
        for m, b in zip(nodes, weights, strict=True)
    )
    assert total / weights.sum() ** 2 == pytest.approx((y - w @ x) ** 2 + s**2 * (w @ w), rel=1e-12)


@pytest.mark.parametrize(
    ("technique", "change"), [(Reverse(0.3), lambda x: x.flip(-1)), (Negate(0.3), torch.neg)]
)
def test_chosen_examples_are_changed_whole(technique, change):
    x = signals(20_000, 3)
    changed = technique.transform(x, generator())
    did = (changed == change(x)).all(1)
    assert torch.equal(changed[~did], x[~did])
    assert stats.binomtest(int(did.sum()), 20_000, 0.3).pvalue > ALPHA


def test_half_of_the_signals_by_default():
    assert (Reverse().probability, Negate().probability) == (0.5, 0.5)


def test_errors():
    with pytest.raises(ValueError, match="steps must be a whole number >= 0; got -1"):
        Shift(-1)
    with pytest.raises(ValueError, match="edge must be one of wrap, zero, nearest; got 'circular'"):
        Shift(1, "circular")
    with pytest.raises(ValueError, match="amount must be a finite number >= 0; got -0.1"):
        Scale(-0.1)
    with pytest.raises(ValueError, match="scale must be a finite number >= 0; got -0.1"):
        AddNoise(-0.1)
    for technique in (Reverse, Negate):
        with pytest.raises(ValueError, match="probability is a probability, in .* got 1.5"):
            technique(1.5)
    for technique in (Shift(1), Reverse(1.0)):
        with pytest.raises(ValueError, match=r"signals .* got \(2, 3, 8, 8\)"):
            technique.transform(torch.zeros(2, 3, 8, 8))
