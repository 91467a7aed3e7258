"""Cross-entropy with soft targets: parity with torch, its gradient, rows of zeros, errors."""

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.core import check_probability
from reglab.core.device import available_devices
from reglab.targets.cross_entropy import (
    check_classes,
    check_predictions,
    one_hot,
    soft_cross_entropy,
    unless_tensor,
)

F64 = torch.float64


def problem(b=6, k=4, dtype=F64, seed=0):
    """Logits (b, k) and soft targets (b, k)."""
    g = torch.Generator().manual_seed(seed)
    z = 3 * torch.randn(b, k, generator=g, dtype=F64)
    return z.to(dtype), torch.rand(b, k, generator=g, dtype=F64).softmax(1).to(dtype)


@pytest.mark.parametrize("device", available_devices())
def test_equals_torch_with_probabilities(device):
    z, t = problem(dtype=torch.float32)
    assert_close(soft_cross_entropy(z.to(device), t.to(device)).cpu(), F.cross_entropy(z, t))


def test_equals_torch_with_classes():
    z, _ = problem()
    y = torch.tensor([0, 3, 1, 1, 2, 0])
    assert_close(soft_cross_entropy(z, one_hot(y, 4, F64)), F.cross_entropy(z, y))


def test_gradient_is_p_minus_t():
    z, t = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(soft_cross_entropy(z, t), z)
    assert_close(g, (z.softmax(1) - t).detach() / 6)
    assert torch.autograd.gradcheck(soft_cross_entropy, (z, t))


def test_a_row_of_zeros_adds_nothing_and_counts():
    z, t = problem()
    t[3:] = 0
    assert_close(soft_cross_entropy(z, t), soft_cross_entropy(z[:3], t[:3]) / 2)


@pytest.mark.parametrize("offset", [1e4, -1e4])
def test_an_offset_of_all_logits_changes_nothing(offset):
    z, t = problem()
    assert_close(soft_cross_entropy(z + offset, t), soft_cross_entropy(z, t))


def test_one_hot():
    rows = one_hot(torch.tensor([2, 0], dtype=torch.int32), 3, torch.bfloat16)
    assert rows.dtype == torch.bfloat16
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert one_hot(torch.tensor([], dtype=torch.int64), 3).shape == (0, 3)


def test_predictions_are_measured_in_float64():
    rows, y = check_predictions(torch.ones(2, 3).bfloat16(), torch.tensor([0, 2]).int(), "logits")
    assert (rows.dtype, y.dtype) == (F64, torch.int64)


def test_a_tensor_is_not_checked():
    assert unless_tensor(check_probability, "p", torch.tensor(7.0)) == 7.0
    with pytest.raises(ValueError, match="p is a probability"):
        unless_tensor(check_probability, "p", 7.0)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: soft_cross_entropy(torch.ones(2, 3), torch.ones(2)), r"\(2, 3\) and \(2,\); turn"),
        (lambda: soft_cross_entropy(torch.ones(2), torch.ones(2)), r"must both be \(B, K\)"),
        (lambda: soft_cross_entropy(torch.ones(2, 1), torch.ones(2, 1)), "K >= 2 classes"),
        (lambda: check_classes(torch.ones(2)), r"K >= 2 classes; got \(2,\)"),
        (lambda: one_hot(torch.tensor([0, 3]), 3), r"y holds classes 0 .. 3; allowed are 0 .. 2"),
        (lambda: one_hot(torch.tensor([-1, 2]), 3), r"y holds classes -1 .. 2"),
        (lambda: one_hot(torch.tensor([1.0]), 3), r"whole numbers; got torch.float32 \(1,\)"),
        (lambda: one_hot(torch.tensor([[1]]), 3), r"whole numbers; got torch.int64 \(1, 1\)"),
        (lambda: check_predictions(torch.ones(2), torch.tensor([0, 1]), "logits"), "needs logits"),
        (lambda: check_predictions(torch.ones(2, 2), torch.tensor([0]), "logits"), r"\(2, 2\) and"),
        (lambda: check_predictions(torch.ones(0, 2), torch.tensor([]).long(), "odds"), "N >= 1"),
        (lambda: check_predictions(torch.ones(1, 2), torch.tensor([0.0]), "odds"), "float32"),
        (lambda: check_predictions(torch.ones(1, 2), torch.tensor([2]), "odds"), "allowed are 0"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
