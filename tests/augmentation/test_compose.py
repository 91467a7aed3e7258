"""Compose and WithShape: order, probabilities, targets, parity with reshaping by hand, errors."""

import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from reglab.augmentation import AddNoise, Crop, Cutout, Mixup, Negate, Rotate, Scale, Shift
from reglab.augmentation.compose import Compose, WithShape

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def minibatch(*shape):
    x = torch.randn(shape, generator=generator(1), dtype=torch.float64)
    return x, torch.eye(shape[0], dtype=torch.float64)


def test_applies_in_order_with_one_generator():
    x, targets = minibatch(6, 10)
    got = Compose([Shift(3), AddNoise(0.5), Mixup(0.5)]).change_batch(x, targets, generator())
    g, want = generator(), (x, targets)
    for technique in (Shift(3), AddNoise(0.5), Mixup(0.5)):
        want = technique.change_batch(*want, g)
    assert torch.equal(got[0], want[0]) and torch.equal(got[1], want[1])


def test_each_example_is_changed_with_the_probability_and_independently():
    x = torch.ones(8000, 2)
    both = Compose([Negate(1.0), Scale(0.0), Negate(1.0)], [0.3, 1, 0.6])
    signs = both.transform(x, generator())[:, 0]
    share = 0.3 * 0.4 + 0.7 * 0.6
    assert stats.binomtest(int((signs < 0).sum()), 8000, share).pvalue > ALPHA


def test_targets_change_exactly_where_inputs_do():
    eye = torch.eye(400, dtype=torch.float64)
    x, targets = Compose([Mixup(1.0)], [0.4]).change_batch(eye, eye, generator())
    assert torch.equal(x, targets)
    changed = int((targets.diagonal() < 1).sum())
    assert stats.binomtest(changed, 400, 0.4 * 399 / 400).pvalue > ALPHA


def test_probability_one_needs_no_draw():
    x, targets = minibatch(6, 10)
    got = Compose([Shift(3)], [1.0]).change_batch(x, targets, generator())[0]
    assert torch.equal(got, Shift(3).transform(x, generator()))


def test_one_technique_alone_and_lists_are_values():
    assert Compose(Shift(3)) == Compose([Shift(3)]) == Compose((Shift(3),))
    assert hash(Compose([Shift(3)], [0.5])) == hash(Compose((Shift(3),), (0.5,)))


def test_transform_is_the_change_of_the_inputs():
    x, targets = minibatch(6, 10)
    both = Compose([Shift(3), AddNoise(0.5)], [0.5, 1])
    assert torch.equal(
        both.transform(x, generator()), both.change_batch(x, targets, generator())[0]
    )


@pytest.mark.parametrize("shape", [(4, 5), (1, 4, 5), (5, 2, 2)])
def test_with_shape_equals_reshaping_by_hand(shape):
    x, targets = minibatch(6, 20)
    want = Crop(1).transform(x.reshape(6, *shape), generator()).reshape(6, 20)
    got, same = WithShape(shape, Crop(1)).change_batch(x, targets, generator())
    assert torch.equal(got, want) and torch.equal(same, targets)
    assert torch.equal(WithShape(shape, Crop(1)).transform(x, generator()), want)


def test_they_nest():
    x, targets = minibatch(6, 20)
    nested = WithShape([4, 5], Compose([Crop(1), Cutout(2), Mixup(0.2)]))
    changed, soft = nested.change_batch(x, targets, generator())
    assert changed.shape == x.shape
    assert_close(soft.sum(1), torch.ones(6, dtype=torch.float64))
    assert nested == WithShape((4, 5), Compose((Crop(1), Cutout(2), Mixup(0.2))))


class Twice:
    def change_batch(self, x, targets, generator=None):
        return torch.cat([x, x]), torch.cat([targets, targets])


def test_a_technique_may_change_the_size_of_a_minibatch_unless_it_is_optional():
    x, targets = minibatch(6, 10)
    assert len(Compose([Twice()]).change_batch(x, targets)[0]) == 12
    assert len(WithShape((2, 5), Twice()).change_batch(x, targets)[0]) == 12
    with pytest.raises(ValueError, match=r"changes the shape .*\(6, 10\) to \(12, 10\).*probabil"):
        Compose([Twice()], [0.5]).change_batch(x, targets)


def test_errors():
    with pytest.raises(ValueError, match="a technique must have change_batch, .* got 'shift'"):
        Compose(["shift"])
    with pytest.raises(ValueError, match="a technique must have change_batch, .* got <class"):
        Compose([Shift])
    with pytest.raises(ValueError, match="a technique must have change_batch"):
        WithShape((2, 5), torch.neg)
    with pytest.raises(ValueError, match="techniques must hold at least one"):
        Compose([])
    with pytest.raises(ValueError, match="one for each of the 1 techniques; got 2"):
        Compose([Shift(3)], [0.5, 0.5])
    with pytest.raises(ValueError, match="probabilities is a probability, in .* got 1.5"):
        Compose([Shift(3)], [1.5])
    with pytest.raises(ValueError, match="Mixup.* changes targets too; call change_batch instead"):
        Compose([Shift(3), Mixup(0.2)]).transform(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="shape must be a whole number >= 1; got 0"):
        WithShape((0, 5), Crop(1))
    for call in ("transform", "change_batch"):
        x = torch.zeros(2, 21)
        arguments = (x,) if call == "transform" else (x, torch.eye(2))
        with pytest.raises(ValueError, match=r"x must have 20 values .* got \(2, 21\)"):
            getattr(WithShape((4, 5), Crop(1)), call)(*arguments)


def test_a_shape_hands_the_generator_on():
    x = torch.rand(3, 64)
    first, again = (WithShape((8, 8), Rotate(40)).transform(x, generator(2)) for _ in range(2))
    assert torch.equal(first, again)
