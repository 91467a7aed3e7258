"""Decay: groups, parity with torch.optim, closed forms, limits, gradients, vmap, errors."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.core.device import available_devices
from reglab.penalties.decay import Moments, adam_step, half_life, parameter_groups, sgd_step

F64 = torch.float64
STEPS, SHAPE = 500, (4, 3)
DEVICES = [d for d in available_devices() if d != "mps"]  # MPS has no float64


def draws(seed=0, steps=STEPS):
    g = torch.Generator().manual_seed(seed)
    start = torch.randn(SHAPE, generator=g, dtype=F64)
    scale = torch.logspace(-3, 2, SHAPE[0] * SHAPE[1], dtype=F64).view(SHAPE)
    return start, scale * torch.randn(steps, *SHAPE, generator=g, dtype=F64)


def ours(step, start, grads, **settings):
    w, state = start.clone(), None
    for g in grads:
        w, state = step(w, g, state, **settings)
    return w


def theirs(kind, start, grads, **settings):
    w = nn.Parameter(start.clone())
    optimizer = kind([w], **settings)
    for g in grads:
        w.grad = g.clone()
        optimizer.step()
    return w.detach()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_sgd_with_l2_is_torch_s_weight_decay(momentum, lam, device):
    start, grads = (t.to(device) for t in draws())
    got = ours(sgd_step, start, grads, lr=0.02, momentum=momentum, lam=lam)
    want = theirs(torch.optim.SGD, start, grads, lr=0.02, momentum=momentum, weight_decay=lam)
    assert_close(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("betas, eps", [((0.9, 0.999), 1e-8), ((0.5, 0.9), 1e-3)])
@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_adam_and_adamw_are_torch_s(betas, eps, strength, device):
    start, grads = (t.to(device) for t in draws())
    common = dict(lr=0.02, betas=betas, eps=eps)
    for kind, name in [(torch.optim.Adam, "lam"), (torch.optim.AdamW, "decay")]:
        got = ours(adam_step, start, grads, **common, **{name: strength})
        want = theirs(kind, start, grads, **common, weight_decay=strength)
        assert_close(got, want, rtol=1e-12, atol=1e-12)


def test_l2_is_the_gradient_of_the_penalty():
    """lam in the step, or lam/2 sum w^2 in the loss: the same, for SGD and for Adam."""
    start, grads = draws(steps=20)
    for step in (sgd_step, adam_step):
        w, state = start.clone(), None
        for g in grads:
            v = w.clone().requires_grad_()
            (slope,) = torch.autograd.grad((v * g).sum() + 0.3 / 2 * v.square().sum(), v)
            w, state = step(w, slope, state, lr=0.02)
        assert_close(w, ours(step, start, grads, lr=0.02, lam=0.3), rtol=1e-12, atol=1e-12)


def test_without_momentum_l2_and_decay_are_one():
    start, grads = draws()
    one = ours(sgd_step, start, grads, lr=0.02, lam=0.3)
    assert_close(one, ours(sgd_step, start, grads, lr=0.02, decay=0.3), rtol=1e-12, atol=1e-12)


def test_with_momentum_they_are_not_and_l2_counts_1_over_1_minus_momentum_times():
    start, grads = draws(steps=2000)
    still = torch.zeros_like(grads)
    one = ours(sgd_step, start, still, lr=1e-3, momentum=0.9, lam=0.1)
    equal = ours(sgd_step, start, still, lr=1e-3, momentum=0.9, decay=0.1)
    scaled = ours(sgd_step, start, still, lr=1e-3, momentum=0.9, decay=0.1 / (1 - 0.9))
    assert_close(equal / start, torch.full_like(start, (1 - 1e-4) ** 2000))
    assert ((one / scaled - 1).abs() < 0.02).all() and (one / equal < 0.2).all()


def test_under_adam_l2_takes_from_all_weights_alike_and_decay_in_proportion():
    """Without any loss, Adam's L2 moves each weight by about lr a step, whatever lam is."""
    w, still = torch.tensor([10.0, 0.01], dtype=F64), torch.zeros(100, 2, dtype=F64)
    large, small = ours(adam_step, w, still, lr=1e-3, lam=1e-2)
    assert abs(large - 9.9) < 5e-4 and abs(small) < 1e-3
    again = ours(adam_step, w, still, lr=1e-3, lam=1e-1)
    assert_close(again[0], large, rtol=1e-4, atol=0)  # lam cancels
    assert_close(ours(adam_step, w, still, lr=1e-3, decay=1e-2), w * (1 - 1e-5) ** 100)


