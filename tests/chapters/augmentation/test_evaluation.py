"""Copies split both ways, views at test time: against naive loops."""

import numpy as np
import pytest
import torch
from torch import nn

from reglab.chapters.augmentation import evaluation
from reglab.chapters.augmentation import networks as nets
from reglab.data import signals


def nearest_original(x, originals):
    """Which original each row is a shifted copy of, and at what distance."""
    shifts = torch.stack([originals.roll(k, 1) for k in range(-3, 4)])
    gaps = torch.cdist(x, shifts.flatten(0, 1)).reshape(len(x), 7, -1).amin(1)
    return gaps.argmin(1), gaps.amin(1)


@pytest.mark.parametrize(("split", "shared"), [("rows", True), ("originals", False)])
def test_copies_of_an_original_stand_on_one_side_or_on_both(split, shared):
    drawn, plain = evaluation.copied(3, split), signals(3, n_train=evaluation.ORIGINALS)
    assert (len(drawn.train), len(drawn.val)) == (4000, 1000)
    assert torch.equal(drawn.test.x, plain.test.x)
    sides = []
    for part in (drawn.train, drawn.val):
        origin, gap = nearest_original(part.x[:600], plain.train.x)
        assert gap.max() < 0.2, "a shifted copy with noise of 0.01"
        assert torch.equal(plain.train.y[origin], part.y[:600])
        sides.append(set(origin.tolist()))
    assert bool(sides[0] & sides[1]) == shared


def test_copies_are_drawn_by_seed():
    first, again = evaluation.copied(0, "rows"), evaluation.copied(0, "rows")
    assert torch.equal(first.train.x, again.train.x)
    assert not torch.equal(first.train.x[:9], evaluation.copied(1, "rows").train.x[:9])


def test_the_leak_shows_after_a_few_epochs():
    runs = evaluation.leak([0], epochs=8)
    gap = runs.test_error - runs.val_error
    assert float(gap.sel(split="rows", seed=0)) > 0.02
    assert float(gap.sel(split="rows", seed=0)) > float(gap.sel(split="originals", seed=0))


def test_views_are_all_shifts_once():
    x = torch.arange(6.0)[None]
    got = torch.cat(evaluation.shifted_views(1)(x))
    assert torch.equal(got, torch.stack([x[0].roll(k) for k in (-1, 0, 1)]))
    assert torch.equal(evaluation.with_reversed(x)[1], x.flip(-1))


@pytest.fixture(scope="module")
def runs():
    return nets.trained({"none": []}, [0, 1], epochs=2, keep="networks")


def test_errors_of_views_by_hand(runs):
    got = evaluation.error_of_views(runs, evaluation.shifted_views(1))
    assert isinstance(runs.network.values[0, 0], nn.Module)
    network, test = runs.network.sel(arm="none", seed=1).item(), signals(1).test
    with torch.no_grad():
        p = sum(network(test.x.roll(k, 1)).softmax(1) for k in (-1, 0, 1))
    want = (p.argmax(1) != test.y).double().mean().item()
    assert float(got.sel(arm="none", seed=1)) == pytest.approx(want, abs=1e-3)


def test_one_view_is_the_test_error(runs):
    got = evaluation.error_of_views(runs, evaluation.shifted_views(0))
    np.testing.assert_allclose(got, runs.test_error, atol=1e-3)
