"""Attention weights of a network, what dropout leaves of them, and the exact excess loss."""

import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.transformers.attention import (
    dropped_weights,
    kl_to_source,
    weights_of_heads,
)
from reglab.chapters.transformers.model import Transformer
from reglab.data import markov, markov_source

F64 = torch.float64


def network(tokens=6, symbols=4):
    torch.manual_seed(0)
    return Transformer(symbols, tokens).to(F64)


def test_the_weights_are_those_that_the_network_uses():
    net, x = network(), torch.tensor([0, 3, 1, 1, 2, 0])
    a, block = weights_of_heads(net, x), net.blocks[0]
    h = block.norm1(net.embed(x) + net.place.weight)
    v = block.attention.project(h)[:, 32:].unflatten(1, (2, 8)).transpose(0, 1)
    want = block.attention.out((a @ v).transpose(0, 1).flatten(1))
    assert_close(want, block.attention(h[None])[0])


def test_the_network_is_left_without_the_hook():
    net = network()
    weights_of_heads(net, torch.tensor([0, 3, 1]))
    assert not net.blocks[0].attention.attend._forward_pre_hooks


def test_dropped_weights_are_zero_or_scaled():
    a = torch.rand(2, 30, 30, dtype=F64, generator=torch.Generator().manual_seed(0)) + 0.1
    found = dropped_weights(a, [0.0, 0.3], draws=2)
    assert found.shape == (2, 2, 2, 30, 30)
    assert_close(found[0], a.expand(2, 2, 30, 30))
    share = (found[1] == 0).double().mean()
    assert abs(share - 0.3) < 4.9 * (0.21 / found[1].numel()) ** 0.5  # alpha 1e-6
    kept = found[1] / a
    assert_close(kept[kept > 0], torch.full_like(kept[kept > 0], 1 / 0.7), rtol=1e-4, atol=0)
    assert not torch.equal(found[1, 0], found[1, 1])


def test_a_larger_p_drops_what_a_smaller_one_does():
    small, large = dropped_weights(torch.ones(1, 40, 40), [0.1, 0.5], draws=1)
    assert ((small == 0) <= (large == 0)).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_cross_entropy_is_the_source_s_entropy_plus_the_divergence(seed):
    """Exactly: the expected loss over all next symbols, context by context."""
    net, source = network(), markov_source(seed, symbols=4)
    x = markov(seed, n_train=5, n_val=1, n_test=1, length=6, symbols=4).train.x
    best = source.best_predictions(x)
    with torch.no_grad():
        logs = net(x).log_softmax(-1)
    expected_loss = -(best * logs).sum(-1).mean()
    entropy = -(best * best.log()).sum(-1).mean()
    assert_close(kl_to_source(net, source, x), float(expected_loss - entropy))
    assert kl_to_source(net, source, x) > 0


def test_the_source_itself_has_no_excess():
    class Source(torch.nn.Module):
        def forward(self, x):
            return source.best_predictions(x).log()

    source = markov_source(2, symbols=4)
    x = markov(2, n_train=5, n_val=1, n_test=1, length=6, symbols=4).train.x
    assert kl_to_source(Source(), source, x) == pytest.approx(0, abs=1e-15)


def test_measured_excess_comes_near_the_divergence():
    net, source = network(), markov_source(3, symbols=4)
    part = markov(3, n_train=20_000, n_val=1, n_test=1, length=6, symbols=4).train
    with torch.no_grad():
        logs = net(part.x).log_softmax(-1).gather(-1, part.y[..., None])[..., 0]
    best = source.best_predictions(part.x).log().gather(-1, part.y[..., None])[..., 0]
    excess = (best - logs).mean(1)
    error = float(excess.std()) / len(part) ** 0.5
    assert float(excess.mean()) == pytest.approx(kl_to_source(net, source, part.x), abs=5 * error)
