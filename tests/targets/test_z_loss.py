"""The z-loss: its formula in plain Python, its gradient, and what a constant added to z does."""

import math

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.targets import ZLoss, log_partition

F64 = torch.float64


def problem(b=5, k=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    z = 2 * torch.randn(b, k, generator=g, dtype=F64)
    return z, torch.randn(b, k, generator=g, dtype=F64).softmax(1)


def test_formula():
    z, t = problem()
    total = 0.0
    for row, target in zip(z.tolist(), t.tolist(), strict=True):
        log_z = math.log(sum(math.exp(v) for v in row))
        total += sum(-a * (v - log_z) for a, v in zip(target, row, strict=True))
        total += 0.3 * log_z**2
    assert ZLoss(0.3).batch_loss(z, t).item() == pytest.approx(total / 5, rel=1e-12)


def test_gradient():
    """(p - t + 2 c log Z p) / B."""
    z, t = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(ZLoss(0.3).batch_loss(z, t), z)
    p = z.softmax(1)
    assert_close(g, (p - t + 2 * 0.3 * log_partition(z)[:, None] * p) / 5)


def test_cross_entropy_alone_never_moves_the_sum_of_the_logits():
    z, t = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(F.cross_entropy(z, t), z)
    assert_close(g.sum(1), torch.zeros(5, dtype=F64), atol=1e-15, rtol=0)


def test_the_smallest_loss_of_all_constants_is_at_a_partition_of_one():
    z, t = problem()
    at_zero = z - log_partition(z)[:, None]
    best = ZLoss(0.3).batch_loss(at_zero, t)
    assert_close(best, F.cross_entropy(z, t))
    assert ZLoss(0.3).batch_loss(at_zero + 0.1, t) > best
    assert ZLoss(0.3).batch_loss(at_zero - 0.1, t) > best


def test_descent_brings_the_partition_to_one_and_keeps_the_predictions_right():
    z, t = problem()
    z = (z + 5).requires_grad_()
    for _ in range(3000):
        (g,) = torch.autograd.grad(ZLoss(0.5).batch_loss(z, t), z)
        z = (z - 3 * g).detach().requires_grad_()
    assert_close(log_partition(z), torch.zeros(5, dtype=F64), atol=1e-6, rtol=0)
    assert_close(z.softmax(1), t, atol=1e-6, rtol=0)


def test_large_logits_stay_finite():
    z = torch.tensor([[1e4, 0.0], [-1e4, -1e4]], requires_grad=True)
    loss = ZLoss().batch_loss(z, torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    (g,) = torch.autograd.grad(loss, z)
    assert loss.isfinite() and g.isfinite().all()


def test_errors():
    with pytest.raises(ValueError, match="strength.*got -0.1"):
        ZLoss(-0.1)
