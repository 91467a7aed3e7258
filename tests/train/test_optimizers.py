"""Stacked optimizers: parity with torch.optim for settings of their own, limits, errors."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.penalties import add_prox, l2, soft_threshold
from reglab.train.optimizers import Rates, check_optimizer, make_optimizer, stacked_optimizer
from reglab.train.training import Training

M = 3
LR, MOMENTUM, DECAY = [0.1, 0.03, 0.2], [0.0, 0.9, 0.5], [0.0, 0.1, 0.3]


L1, L2 = [0.0, 0.05, 0.4], [0.2, 0.0, 0.3]


def column(values):
    return torch.tensor(values, dtype=torch.float64).view(-1, 1, 1)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_equals_torch(name):
    g = torch.Generator().manual_seed(0)
    start = torch.randn(M, 4, 2, generator=g, dtype=torch.float64)
    grads = torch.randn(50, M, 4, 2, generator=g, dtype=torch.float64)
    w = start.clone()
    stacked = stacked_optimizer(name, [w], [Rates(column(LR), column(MOMENTUM), column(DECAY))])
    for i, grad in enumerate(grads):
        stacked.step([grad], factor=0.9**i)
    for m in range(M):
        one = nn.Linear(2, 4, bias=False, dtype=torch.float64)
        one.weight.data.copy_(start[m])
        optim = make_optimizer(one, Training(LR[m], name, MOMENTUM[m], DECAY[m]))
        for i, grad in enumerate(grads):
            optim.param_groups[0]["lr"] = LR[m] * 0.9**i
            one.weight.grad = grad[m].clone()
            optim.step()
        assert_close(w[m], one.weight.data, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_penalties_equal_torch_with_a_gradient_of_l2_and_a_prox_of_l1(name):
    """Weights and a bias: l1 and l2 take the weights only, decay both."""
    g = torch.Generator().manual_seed(0)
    start = [torch.randn(M, *s, generator=g, dtype=torch.float64) for s in [(4, 2), (4, 1)]]
    grads = [torch.randn(200, *w.shape, generator=g, dtype=torch.float64) for w in start]
    ours = [w.clone() for w in start]
    common = [column(LR), column(MOMENTUM), column(DECAY)]
    rates = [Rates(*common, column(L1), column(L2)), Rates(*common)]
    stacked, zeros = stacked_optimizer(name, ours, rates), torch.zeros(M, dtype=torch.bool)
    for i, pair in enumerate(zip(*grads, strict=True)):
        stacked.step(pair, factor=0.99**i)
        zeros |= (ours[0] == 0).any((1, 2))
        assert ours[1].all()
    assert zeros.tolist() == [lam > 0 for lam in L1]
    for m in range(M):
        one = nn.Linear(2, 4, dtype=torch.float64)
        one.weight.data.copy_(start[0][m])
        one.bias.data.copy_(start[1][m, :, 0])
        optim = make_optimizer(one, Training(LR[m], name, MOMENTUM[m], DECAY[m]))
        prox = add_prox(optim, one, lambda w, step, m=m: soft_threshold(w, step * L1[m]))
        for i in range(200):
            optim.param_groups[0]["lr"] = LR[m] * 0.99**i
            (slope,) = torch.autograd.grad(l2(one, L2[m]), one.weight)
            one.weight.grad = grads[0][i, m] + slope
            one.bias.grad = grads[1][i, m, :, 0].clone()
            optim.step()
        prox.remove()
        assert_close(ours[0][m], one.weight.data, rtol=1e-12, atol=1e-14)
        assert_close(ours[1][m, :, 0], one.bias.data, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_make_optimizer_does_l1_and_l2_by_itself(name):
    pair = [nn.Linear(2, 4, dtype=torch.float64) for _ in range(2)]
    pair[1].load_state_dict(pair[0].state_dict())
    one = make_optimizer(pair[0], Training(0.1, name, 0.5, 0.3, l1=0.2, l2=0.4))
    other = make_optimizer(pair[1], Training(0.1, name, 0.5, 0.3))
    add_prox(other, pair[1], lambda w, step: soft_threshold(w, step * 0.2))
    x = torch.randn(5, 2, dtype=torch.float64)
    for _ in range(20):
        for module, optim, penalty in [(pair[0], one, 0.0), (pair[1], other, l2(pair[1], 0.4))]:
            optim.zero_grad()
            (module(x).square().mean() + penalty).backward()
            optim.step()
    for p, q in zip(pair[0].parameters(), pair[1].parameters(), strict=True):
        assert_close(p, q, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_zero_stays_exactly_zero(name):
    w = torch.zeros(M, 4, 2, dtype=torch.float64)
    rates = [Rates(*map(column, (LR, MOMENTUM, DECAY, L1, L2)))]
    stacked = stacked_optimizer(name, [w], rates)
    for _ in range(5):
        stacked.step([torch.zeros_like(w)])
    assert not w.any()


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(name="lbfgs"), "optimizer must be one of sgd, adam, adamw; got 'lbfgs'"),
        (dict(lr=0), "lr must be a finite number > 0; got 0"),
        (dict(momentum=-1), "momentum must be a finite number >= 0; got -1"),
        (dict(weight_decay=-1), "weight_decay must be a finite number >= 0; got -1"),
        (dict(l1=-1), "l1 must be a finite number >= 0; got -1"),
        (dict(l2=-1), "l2 must be a finite number >= 0; got -1"),
        (dict(momentum=1.0), r"momentum must be in \[0, 1\); got 1.0"),
        (dict(name="adamw", lr=0.5, weight_decay=3), r"got 0.5 \* 3; weight_decay <= 2 fits"),
    ],
)
def test_errors(wrong, message):
    settings = dict(name="sgd", lr=0.1, momentum=0.9, weight_decay=0.0) | wrong
    with pytest.raises(ValueError, match=message):
        check_optimizer(**settings)
