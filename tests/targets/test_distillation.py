"""Distillation: temperature without logits, the gradient, its limit, generations of ridge."""

import pickle

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.targets import Distillation, self_distillation, soft_cross_entropy, soften

F64 = torch.float64


def problem(b=6, k=4, seed=0):
    """Logits of a student and of a teacher."""
    g = torch.Generator().manual_seed(seed)
    return (3 * torch.randn(b, k, generator=g, dtype=F64) for _ in range(2))


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0, 100.0])
def test_soften_needs_no_logits(T):
    _, v = problem()
    assert_close(soften(v.softmax(1), T), (v / T).softmax(1))
    assert_close(soften(v.reshape(2, 3, 4).softmax(-1), T), (v / T).softmax(1).reshape(2, 3, 4))


def test_soften_composes():
    p = next(problem()).softmax(1)
    assert_close(soften(soften(p, 2.0), 3.0), soften(p, 6.0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_probabilities_of_zero_stay_finite(dtype):
    found = soften(torch.tensor([[1.0, 0.0, 0.0]], dtype=dtype), 2.0)
    assert found.dtype == dtype
    assert_close(found, torch.tensor([[1.0, 0.0, 0.0]], dtype=dtype), atol=1e-15, rtol=0)
    hot = soften(torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float32), 1e6)
    assert_close(hot, torch.full((1, 3), 1 / 3), atol=1e-4, rtol=0)


@pytest.mark.parametrize("T", [1.0, 3.0])
def test_loss_is_t_squared_times_the_divergence_plus_a_constant(T):
    z, v = problem()
    log_p, q = F.log_softmax(z / T, dim=1), (v / T).softmax(1)
    kl = F.kl_div(log_p, q, reduction="batchmean")
    own = soft_cross_entropy(v / T, q)  # the entropy of the teacher
    assert_close(Distillation(T).batch_loss(z, v.softmax(1)), T**2 * (kl + own))


@pytest.mark.parametrize("T", [1.0, 3.0])
def test_gradient(T):
    z, v = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(Distillation(T).batch_loss(z, v.softmax(1)), z)
    assert_close(g, (T * ((z / T).softmax(1) - (v / T).softmax(1)) / 6).detach())
    assert torch.autograd.gradcheck(lambda z: Distillation(T).batch_loss(z, v.softmax(1)), (z,))


def test_at_high_temperature_it_is_squared_error_of_centered_logits():
    z, v = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(Distillation(1e5).batch_loss(z, v.softmax(1)), z)
    apart = (z - z.mean(1, keepdim=True) - v + v.mean(1, keepdim=True)).detach()
    assert_close(g, apart / (4 * 6), rtol=1e-3, atol=1e-6)


def test_a_perfect_student_has_gradient_zero():
    _, v = problem()
    z = v.clone().requires_grad_()
    (g,) = torch.autograd.grad(Distillation(5.0).batch_loss(z, v.softmax(1)), z)
    assert g.abs().max() < 1e-15


def test_temperature_1_is_soft_cross_entropy():
    z, v = problem()
    assert_close(Distillation(1.0).batch_loss(z, v.softmax(1)), soft_cross_entropy(z, v.softmax(1)))


def test_vmap_with_one_temperature_per_model():
    z, v = problem()
    p, temperatures = v.softmax(1), torch.tensor([0.5, 1.0, 8.0], dtype=F64)
    stacked = torch.func.vmap(lambda T: Distillation(T).batch_loss(z, p))(temperatures)
    alone = [Distillation(T).batch_loss(z, p) for T in temperatures.tolist()]
    assert_close(stacked, torch.stack(alone))


def test_generations_of_ridge_regression_shrink_faster_and_faster():
    """Predictions are S^g y: the directions of S are multiplied by s / (s + lam), g times."""
    g = torch.Generator().manual_seed(0)
    x, y = (torch.randn(20, n, generator=g, dtype=F64) for n in (5, 2))
    smoother = x @ torch.linalg.solve(x.T @ x + 3 * torch.eye(5, dtype=F64), x.T)
    found = self_distillation(lambda t: smoother @ t, y, generations=4)
    assert len(found) == 4
    u, s, _ = torch.linalg.svd(x, full_matrices=False)
    for generation, prediction in enumerate(found, 1):
        share = (s**2 / (s**2 + 3)) ** generation
        assert_close(prediction, u @ (share[:, None] * (u.T @ y)))


def test_generations_hand_on_no_graph():
    w = torch.ones(2, requires_grad=True)
    seen = []
    self_distillation(lambda t: seen.append(t.requires_grad) or w * t, torch.ones(2), 3)
    assert seen == [False, False, False]


def test_is_a_value():
    assert Distillation(2.0) == pickle.loads(pickle.dumps(Distillation(2.0))) != Distillation(3.0)
    assert len({Distillation(2.0), Distillation(2.0)}) == 1


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: Distillation(0.0), "temperature must be a finite number > 0; got 0.0"),
        (lambda: soften(torch.ones(1, 2), -1.0), "temperature must be a finite number > 0"),
        (lambda: Distillation().batch_loss(torch.ones(2, 3), torch.ones(2)), "must both be"),
        (lambda: self_distillation(lambda t: t, torch.ones(2), 0), "generations must be a whole"),
        (lambda: self_distillation(lambda t: t[:1], torch.ones(2), 1), r"of shape \(2,\); got \(1"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
