"""Robust losses: limits and gradients of generalized cross-entropy, where corrected minima lie."""

import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from reglab.core import stream
from reglab.data import flip_labels
from reglab.targets import (
    ForwardCorrection,
    GeneralizedCrossEntropy,
    forward_loss,
    generalized_cross_entropy,
    one_hot,
    soft_cross_entropy,
    symmetric_noise,
)

F64 = torch.float64
# Classes 0 and 1 are often confused, class 2 is never mistaken for 0.
SKEWED = ((0.7, 0.3, 0.0), (0.2, 0.8, 0.0), (0.0, 0.1, 0.9))


def problem(b=6, k=4, seed=0):
    """Logits and one-hot targets."""
    g = torch.Generator().manual_seed(seed)
    z = 2 * torch.randn(b, k, generator=g, dtype=F64)
    return z, one_hot(torch.randint(k, (b,), generator=g), k, F64)


@pytest.mark.parametrize("q", [0.1, 0.7, 1.0])
def test_formula(q):
    z, t = problem()
    p = (z.softmax(1) * t).sum(1)
    assert_close(generalized_cross_entropy(z, t, q), ((1 - p**q) / q).mean())


def test_limits_are_cross_entropy_and_half_the_absolute_error():
    z, t = problem()
    assert_close(generalized_cross_entropy(z, t, 0.0), soft_cross_entropy(z, t))
    assert_close(generalized_cross_entropy(z, t, 1e-12), soft_cross_entropy(z, t))
    absolute = (z.softmax(1) - t).abs().sum(1).mean()
    assert_close(generalized_cross_entropy(z, t, 1.0), absolute / 2)


def test_gradient_is_that_of_cross_entropy_times_p_to_the_q():
    z, t = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(generalized_cross_entropy(z, t, 0.7), z)
    p = z.softmax(1)
    weight = (p * t).sum(1, keepdim=True) ** 0.7
    assert_close(g, (weight * (p - t) / 6).detach())


@pytest.mark.parametrize("q", [0.0, 0.7])
def test_gradcheck_with_soft_targets(q):
    z, _ = problem()
    t = torch.randn(6, 4, dtype=F64).softmax(1)
    assert torch.autograd.gradcheck(
        lambda z: GeneralizedCrossEntropy(q).batch_loss(z, t), (z.requires_grad_(),)
    )


@pytest.mark.parametrize("q", [0.0, 0.7, 1.0])
def test_an_impossible_label_has_a_finite_gradient(q):
    z = torch.tensor([[1e4, 0.0]], requires_grad=True)
    loss = generalized_cross_entropy(z, torch.tensor([[0.0, 1.0]]), q)
    (g,) = torch.autograd.grad(loss, z)
    assert_close(loss.item(), 1e4 if q == 0 else 1 / q)
    assert_close(g, torch.tensor([[1.0, -1.0]]) if q == 0 else torch.zeros(1, 2))


def test_a_sum_over_labels_is_constant_at_q_1():
    """Why it is robust: under symmetric noise the loss of the wrong labels says nothing."""
    z, _ = problem(1)
    z.requires_grad_()
    total = sum(generalized_cross_entropy(z, row[None], 1.0) for row in torch.eye(4, dtype=F64))
    assert_close(total, torch.tensor(3.0, dtype=F64))


def test_vmap_with_one_q_per_model():
    z, t = problem()
    qs = torch.tensor([0.0, 0.5, 1.0], dtype=F64)
    stacked = torch.func.vmap(lambda q: GeneralizedCrossEntropy(q).batch_loss(z, t))(qs)
    alone = [generalized_cross_entropy(z, t, q) for q in qs.tolist()]
    assert_close(stacked, torch.stack(alone))


@given(rate=st.floats(0, 1), classes=st.integers(2, 20))
def test_symmetric_noise(rate, classes):
    a = symmetric_noise(classes, torch.tensor(rate, dtype=F64))
    assert_close(a.sum(1), torch.ones(classes, dtype=F64))
    assert_close(a.diagonal(), torch.full((classes,), 1 - rate, dtype=F64))
    assert_close(a[0, 1], torch.tensor(rate / (classes - 1), dtype=F64))


def test_symmetric_noise_is_what_flip_labels_does():
    y = torch.arange(4).repeat(1000)
    noisy = flip_labels(y, 0.3, 4, stream(0, "noise"))
    counts = torch.zeros(4, 4).index_put_((y, noisy), torch.tensor(1.0), accumulate=True) / 1000
    # 12 numbers, each a binomial share with standard deviation sqrt(.1 .9 / 1000) = .0095: at
    # 5.5 deviations (alpha 1e-6) it would be .052
    assert_close(counts, symmetric_noise(4, 0.3), atol=0.052, rtol=0)


