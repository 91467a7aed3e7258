"""Policies: each operation against the function it stands for, laws of the draws, errors."""

import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from reglab.augmentation.geometry import rotation, shear, translation, warp_images
from reglab.augmentation.images import change_contrast
from reglab.augmentation.policies import (
    IMAGE_OPERATIONS,
    OPERATIONS,
    SIGNAL_OPERATIONS,
    RandAugment,
    TrivialAugment,
    apply_operations,
)
from reglab.augmentation.signals import shift
from reglab.augmentation.warping import resample, warp_positions

ALPHA = 1e-6  # of each test of a law, at a fixed seed
STRENGTHS = torch.tensor([-1.0, 0.55, 0.0, 1.0], dtype=torch.float64)
ZERO = torch.zeros(4, dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def data(*shape):
    return torch.randn(shape, generator=generator(1), dtype=torch.float64)


def applied(name, x, strengths=STRENGTHS):
    which = torch.zeros(4, dtype=torch.long)
    return apply_operations(x, (name,), which, strengths, generator())


def test_operations_on_signals():
    x = data(4, 20)
    assert_close(applied("shift", x), shift(x, torch.tensor([-5, 3, 0, 5])))
    assert_close(applied("scale", x), x * torch.tensor([[0.5], [1.275], [1.0], [1.5]]).double())
    knots = torch.tensor([[-4.0], [2.2], [0.0], [4.0]], dtype=torch.float64)
    assert_close(applied("warp", x), resample(x, warp_positions(knots, 20)))
    noise = torch.randn(4, 20, generator=generator()).double()
    amounts = torch.tensor([[0.3], [0.165], [0.0], [0.3]], dtype=torch.float64)
    assert_close(applied("noise", x), x + amounts * noise)


def test_operations_on_images():
    x, s = data(4, 6, 10), STRENGTHS
    assert_close(applied("rotate", x), warp_images(x, rotation(30 * s)))
    assert_close(applied("translate_x", x), warp_images(x, translation(3 * s, ZERO)))
    assert_close(applied("translate_y", x), warp_images(x, translation(ZERO, 1.8 * s)))
    assert_close(applied("shear_x", x), warp_images(x, shear(0.3 * s, ZERO)))
    assert_close(applied("shear_y", x), warp_images(x, shear(ZERO, 0.3 * s)))
    assert_close(applied("brightness", x), x + 0.5 * s[:, None, None])
    assert_close(applied("contrast", x), change_contrast(x, 1 + 0.9 * s))


@pytest.mark.parametrize("name", OPERATIONS)
def test_strength_zero_changes_nothing_and_strength_one_does(name):
    x = data(4, 8, 8) if name in IMAGE_OPERATIONS else data(4, 20)
    assert_close(applied(name, x, ZERO), x, rtol=0, atol=1e-14)
    assert torch.equal(applied(name, x, ZERO + 1), x) == (name == "identity")


def test_only_the_rows_that_were_chosen_are_changed():
    x = data(4, 6)
    got = apply_operations(x, ("identity", "scale"), torch.tensor([0, 1, 0, 1]), ZERO + 1)
    assert_close(got, torch.stack([x[0], 1.5 * x[1], x[2], 1.5 * x[3]]))


def test_randaugment_uses_one_strength_with_random_signs():
    x = torch.ones(4000, 2)
    factors = RandAugment(1, 0.4, ("scale",)).transform(x, generator())[:, 0]
    up = int((factors > 1).sum())
    assert_close(factors.unique(), torch.tensor([0.8, 1.2]))
    assert stats.binomtest(up, 4000, 0.5).pvalue > ALPHA


def test_randaugment_applies_its_count_of_operations_with_replacement():
    x = torch.ones(8000, 2)
    factors = RandAugment(2, 0.4, ("scale", "identity")).transform(x, generator())[:, 0]
    twice = int((factors - 0.8 * 0.8).abs().lt(1e-6).sum())
    assert stats.binomtest(twice, 8000, 1 / 16).pvalue > ALPHA
    none = int((factors == 1).sum())
    assert stats.binomtest(none, 8000, 1 / 4).pvalue > ALPHA


def test_trivialaugment_draws_one_operation_and_its_strength():
    x = torch.ones(8000, 2)
    factors = TrivialAugment(("scale", "identity")).transform(x, generator())[:, 0]
    chosen = factors[factors != 1]
    assert stats.binomtest(len(chosen), 8000, 0.5).pvalue > ALPHA
    assert stats.kstest(chosen.numpy(), stats.uniform(0.5, 1.0).cdf).pvalue > ALPHA


def test_a_name_alone_is_a_policy_and_lists_are_values():
    assert TrivialAugment("scale") == TrivialAugment(["scale"]) == TrivialAugment(("scale",))
    assert RandAugment() == RandAugment(2, 0.3, list(IMAGE_OPERATIONS))
    assert TrivialAugment().operations == IMAGE_OPERATIONS
    assert set(SIGNAL_OPERATIONS) | set(IMAGE_OPERATIONS) == set(OPERATIONS)


def test_errors():
    with pytest.raises(ValueError, match="count must be a whole number >= 1; got 0"):
        RandAugment(0)
    with pytest.raises(ValueError, match="strength is a probability, in .* got 9"):
        RandAugment(strength=9)
    for policy in (RandAugment, TrivialAugment):
        with pytest.raises(ValueError, match="operations must be one of identity, .* got 'flip'"):
            policy(operations=("scale", "flip"))
        with pytest.raises(ValueError, match="operations must name at least one operation"):
            policy(operations=())
