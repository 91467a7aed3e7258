"""Folded optimizers: the same as the stacked ones, given the gradient; merged products."""

import pytest
import torch
from torch.testing import assert_close

from reglab.train.folded import folded_optimizer
from reglab.train.optimizers import Rates, stacked_optimizer

G, S, O, I, B = 2, 3, 4, 5, 7
M = G * S


def column(*values):
    return torch.tensor(values, dtype=torch.float64).view(-1, 1, 1)


MIXED = Rates(column(*[0.1, 0.2] * 3), column(*[0.0, 0.5, 0.9] * 2), column(*[0.0, 0.1] * 3))
PENALIZED = Rates(MIXED.lr, MIXED.momentum, MIXED.decay, MIXED.decay / 5, MIXED.decay * 3)
EQUAL = Rates(column(*[0.1] * M), column(*[0.9] * M), column(*[0.0] * M))


@pytest.mark.parametrize("rates", [MIXED, EQUAL, PENALIZED], ids=["mixed", "equal", "penalized"])
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_equals_the_stacked_optimizer(name, rates):
    g = torch.Generator().manual_seed(0)
    start = [torch.randn(M, *s, generator=g, dtype=torch.float64) for s in [(O, I), (2, O)]]
    ours, plain = [w.clone() for w in start], [w.clone() for w in start]
    folded = folded_optimizer(name, ours, [ours[0].view(G, S * O, I), ours[1]], [rates] * 2)
    stacked = stacked_optimizer(name, plain, [rates] * 2)
    for factor in (1.0, 0.5, 2.0):
        h = [torch.randn(*s, generator=g, dtype=torch.float64) for s in [(G, I, B), (M, O, B)]]
        delta = [torch.randn(M, o, B, generator=g, dtype=torch.float64) for o in (O, 2)]
        folded.learn(1, delta[1], h[1].mT, factor)
        folded.learn(0, delta[0].view(G, S * O, B), h[0].mT, factor)
        own = h[0].repeat_interleave(S, dim=0)
        stacked.step([delta[0] @ own.mT, delta[1] @ h[1].mT], factor)
    for one, other in zip(ours, plain, strict=True):
        assert_close(one, other, rtol=1e-13, atol=1e-14)
