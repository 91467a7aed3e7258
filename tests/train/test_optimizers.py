"""Stacked optimizers: parity with torch.optim for settings of their own, limits, errors."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.train.optimizers import Rates, make_optimizer, stacked_optimizer

M = 3
LR, MOMENTUM, DECAY = [0.1, 0.03, 0.2], [0.0, 0.9, 0.5], [0.0, 0.1, 0.3]


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
        optim = make_optimizer(one, name, LR[m], MOMENTUM[m], DECAY[m])
        for i, grad in enumerate(grads):
            optim.param_groups[0]["lr"] = LR[m] * 0.9**i
            one.weight.grad = grad[m].clone()
            optim.step()
        assert_close(w[m], one.weight.data, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_zero_stays_exactly_zero(name):
    w = torch.zeros(M, 4, 2, dtype=torch.float64)
    stacked = stacked_optimizer(name, [w], [Rates(column(LR), column(MOMENTUM), column(DECAY))])
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
    ],
)
def test_errors(wrong, message):
    settings = dict(name="sgd", lr=0.1, momentum=0.9, weight_decay=0.0) | wrong
    with pytest.raises(ValueError, match=message):
        make_optimizer(nn.Linear(2, 4), **settings)
