"""Sharing between layers: tied and untied autoencoders, the gradient of an unrolled block."""

import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.parameter_sharing import layers as chapter
from reglab.data import signals


def test_tied_and_untied_start_as_the_same_function():
    x, found = torch.randn(3, 40), []
    for tied in (True, False):
        with chapter.KeyedRandomness(0, "init"):
            found.append(chapter.autoencoder(tied)(x))
    assert_close(*found)


def test_tied_it_has_half_the_weights():
    tied, untied = (
        sum(w.numel() for w in chapter.autoencoder(t).parameters() if w.ndim == 2)
        for t in (True, False)
    )
    assert 2 * tied == untied == 2 * 40 * chapter.CODE


def test_training_keeps_the_tie():
    x = signals(4190, 100).train.x
    network = chapter.train_autoencoder(x, True, seed=4190, lr=0.01, steps=5)
    assert network[2].weight is network[0].weight
    assert network[2](torch.eye(chapter.CODE)).shape == (chapter.CODE, 40)


def test_training_lowers_the_error_on_what_it_is_shown():
    x = signals(4190, 100).train.x
    before, after = (
        chapter.reconstruction_error(chapter.train_autoencoder(x, False, 0, 0.01, steps), x)
        for steps in (1, 200)
    )
    assert after < before / 2


def test_errors_are_those_of_the_trained_networks():
    found = chapter.reconstruct([4190, 4191], 50, {"tied": 0.01, "untied": 0.003}, steps=4)
    data = signals(4191, 50)
    network = chapter.train_autoencoder(data.train.x, False, 4191, 0.003, 4)
    one = found.sel(arm="untied", seed=4191)
    want = [(network(p.x) - p.x).square().mean().item() for p in (data.val, data.test)]
    assert [one.val_error.item(), one.test_error.item()] == pytest.approx(want)


def test_every_count_has_rates():
    assert tuple(chapter.RATES) == chapter.COUNTS
    assert all(list(rates) == ["tied", "untied"] for rates in chapter.RATES.values())


@pytest.mark.parametrize("times", [1, 2, 5])
def test_the_gradient_of_an_unrolled_block_is_the_sum_over_its_uses(times):
    whole, parts = chapter.gradients_of_unrolled(times)
    assert len(parts) == times
    assert_close(whole, sum(parts))


def test_the_uses_differ():
    _, parts = chapter.gradients_of_unrolled(2)
    assert not torch.allclose(*parts)
