"""Test-time augmentation: averages by hand, invariance of an average over all shifts, errors."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.augmentation import Mixup, Scale, Shift, shift
from reglab.augmentation.test_time import average_predictions, test_time_augmentation


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def model():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).double()


def signals():
    return torch.randn(5, 8, generator=generator(1), dtype=torch.float64)


def test_averages_probabilities_or_logits():
    net, x = model(), signals()
    views = [x, x.flip(-1), 2 * x]
    zs = [net(v) for v in views]
    want = sum(z.softmax(1) for z in zs) / 3
    assert_close(average_predictions(net, views), want)
    assert_close(average_predictions(net, iter(views), average="logits"), (sum(zs) / 3).softmax(1))


def test_one_view_is_the_prediction():
    net, x = model(), signals()
    for average in ("probabilities", "logits"):
        assert_close(average_predictions(net, [x], average=average), net(x).softmax(1))


def test_the_average_over_a_group_is_invariant_under_it():
    net, x = model(), signals()

    def invariant(x):
        return average_predictions(net, [shift(x, torch.full((5,), k)) for k in range(8)])

    assert_close(invariant(x), invariant(x.roll(3, -1)))
    assert (net(x) - net(x.roll(3, -1))).abs().max() > 0.1


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_views_are_the_plain_example_and_the_copies(average):
    net, x, g = model(), signals(), generator()
    views = [x, *(Shift(2).transform(x, g) for _ in range(3))]
    got = test_time_augmentation(net, x, Shift(2), copies=3, average=average, generator=generator())
    assert_close(got, average_predictions(net, views, average=average))
    assert_close(got.sum(1), torch.ones(5, dtype=torch.float64))


def test_nothing_to_vary_gives_the_prediction_and_eight_copies_are_the_default():
    net, x, calls = model(), signals(), []

    def counted(view):
        calls.append(view)
        return net(view)

    assert_close(test_time_augmentation(counted, x, Scale(0.0)), net(x).softmax(1))
    assert len(calls) == 9


def test_errors():
    net, x = model(), signals()
    with pytest.raises(ValueError, match="views must hold at least one tensor"):
        average_predictions(net, [])
    with pytest.raises(ValueError, match="average must be one of probabilities, logits; got 'max'"):
        average_predictions(net, [x], average="max")
    with pytest.raises(ValueError, match="average must be one of probabilities, logits; got 'max'"):
        test_time_augmentation(net, x, Shift(1), average="max")
    with pytest.raises(ValueError, match="copies must be a whole number >= 1; got 0"):
        test_time_augmentation(net, x, Shift(1), copies=0)
    with pytest.raises(ValueError, match="technique must have transform.* got Mixup"):
        test_time_augmentation(net, x, Mixup(0.2))