def test_scaling_the_loss_rescales_adam_s_l2_but_not_its_decay():
    start, grads = draws()
    for name, invariant in [("lam", False), ("decay", True)]:
        one, other = (
            ours(adam_step, start, grads * c, lr=0.01, eps=1e-300, **{name: 0.1}) for c in (1, 8)
        )
        assert torch.allclose(one, other, rtol=1e-9) == invariant
    scaled = ours(adam_step, start, grads * 8, lr=0.01, eps=1e-300, lam=0.8)
    assert_close(scaled, ours(adam_step, start, grads, lr=0.01, eps=1e-300, lam=0.1))


@pytest.mark.parametrize("step", [sgd_step, adam_step])
def test_the_first_step_with_full_decay_forgets_the_weight(step):
    start, (g,) = draws(steps=1)
    forgot, _ = step(start, g, lr=0.5, decay=2.0)
    assert_close(forgot, step(torch.zeros_like(start), g, lr=0.5)[0])


def test_an_endless_l2_hides_the_gradient_from_adam():
    start, (g,) = draws(steps=1)
    moved, _ = adam_step(start, g, lr=0.1, lam=1e30)
    assert_close(moved, start - 0.1 * start.sign())


@pytest.mark.parametrize("step", [sgd_step, adam_step])
def test_gradients(step):
    start, grads = draws(steps=2)
    _, state = step(start, grads[0], lr=0.1)
    lam, decay = (torch.tensor(v, dtype=F64, requires_grad=True) for v in (0.1, 0.2))
    inputs = (start.requires_grad_(), grads[1].requires_grad_(), lam, decay)
    assert torch.autograd.gradcheck(
        lambda w, g, lam, decay: step(w, g, state, lr=0.1, lam=lam, decay=decay)[0], inputs
    )


@pytest.mark.parametrize("name", ["lam", "decay"])
@pytest.mark.parametrize("step", [sgd_step, adam_step])
def test_vmap_with_one_strength_per_model(step, name):
    start, grads = draws(steps=1)
    strengths = torch.tensor([0.0, 0.1, 2.0], dtype=F64)
    starts = torch.stack([start, 2 * start, -start])

    def one(w, strength):
        return step(w, grads[0], lr=0.1, **{name: strength})[0]

    stacked = torch.func.vmap(one)(starts, strengths)
    assert_close(
        stacked, torch.stack([one(*pair) for pair in zip(starts, strengths.tolist(), strict=True)])
    )


def test_inputs_are_left_alone():
    start, (g, h) = draws(steps=2)
    kept = start.clone(), g.clone(), h.clone()
    _, velocity = sgd_step(start, g, lr=0.1, momentum=0.9, lam=1.0, decay=1.0)
    sgd_step(start, h, velocity, lr=0.1, momentum=0.9)
    _, state = adam_step(start, g, lr=0.1, lam=1.0, decay=1.0)
    copy = Moments(state.first.clone(), state.second.clone(), state.steps)
    adam_step(start, h, state, lr=0.1)
    for now, before in zip((start, g, h, *state[:2]), (*kept, *copy[:2]), strict=True):
        assert torch.equal(now, before)
    assert state.steps == 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.body = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm((2, 4)), nn.BatchNorm1d(4))
        self.head = nn.Linear(4, 5)
        self.head.weight = self.embed.weight  # tied


