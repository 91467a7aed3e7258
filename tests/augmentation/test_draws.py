"""What the augmentations share: laws of the draws, shapes, the base class, errors."""

import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from reglab.augmentation.draws import (
    InputTransform,
    check_images,
    check_signals,
    column,
    draw_choices,
    draw_integers,
    draw_normal,
    draw_signed,
    draw_uniform,
    is_signal,
    precise,
)

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (draw_uniform, stats.uniform(0, 1)),
        (draw_signed, stats.uniform(-1, 2)),
        (draw_normal, stats.norm(0, 1)),
    ],
)
def test_laws(draw, law):
    numbers = draw((100, 200), torch.zeros(1), generator())
    assert numbers.shape == (100, 200)
    assert stats.kstest(numbers.flatten().numpy(), law.cdf).pvalue > ALPHA


@pytest.mark.parametrize("draw", [draw_uniform, draw_signed, draw_normal])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_draws_are_those_of_float32_in_every_dtype(draw, dtype):
    numbers = draw((50,), torch.zeros(2, dtype=dtype), generator())
    want = draw((50,), torch.zeros(2), generator())
    assert numbers.dtype == dtype
    assert_close(numbers.float(), want, rtol=0, atol=0.03 if dtype == torch.bfloat16 else 0)


def test_uniform_numbers_are_below_one_in_half_precision_too():
    assert draw_uniform((100_000,), torch.zeros(1, dtype=torch.bfloat16), generator()).max() < 1


def test_integers_take_both_ends_and_are_equally_likely():
    counts = torch.bincount(draw_integers(2, 5, (40_000,), torch.zeros(1), generator()))
    assert counts[:2].sum() == 0 and len(counts) == 6
    assert stats.chisquare(counts[2:].numpy()).pvalue > ALPHA


def test_choices_have_their_probability():
    x = torch.zeros(40_000, 2)
    chosen = int(draw_choices(0.3, x, generator()).sum())
    assert stats.binomtest(chosen, 40_000, 0.3).pvalue > ALPHA
    assert draw_choices(1.0, x, generator()).all() and not draw_choices(0.0, x, generator()).any()


def test_without_a_generator_the_global_one_is_used():
    for draw in (draw_uniform, draw_signed, draw_normal):
        torch.manual_seed(3)
        first = draw((4,), torch.zeros(1))
        assert not torch.equal(first, draw((4,), torch.zeros(1)))
        torch.manual_seed(3)
        assert torch.equal(first, draw((4,), torch.zeros(1)))


def test_column_multiplies_example_by_example():
    x = torch.ones(2, 3, 4)
    assert torch.equal(column(torch.tensor([2.0, 5.0]), x) * x, torch.stack([2 * x[0], 5 * x[0]]))


def test_precise_keeps_float64_and_raises_the_others():
    kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
    got = [precise(torch.zeros(1, dtype=kind)).dtype for kind in kinds]
    assert got == [torch.float64, torch.float32, torch.float32, torch.float32]


def test_signals_and_images_are_told_apart():
    shapes = [(2, 20), (2, 1, 20), (2, 8, 8), (2, 1, 8, 8), (2, 3, 8, 8)]
    assert [is_signal(torch.zeros(s)) for s in shapes] == [True, True, False, False, False]


def test_the_base_class_leaves_targets_alone():
    class Noisy(InputTransform):
        def transform(self, x, generator=None):
            return x + draw_normal(x.shape, x, generator)

    x, targets = torch.ones(2, 3), torch.eye(2)
    changed, same = Noisy().change_batch(x, targets, generator(5))
    assert torch.equal(changed, Noisy().transform(x, generator(5))) and same is targets
    with pytest.raises(NotImplementedError, match="InputTransform must define transform"):
        InputTransform().change_batch(x, targets)


def test_errors():
    with pytest.raises(ValueError, match=r"signals \(B, T\) or \(B, C, T\); got \(2, 3, 4, 5\)"):
        check_signals(torch.zeros(2, 3, 4, 5))
    with pytest.raises(ValueError, match="float tensor of signals .* got .* of torch.int64"):
        check_signals(torch.zeros(2, 3, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"images .* got \(2, 64\) .*; .* use WithShape"):
        check_images(torch.zeros(2, 64))
    with pytest.raises(ValueError, match=r"images .* got \(2, 1, 1, 8, 8\) of torch.float32$"):
        check_images(torch.zeros(2, 1, 1, 8, 8))
