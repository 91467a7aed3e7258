"""Folded optimizers: the same as the stacked ones, given a call that adds the gradient."""

import pytest
import torch
from torch.testing import assert_close

from reglab.train.engines.folded import folded_optimizer
from reglab.train.optimizers import Rates, stacked_optimizer

M, O, I = 6, 4, 5


def column(*values):
    return torch.tensor(values, dtype=torch.float64).view(-1, 1, 1)


MIXED = Rates(column(*[0.1, 0.2] * 3), column(*[0.0, 0.5, 0.9] * 2), column(*[0.0, 0.1] * 3))
PENALIZED = Rates(MIXED.lr, MIXED.momentum, MIXED.decay, MIXED.decay / 5, MIXED.decay * 3)
PLAIN = Rates(column(*[0.1] * M), column(*[0.0] * M), column(*[0.0, 0.1] * 3))
EQUAL = Rates(column(*[0.1] * M), column(*[0.9] * M), column(*[0.0] * M))


@pytest.mark.parametrize(
    "rates", [MIXED, EQUAL, PLAIN, PENALIZED], ids=["mixed", "equal", "plain", "penalized"]
)
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_equals_the_stacked_optimizer(name, rates):
    g = torch.Generator().manual_seed(0)
    start = [torch.randn(M, *s, generator=g, dtype=torch.float64) for s in [(O, I), (2, O)]]
    ours, plain = [w.clone() for w in start], [w.clone() for w in start]
    folded = folded_optimizer(name, ours, [rates] * 2)
    stacked = stacked_optimizer(name, plain, [rates] * 2)

    def adds(layer, gradient):
        total = folded.sums[layer]
        return lambda beta: total.copy_(gradient + (beta * total if beta else 0.0))

    for factor in (1.0, 0.5, 2.0):
        grads = [torch.randn(w.shape, generator=g, dtype=torch.float64) for w in start]
        for layer in (1, 0):
            folded.learn(layer, adds(layer, grads[layer]), factor)
        stacked.step(grads, factor)
    for one, other in zip(ours, plain, strict=True):
        assert_close(one, other, rtol=1e-13, atol=1e-14)
