"""The stack: padding stays zero, one product equals M networks, gradients, unstacking."""

import pytest
import torch
from readable_stack import ReadableStack, forward
from torch.testing import assert_close
from train_toys import I, K, task, toy

from reglab.train import mlp
from reglab.train.engines.backprop import FastStack

WIDTHS = [3, 5, 8]
ENGINES = [ReadableStack, FastStack]


def stack(engine=ReadableStack, **training):
    return engine(task(mlp(WIDTHS, dropout=0.2), seeds=[4], **training))


def alone(width):
    return mlp(width, dropout=0.2).build(I, K, 4, torch.float64).eval()


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_equal_each_network_alone(engine, monkeypatch):
    s, x = stack(engine), toy().test.x
    monkeypatch.setattr("reglab.train.engines.stacked.CHUNK", 50)  # several pieces
    z = s.outputs([0, 1, 2], x)
    assert z.shape == (3, K, 40)
    for m, width in enumerate(WIDTHS):
        assert_close(z[m].T, alone(width)(x), rtol=1e-14, atol=1e-14)
    assert_close(s.outputs([2, 0], x), z[[2, 0]], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("engine", ENGINES)
def test_unstack_gives_the_plain_network(engine):
    s = stack(engine)
    for m, width in enumerate(WIDTHS):
        for own, want in zip(s.network(m).parameters(), alone(width).parameters(), strict=True):
            assert torch.equal(own, want)
        assert not s.network(m).training


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_padding_stays_exactly_zero(engine, optimizer):
    s = stack(engine, optimizer=optimizer, l1=[0.0, 0.001], l2=0.1)
    for epoch in range(5):
        s.train_epoch(epoch)
    for m, width in enumerate(n.spec.width for n in s.task.networks):
        w1, b1, w2, b2, w3, b3 = (w[m] for w in s.params)
        for padding in (w1[width:], b1[width:], w2[width:], w2[:, width:], b2[width:]):
            assert not padding.any()
        assert not w3[:, width:].any() and b3.all()


def test_noise_multiplies_each_hidden_layer():
    s, x = stack(), toy().test.x
    half = [torch.full((3, 8, 1), 0.5, dtype=torch.float64)] * 2
    w1, b1, w2, b2, w3, b3 = s.params
    h = 0.5 * (w2 @ (0.5 * (w1 @ x.T + b1).relu()) + b2).relu()
    assert_close(forward(s.params, x.T, half), w3 @ h + b3)
