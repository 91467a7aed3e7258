"""Losses and errors: closed forms, both shapes, errors."""

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close
from train_toys import toy

from reglab.data import Examples, Splits
from reglab.train.losses import example_errors, example_losses, pick_loss

M, K, B = 4, 3, 5


def stacked(seed=0):
    g = torch.Generator().manual_seed(seed)
    z = torch.randn(M, K, B, generator=g, dtype=torch.float64)
    return z, torch.randint(K, (M, B), generator=g)


def test_cross_entropy_is_the_negative_log_probability():
    z, y = stacked()
    p = z.softmax(1)
    want = [[-p[m, y[m, b], b].log() for b in range(B)] for m in range(M)]
    assert_close(example_losses(z, y, "cross_entropy"), torch.tensor(want))


def test_squared_loss_of_classes_uses_one_hot_targets():
    z, y = stacked()
    want = (z - F.one_hot(y, K).transpose(1, 2)).square().mean(1)
    assert_close(example_losses(z, y, "squared"), want)


def test_squared_loss_of_real_targets_is_the_squared_distance():
    z, _ = stacked()
    y = torch.linspace(-1, 1, M * B, dtype=torch.float64).view(M, B)
    assert_close(example_losses(z[:, :1], y, "squared"), (z[:, 0] - y) ** 2)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared"])
def test_stack_equals_each_network_alone(loss):
    z, y = stacked()
    alone = torch.stack([example_losses(z[m].T, y[m], loss) for m in range(M)])
    assert_close(example_losses(z, y, loss), alone)
    assert_close(
        example_errors(z, y), torch.stack([example_errors(z[m].T, y[m]) for m in range(M)])
    )


def test_error_counts_wrong_classes():
    z = torch.tensor([[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    assert example_errors(z, torch.tensor([1, 2])).tolist() == [0.0, 1.0]


def test_pick_loss():
    assert pick_loss(None, toy()) == "cross_entropy"
    assert pick_loss("squared", toy()) == "squared"
    assert pick_loss(None, toy(classes=None)) == "squared"
    with pytest.raises(ValueError, match="'cross_entropy' needs classes.*use 'squared'"):
        pick_loss("cross_entropy", toy(classes=None))
    with pytest.raises(ValueError, match="loss must be one of cross_entropy, squared; got 'hinge'"):
        pick_loss("hinge", toy())


def test_targets_must_be_one_number_for_each_example():
    def splits(y, classes=None):
        part = Examples(torch.randn(len(y), 2), y)
        return Splits(part, Examples(part.x[:0], y[:0]), Examples(part.x[:0], y[:0]), classes)

    with pytest.raises(ValueError, match=r"must be \(N,\).*got float32\(4, 1\), classes=None"):
        pick_loss(None, splits(torch.zeros(4, 1)))
    with pytest.raises(ValueError, match=r"got int64\(4,\), classes=None"):
        pick_loss(None, splits(torch.zeros(4, dtype=torch.int64)))
    with pytest.raises(ValueError, match="the training part holds no examples"):
        pick_loss(None, splits(torch.zeros(0)))


def test_soft_targets_in_both_shapes():
    z, y = stacked()
    g = torch.Generator().manual_seed(1)
    t = torch.randn(M, K, B, generator=g, dtype=torch.float64).softmax(1)
    assert_close(example_losses(z, t, "cross_entropy"), -(t * z.log_softmax(1)).sum(1))
    assert_close(example_losses(z, t, "squared"), (z - t).square().mean(1))
    hard = F.one_hot(y, K).mT.double()
    assert torch.equal(example_errors(z, hard), example_errors(z, y))
    for loss in ("cross_entropy", "squared"):
        assert_close(example_losses(z, hard, loss), example_losses(z, y, loss))
        assert_close(example_losses(z[0].T, t[0].T, loss), example_losses(z, t, loss)[0])


def test_pick_loss_of_soft_targets():
    rows = torch.full((4, 3), 1 / 3)
    hard = Examples(torch.randn(0, 2), torch.zeros(0, dtype=torch.int64))
    splits = Splits(Examples(torch.randn(4, 2), rows), hard, hard, 3)
    assert pick_loss(None, splits) == "cross_entropy"