def names(model, group):
    own = {id(p): name for name, p in model.named_parameters()}
    return {own[id(p)] for p in group["params"]}


def test_groups_hold_every_parameter_once():
    model = Net()
    decayed, rest = parameter_groups(model, 0.1)
    assert (decayed["weight_decay"], rest["weight_decay"]) == (0.1, 0.0)
    assert names(model, decayed) == {"embed.weight", "body.0.weight"}
    assert names(model, rest) == {
        "body.0.bias", "body.1.weight", "body.1.bias", "body.2.weight", "body.2.bias", "head.bias",
    }  # fmt: skip
    together = [id(p) for group in (decayed, rest) for p in group["params"]]
    assert sorted(together) == sorted(id(p) for p in model.parameters())


def test_groups_without_embeddings():
    model = Net()
    model.head = nn.Linear(4, 5)
    decayed, rest = parameter_groups(model, 0.1, embeddings=False)
    assert names(model, decayed) == {"body.0.weight", "head.weight"}
    assert "embed.weight" in names(model, rest)


def test_torch_takes_the_groups_and_decays_nothing_else():
    model = Net()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.5), lr=0.1)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    decayed = {"embed.weight", "body.0.weight"}
    for name, p in model.named_parameters():
        assert_close(p.detach(), before[name] * (0.95 if name in decayed else 1.0))


def test_one_group_where_the_other_is_empty():
    (only,) = parameter_groups(nn.Linear(2, 3, bias=False), 0.1)
    assert only["weight_decay"] == 0.1
    (only,) = parameter_groups(nn.LayerNorm(3), 0.1)
    assert only["weight_decay"] == 0.0 and len(only["params"]) == 2
    with pytest.raises(ValueError, match="no parameters"):
        parameter_groups(nn.ReLU(), 0.1)


def test_half_life():
    assert half_life(0.1, 0.0) == math.inf and half_life(0.1, 10.0) == 0.0
    assert half_life(0.5, 1.0) == 1.0
    steps = half_life(1e-3, 1e-2)
    assert math.isclose((1 - 1e-5) ** steps, 0.5, rel_tol=1e-9)
    assert math.isclose(half_life(1e-9, 1e-9), math.log(2) * 1e18, rel_tol=1e-9)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(lr=0.0), "lr must be a finite number > 0; got 0.0"),
        (dict(lam=-1.0), "lam must be a finite number >= 0; got -1.0"),
        (dict(decay=float("nan")), "decay must be a finite number >= 0; got nan"),
        (dict(decay=11.0), r"at most 1; got 0.1 \* 11; decay <= 10 fits this lr"),
        (dict(momentum=1.0), r"momentum must be in \[0, 1\); got 1.0"),
        (dict(momentum=-0.1), "momentum must be a finite number >= 0"),
        (dict(betas=(1.0, 0.9)), r"beta1 must be in \[0, 1\); got 1.0"),
        (dict(betas=(0.9, -0.1)), "beta2 must be a finite number >= 0"),
        (dict(eps=0.0), "eps must be a finite number > 0"),
    ],
)
def test_errors(wrong, message):
    w = torch.ones(2)
    step = adam_step if wrong.keys() & {"betas", "eps"} else sgd_step
    with pytest.raises(ValueError, match=message):
        step(w, w, **dict(lr=0.1) | wrong)
    if wrong.keys() & {"lr", "lam", "decay"}:
        with pytest.raises(ValueError, match=message):
            adam_step(w, w, **dict(lr=0.1) | wrong)


def test_other_errors():
    with pytest.raises(ValueError, match="weight_decay must be a finite number >= 0; got -1"):
        parameter_groups(nn.Linear(2, 3), -1)
    with pytest.raises(ValueError, match="at most 1"):
        half_life(1.0, 2.0)