@pytest.mark.parametrize("a", [SKEWED, tuple(map(tuple, symmetric_noise(3, 0.4).tolist()))])
def test_forward_loss_is_smallest_at_the_clean_probabilities(a):
    """Expected over the noise. Plain cross-entropy has its minimum at the noisy ones instead."""
    a = torch.tensor(a, dtype=F64)
    a = a / a.sum(1, keepdim=True)
    clean = torch.tensor([[0.6, 0.3, 0.1]], dtype=F64)
    noisy = clean @ a
    z = clean.log().requires_grad_()
    (g,) = torch.autograd.grad(forward_loss(z, noisy, a), z)
    assert g.abs().max() < 1e-15
    (plain,) = torch.autograd.grad(soft_cross_entropy(z, noisy), z)
    assert plain.abs().max() > 0.05
    other = (clean.log() + torch.tensor([[0.2, 0.0, -0.1]])).detach()
    assert forward_loss(other, noisy, a) > forward_loss(z, noisy, a)


def test_forward_loss_equals_the_formula():
    z, t = problem(k=3)
    a = torch.tensor(SKEWED, dtype=F64)
    assert_close(forward_loss(z, t, a), -(t * (z.softmax(1) @ a).log()).sum(1).mean())
    assert torch.autograd.gradcheck(lambda z: forward_loss(z, t, a), (z.requires_grad_(),))


def test_forward_loss_in_logarithms():
    z = torch.tensor([[1e4, 0.0, -1e4]], requires_grad=True)
    t = torch.tensor([[0.0, 0.0, 1.0]])
    loss = forward_loss(z, t, torch.eye(3))
    assert_close(loss.item(), 2e4)
    (g,) = torch.autograd.grad(loss, z)
    assert_close(g, torch.tensor([[1.0, 0.0, -1.0]]))


def test_a_label_that_is_never_observed_adds_nothing():
    a = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    z = torch.tensor([[0.5, -0.5]], requires_grad=True)
    loss = forward_loss(z, torch.tensor([[0.3, 0.7]]), a)
    (g,) = torch.autograd.grad(loss, z)
    assert_close(loss.item(), 0.0, atol=1e-6, rtol=0)
    assert_close(g, torch.zeros(1, 2), atol=1e-6, rtol=0)


def test_the_technique_by_rate_and_by_transition():
    z, t = problem(k=3)
    a = symmetric_noise(3, torch.tensor(0.4, dtype=F64))
    assert_close(ForwardCorrection(0.4).batch_loss(z, t), forward_loss(z, t, a), rtol=1e-6, atol=0)
    skewed = ForwardCorrection(transition=SKEWED).batch_loss(z, t)
    assert_close(skewed, forward_loss(z, t, torch.tensor(SKEWED, dtype=F64)))
    assert_close(ForwardCorrection(0.0).batch_loss(z, t), soft_cross_entropy(z, t))


def test_vmap_with_one_rate_per_model():
    z, t = problem()
    rates = torch.tensor([0.0, 0.2, 1.0], dtype=F64)
    stacked = torch.func.vmap(lambda r: ForwardCorrection(r).batch_loss(z, t))(rates)
    assert_close(
        stacked,
        torch.stack([forward_loss(z, t, symmetric_noise(4, r)) for r in rates]),
    )
    assert torch.func.vmap(lambda z: ForwardCorrection(0.2).batch_loss(z, t))(z[None]).shape == (1,)


def test_are_values():
    lists = ForwardCorrection(transition=[list(row) for row in SKEWED])
    assert lists == ForwardCorrection(transition=SKEWED)
    for one in (GeneralizedCrossEntropy(0.7), ForwardCorrection(0.4), lists):
        assert one == pickle.loads(pickle.dumps(one))
        assert len({one, pickle.loads(pickle.dumps(one))}) == 1


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: GeneralizedCrossEntropy(1.1), r"q is a probability, in \[0, 1\]; got 1.1"),
        (lambda: generalized_cross_entropy(*problem(), -1), "q is a probability"),
        (lambda: generalized_cross_entropy(torch.ones(2, 1), torch.ones(2, 1), 0.5), "K >= 2"),
        (lambda: symmetric_noise(1, 0.5), "classes must be a whole number >= 2; got 1"),
        (lambda: symmetric_noise(3, 1.5), "rate is a probability"),
        (lambda: forward_loss(*problem(), torch.eye(3)), r"\(K, K\) with K = 4; got \(3, 3\)"),
        (lambda: forward_loss(torch.ones(2), torch.ones(2), torch.eye(2)), "must both be"),
        (lambda: ForwardCorrection(1.5), "rate is a probability"),
        (lambda: ForwardCorrection(), "pass either rate or transition"),
        (lambda: ForwardCorrection(0.1, SKEWED), "pass either rate or transition"),
        (lambda: ForwardCorrection(transition=((0.5, 0.4), (0, 1))), r"K = 2; got \(0.5, 0.4\)"),
        (lambda: ForwardCorrection(transition=((1.0,), (1.0,))), r"K = 2; got \(1.0,\)"),
        (lambda: ForwardCorrection(transition=((2.0, -1.0), (0, 1))), "each number of transition"),
        (lambda: ForwardCorrection(0.1).batch_loss(torch.ones(2), torch.ones(2)), "must both be"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
