"""R-Drop: the divergence in closed form, the loss by hand, limits, gradients, vmap, errors."""

import copy
import math
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import vmap
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.dropout import Dropout
from reglab.dropout.consistency import RDrop, symmetric_kl

F64 = torch.float64


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def targets(*classes, k=3):
    return F.one_hot(torch.tensor(classes), k).double()


# the divergence


def test_two_coins_by_hand():
    """p = (3/4, 1/4) and q = (1/2, 1/2)."""
    z1, z2 = torch.tensor([math.log(3), 0.0], dtype=F64), torch.zeros(2, dtype=F64)
    forth = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    back = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    assert symmetric_kl(z1, z2).item() == pytest.approx((forth + back) / 2)


def test_it_is_torch_s_kl_both_ways():
    z1, z2 = normal(4, 3), normal(4, 3, seed=1)
    one, two = z1.log_softmax(-1), z2.log_softmax(-1)
    pairs = [(one, two), (two, one)]
    both = [F.kl_div(*pair, log_target=True, reduction="none").sum(-1) for pair in pairs]
    assert_close(symmetric_kl(z1, z2), (both[0] + both[1]) / 2)


def test_it_is_zero_for_equal_answers_symmetric_and_blind_to_shifts():
    z1, z2 = normal(4, 3), normal(4, 3, seed=1)
    assert not symmetric_kl(z1, z1).any()
    assert_close(symmetric_kl(z1, z2), symmetric_kl(z2, z1))
    assert_close(symmetric_kl(z1 + 7, z2 - 1e3), symmetric_kl(z1, z2))
    assert (symmetric_kl(z1, z2) > 0).all()


def test_far_logits_stay_finite():
    z = torch.tensor([[1e4, 0.0, -1e4]], dtype=F64, requires_grad=True)
    value = symmetric_kl(z, -z)
    value.sum().backward()
    assert value.isfinite().all() and z.grad.isfinite().all()


def test_gradient_of_the_divergence():
    inputs = [normal(3, 4, seed=s).requires_grad_() for s in (0, 1)]
    assert torch.autograd.gradcheck(symmetric_kl, inputs)


# the technique


def test_the_minibatch_is_there_twice():
    x, t = normal(3, 2), targets(0, 2, 1)
    x2, t2 = RDrop().change_batch(x, t, torch.Generator())
    assert torch.equal(x2, torch.cat([x, x])) and torch.equal(t2, torch.cat([t, t]))


def test_nothing_is_drawn_from_the_generator():
    g = torch.Generator().manual_seed(0)
    before = g.get_state()
    RDrop().change_batch(normal(3, 2), targets(0, 2, 1), g)
    assert torch.equal(g.get_state(), before)


def test_the_loss_by_hand():
    z, t = normal(4, 3), targets(0, 2)
    logs = z.log_softmax(-1)
    fit = -(logs[0, 0] + logs[1, 2] + logs[2, 0] + logs[3, 2]) / 4
    pull = (symmetric_kl(z[0], z[2]) + symmetric_kl(z[1], z[3])) / 2
    assert_close(RDrop(0.7).batch_loss(z, torch.cat([t, t])), fit + 0.7 * pull)


def test_it_is_half_the_paper_s_loss_at_half_its_alpha():
    """Liang et al.: -log P1 - log P2 + alpha (KL + KL) / 2, the mean over examples."""
    z, t = normal(4, 3), targets(0, 2)
    logs = [part.log_softmax(-1) for part in z.chunk(2)]
    nll = -sum((t * log).sum(-1) for log in logs)
    paper = (nll + 0.4 * symmetric_kl(*z.chunk(2))).mean()
    assert_close(RDrop(0.4 / 2).batch_loss(z, torch.cat([t, t])), paper / 2)


