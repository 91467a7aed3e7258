"""Entropy: torch.distributions, its gradient, and the sign: which technique pulls which way."""

import math
import pickle

import pytest
import torch
from torch.distributions import Categorical
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.targets import ConfidencePenalty, EntropyMinimization, entropy, soft_cross_entropy

F64 = torch.float64
BOTH = [ConfidencePenalty, EntropyMinimization]


def problem(b=6, k=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    z = 3 * torch.randn(b, k, generator=g, dtype=F64)
    return z, torch.randn(b, k, generator=g, dtype=F64).softmax(1)


def test_equals_torch_distributions():
    z, _ = problem()
    assert_close(entropy(z), Categorical(logits=z).entropy())
    assert_close(entropy(z.reshape(2, 3, 4)), entropy(z).reshape(2, 3))


def test_gradient():
    """-p (log p + H) in each logit."""
    z, _ = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(entropy(z).sum(), z)
    p = z.softmax(1)
    assert_close(g, -p * (p.log() + entropy(z)[:, None]))
    assert torch.autograd.gradcheck(entropy, (z,))


def test_limits_are_finite():
    z = torch.tensor([[1e4, 0.0, 0.0], [0.0, 0.0, 0.0], [-1e4, 1e4, 1e4]], requires_grad=True)
    h = entropy(z)
    assert_close(h, torch.tensor([0.0, math.log(3), math.log(2)]))
    (g,) = torch.autograd.grad(h.sum(), z)
    assert_close(g, torch.zeros(3, 3), atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind, sign", [(ConfidencePenalty, -1), (EntropyMinimization, 1)])
def test_the_sign(kind, sign):
    z, t = problem()
    want = soft_cross_entropy(z, t) + sign * 0.3 * Categorical(logits=z).entropy().mean()
    assert_close(kind(0.3).batch_loss(z, t), want)


@pytest.mark.parametrize("kind, grows", [(ConfidencePenalty, True), (EntropyMinimization, False)])
def test_a_step_without_labels_moves_the_entropy(kind, grows):
    """What each does to a network: one step of gradient descent on outputs alone."""
    z, t = problem()
    z.requires_grad_()
    (g,) = torch.autograd.grad(kind(1.0).batch_loss(z, torch.zeros_like(t)), z)
    after = entropy((z - 0.1 * g).detach())
    assert ((after > entropy(z.detach())) == grows).all()


def test_as_a_reward_the_bonus_has_a_plus():
    """Maximizing J + beta H is minimizing -J - beta H: both push the entropy up."""
    z, _ = problem(1)
    reward = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=F64)
    z.requires_grad_()
    J = (z.softmax(1) @ reward).sum()
    (bonus,) = torch.autograd.grad(J + 0.3 * entropy(z).sum(), z, retain_graph=True)
    loss = ConfidencePenalty(0.3).batch_loss(z, torch.zeros_like(z)) - J
    (descent,) = torch.autograd.grad(loss, z)
    assert_close(bonus, -descent)


def test_penalty_and_smoothing_are_two_directions_of_one_divergence():
    """-H(p) = KL(p || u) - log K, and smoothing's part is KL(u || p) + log K."""
    z, _ = problem()
    u, log_p = torch.full_like(z, 0.25), F.log_softmax(z, dim=1)
    forward = F.kl_div(u.log(), log_p, log_target=True, reduction="batchmean")
    assert_close(-entropy(z).mean(), forward - math.log(4))
    backward = F.kl_div(log_p, u, reduction="batchmean")
    assert_close(soft_cross_entropy(z, u), backward + math.log(4))


@pytest.mark.parametrize("kind", BOTH)
def test_off_value_is_cross_entropy(kind):
    z, t = problem()
    assert torch.equal(kind(0.0).batch_loss(z, t), soft_cross_entropy(z, t))


@pytest.mark.parametrize("kind", BOTH)
def test_gradcheck_and_vmap(kind):
    z, t = problem()
    assert torch.autograd.gradcheck(lambda z: kind(0.3).batch_loss(z, t), (z.requires_grad_(),))
    betas = torch.tensor([0.0, 0.1, 2.0], dtype=F64)
    stacked = torch.func.vmap(lambda beta: kind(beta).batch_loss(z, t))(betas)
    assert_close(stacked, torch.stack([kind(b).batch_loss(z, t) for b in betas.tolist()]))


@pytest.mark.parametrize("kind", BOTH)
def test_is_a_value(kind):
    assert kind(0.2) == pickle.loads(pickle.dumps(kind(0.2))) != kind(0.3)
    assert len({kind(0.2), kind(0.2)}) == 1


@pytest.mark.parametrize("kind", BOTH)
def test_errors(kind):
    with pytest.raises(ValueError, match="beta must be a finite number >= 0; got -0.1"):
        kind(-0.1)
    with pytest.raises(ValueError, match="K >= 2 classes"):
        kind(0.1).batch_loss(torch.ones(3, 1), torch.ones(3, 1))
