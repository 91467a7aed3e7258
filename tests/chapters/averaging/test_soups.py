"""Soups in miniature: pools, copies of one start, what is measured, by hand."""

import numpy as np
import pytest
import torch

from reglab.augmentation import Shift
from reglab.averaging import greedy_soup, interpolate_weights, uniform_soup
from reglab.chapters.averaging import soups
from reglab.data import signals
from reglab.train import fit, mlp

SEED = 4098


@pytest.fixture(scope="module")
def starts():
    return soups.pretrain([SEED], epochs=1)


@pytest.fixture(scope="module")
def copies(starts):
    return soups.fine_tune(starts, "clean", rates=[0.05, 0.2])


def test_pretraining_is_what_fit_trains(starts):
    net = mlp(64).build(40, 10, seed=SEED)
    fit(net, soups.pretraining_data(SEED), epochs=1, lr=0.1, schedule="cosine", seed=SEED)
    for p, q in zip(net.parameters(), starts[SEED].parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-3, atol=1e-4)


def test_pretraining_sees_other_and_noisier_signals():
    """From another pool: a signal of one pool at a higher noise is no new signal."""
    ours, theirs = soups.pretraining_data(SEED).train.x, signals(SEED).train.x
    assert len(ours) == 4000
    near = torch.cdist(ours[:500], theirs).amin(1).median()
    other = torch.cdist(signals(SEED).test.x[:500], theirs).amin(1).median()
    assert near > other


def test_a_copy_is_what_fit_trains(starts, copies):
    net = mlp(64).build(40, 10)
    net.load_state_dict(starts[SEED].state_dict())
    seed = 5 * SEED + 3
    fit(net, signals(SEED, 300), epochs=30, lr=0.05, schedule="cosine", seed=seed,
        techniques=[Shift(3)])  # fmt: skip
    got = copies.sel(lr=0.05, seed=SEED, copy=3).item()
    for p, q in zip(net.parameters(), got.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-2, atol=1e-3)


def test_independent_networks_have_starts_of_their_own():
    nets = soups.train_independent([SEED], epochs=1)
    assert nets.dims == ("lr", "seed", "copy") and nets.shape == (1, 1, 5)
    net = mlp(64).build(40, 10, seed=5 * SEED + 2)
    fit(net, signals(SEED), epochs=1, lr=0.2, schedule="cosine", seed=5 * SEED + 2)
    for p, q in zip(net.parameters(), nets[0, 0, 2].item().parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-2, atol=1e-3)


def test_measures_by_hand(copies):
    found = soups.measure_soups(copies).sel(lr=0.2, seed=SEED)
    group = list(copies.sel(lr=0.2, seed=SEED).values)
    data = signals(SEED)

    def wrong(net, part=data.test):
        with torch.no_grad():
            return (net(part.x).argmax(1) != part.y).double().mean().item()

    val = [wrong(net, data.val) for net in group]
    assert found.member.item() == pytest.approx(np.mean([wrong(net) for net in group]))
    assert found.val_member.item() == pytest.approx(np.mean(val))
    assert found.best.item() == pytest.approx(wrong(group[int(np.argmin(val))]))
    assert found.soup.item() == pytest.approx(wrong(uniform_soup(group)))
    greedy, chosen = greedy_soup(group, lambda net: wrong(net, data.val))
    assert found.greedy.item() == pytest.approx(wrong(greedy))
    assert found.taken.item() == len(chosen)
    with torch.no_grad():
        p = torch.stack([net(data.test.x).double().softmax(1) for net in group]).mean(0)
    want = (p.argmax(1) != data.test.y).double().mean().item()
    assert found.ensemble.item() == pytest.approx(want)


def test_the_line_runs_between_the_first_two(copies):
    found = soups.measure_soups(copies).sel(lr=0.05, seed=SEED)
    one, two = copies.sel(lr=0.05, seed=SEED).values[:2]
    data = signals(SEED)
    for share in (0.0, 0.5, 1.0):
        want = soups.error(interpolate_weights(one, two, share), data.test)
        assert found.line.sel(share=share).item() == pytest.approx(want)
    ends = np.linspace(found.line.values[0], found.line.values[-1], 21)
    assert found.barrier.item() == pytest.approx((found.line.values - ends).max())