def test_without_pull_or_without_noise_it_is_cross_entropy():
    z, t = normal(4, 3), targets(0, 2, 1, 1)
    assert_close(RDrop(0.0).batch_loss(z, t), F.cross_entropy(z, t))
    twice = torch.cat([z, z]), torch.cat([t, t])
    assert_close(RDrop(5.0).batch_loss(*twice), F.cross_entropy(z, t))


def test_soft_targets():
    z, soft = normal(4, 3), normal(2, 3, seed=1).softmax(-1)
    soft = torch.cat([soft, soft])
    want = -(soft * z.log_softmax(-1)).sum(-1).mean()
    assert_close(RDrop(0.0).batch_loss(z, soft), want)


def test_two_masks_of_a_network_with_dropout():
    """Closed form for one linear layer: the two answers come from the two halves of the batch."""
    torch.manual_seed(0)
    network = nn.Sequential(Dropout(0.5), nn.Linear(6, 3, dtype=F64))
    x, t = RDrop().change_batch(normal(4, 6), targets(0, 1, 2, 0), None)
    z = network(x)
    assert (z[:4] != z[4:]).any()
    loss = RDrop(2.0).batch_loss(z, t)
    assert_close(loss, F.cross_entropy(z, t) + 2 * symmetric_kl(z[:4], z[4:]).mean())


def test_gradient():
    z, t = normal(4, 3).requires_grad_(), targets(0, 2)
    assert torch.autograd.gradcheck(lambda z: RDrop(0.7).batch_loss(z, torch.cat([t, t])), z)


def test_under_vmap_it_is_the_loop():
    z, t = normal(5, 4, 3), targets(0, 2, 0, 2)
    together = vmap(lambda z: RDrop(0.7).batch_loss(z, t))(z)
    assert_close(together, torch.stack([RDrop(0.7).batch_loss(one, t) for one in z]))


def test_under_vmap_each_model_has_its_own_alpha():
    z, t, alphas = normal(4, 3), targets(0, 2, 0, 2), torch.tensor([0.0, 2.0], dtype=F64)
    together = vmap(lambda a: RDrop(a).batch_loss(z, t))(alphas)
    assert_close(together, torch.stack([RDrop(float(a)).batch_loss(z, t) for a in alphas]))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("device", available_devices())
def test_dtypes_and_devices(dtype, device):
    if device == "mps" and dtype == torch.float64:
        pytest.skip("MPS has no float64")
    z = torch.ones(4, 3, dtype=dtype, device=device)
    loss = RDrop(1.0).batch_loss(z, z / 3)
    assert loss.dtype == dtype and loss.device.type == device


def test_it_is_a_value():
    assert RDrop(0.5) == RDrop(0.5) != RDrop(1.0)
    assert hash(RDrop(0.5)) == hash(RDrop(0.5))
    assert copy.deepcopy(RDrop(0.5)) == pickle.loads(pickle.dumps(RDrop(0.5))) == RDrop(0.5)
    with pytest.raises(AttributeError):
        RDrop().alpha = 2.0


@pytest.mark.parametrize("alpha", [-1.0, float("nan"), float("inf"), True])
def test_a_bad_alpha(alpha):
    with pytest.raises(ValueError, match="alpha must be a finite number >= 0; got"):
        RDrop(alpha)


def test_a_minibatch_that_was_not_doubled():
    with pytest.raises(ValueError, match=r"takes logits \(2B, K\).*got \(3, 3\); double it by"):
        RDrop().batch_loss(normal(3, 3), targets(0, 1, 2))


def test_real_targets_have_no_divergence():
    with pytest.raises(ValueError, match=r"K >= 2 classes; got \(4, 1\)"):
        RDrop().batch_loss(normal(4, 1), normal(4, 1))


def test_alpha_is_one_unless_said():
    assert RDrop().alpha == 1.0


def test_two_classes_are_enough():
    z = torch.zeros(2, 2)
    assert RDrop().batch_loss(z, torch.eye(2)).item() == pytest.approx(math.log(2))
