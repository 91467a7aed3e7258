"""DisturbLabel: its exact mean is label smoothing, its rates, limits, errors."""

import pickle
from itertools import product

import pytest
import torch
from scipy.stats import binom
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.targets import (
    DisturbLabel,
    disturb_labels,
    draw_disturbance,
    smooth_labels,
    soft_cross_entropy,
)

F64 = torch.float64
TAIL = 1e-6  # probability that a right sampler fails one test of rates, on each side


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def outcomes(alpha, k):
    """All (probability, chosen, drawn) of one example."""
    for c, d in product([False, True], range(k)):
        yield (alpha if c else 1 - alpha) / k, torch.tensor([c]), torch.tensor([d])


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.6, 1.0])
def test_smoothing_is_the_exact_mean_over_all_draws(alpha):
    t = torch.tensor([[0.0, 1.0, 0.0]], dtype=F64)
    z = torch.tensor([[1.0, -2.0, 0.5]], dtype=F64)
    rows = [(w, disturb_labels(t, c, d)) for w, c, d in outcomes(alpha, 3)]
    assert_close(sum(w * row for w, row in rows), smooth_labels(t, alpha))
    mean_loss = sum(w * soft_cross_entropy(z, row) for w, row in rows)
    assert_close(mean_loss, soft_cross_entropy(z, smooth_labels(t, alpha)))


def test_rates():
    n, k, alpha = 20_000, 10, 0.2
    chosen, drawn = draw_disturbance(n, k, alpha, seeded())
    low, high = binom.ppf([TAIL, 1 - TAIL], n, alpha)
    assert low <= int(chosen.sum()) <= high
    for group in (drawn, drawn[chosen]):  # uniform, and so among the chosen ones
        low, high = binom.ppf([TAIL / k, 1 - TAIL / k], len(group), 1 / k)
        counts = torch.bincount(group, minlength=k)
        assert counts.shape == (k,) and low <= counts.min() and counts.max() <= high


def test_a_share_of_alpha_k_minus_1_over_k_is_wrong():
    n, k, alpha = 20_000, 4, 0.4
    t = torch.eye(k)[torch.arange(n) % k]
    _, found = DisturbLabel(alpha).change_batch(torch.zeros(n, 1), t, seeded(1))
    low, high = binom.ppf([TAIL, 1 - TAIL], n, alpha * (k - 1) / k)
    assert low <= int((found != t).any(1).sum()) <= high


def test_a_larger_alpha_chooses_the_same_and_more():
    few, _ = draw_disturbance(1000, 3, 0.1, seeded())
    many, _ = draw_disturbance(1000, 3, 0.5, seeded())
    assert few.sum() < many.sum() and not (few & ~many).any()


def test_limits():
    t = torch.eye(4).repeat(25, 1)
    x = torch.zeros(100, 1)
    assert torch.equal(DisturbLabel(0.0).change_batch(x, t, seeded())[1], t)
    _, drawn = draw_disturbance(100, 4, 1.0, seeded())
    assert torch.equal(DisturbLabel(1.0).change_batch(x, t, seeded())[1], torch.eye(4)[drawn])


@pytest.mark.parametrize("device", available_devices())
def test_only_the_targets_change_and_in_a_copy(device):
    x, t = torch.randn(50, 2, device=device), torch.eye(5, device=device).repeat(10, 1)
    before = t.clone()
    same, found = DisturbLabel(0.9).change_batch(x, t, seeded())
    assert same is x
    assert torch.equal(t, before) and not torch.equal(found, t)
    assert found.device == t.device


def test_the_generator_is_the_only_source():
    t = torch.eye(5).repeat(10, 1)
    one, other = (DisturbLabel(0.5).change_batch(t, t, seeded(3))[1] for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, DisturbLabel(0.5).change_batch(t, t, seeded(4))[1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_dtype_and_soft_rows_stay(dtype):
    t = torch.full((3, 4), 0.25, dtype=dtype)
    chosen, drawn = torch.tensor([True, False, True]), torch.tensor([1, 1, 3])
    found = disturb_labels(t, chosen, drawn)
    assert found.dtype == dtype
    assert found.tolist() == [[0, 1, 0, 0], [0.25] * 4, [0, 0, 0, 1]]


def test_is_a_value():
    assert DisturbLabel(0.2) == pickle.loads(pickle.dumps(DisturbLabel(0.2))) != DisturbLabel(0.3)
    assert len({DisturbLabel(0.2), DisturbLabel(0.2)}) == 1


def test_errors():
    with pytest.raises(ValueError, match=r"alpha is a probability, in \[0, 1\]; got 1.5"):
        DisturbLabel(1.5)
    with pytest.raises(ValueError, match="alpha is a probability"):
        draw_disturbance(3, 2, -0.1)
    with pytest.raises(ValueError, match="K >= 2 classes"):
        DisturbLabel(0.5).change_batch(torch.ones(3, 1), torch.ones(3, 1))
    with pytest.raises(ValueError, match="y holds classes 2 .. 2"):
        disturb_labels(torch.eye(2), torch.tensor([True, True]), torch.tensor([2, 2]))
