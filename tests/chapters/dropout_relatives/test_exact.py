"""The exact parts of the chapter, each against an independent computation."""

from itertools import product

import numpy as np
import pytest
import torch

from reglab.chapters.dropout_relatives import exact
from reglab.data import signals
from reglab.dropout import linear_rule

PS = [0.1, 0.3, 0.5]


@pytest.fixture(scope="module")
def pictures():
    return exact.pictures(PS).reshape(6, 3, 4, 4, 16)  # variant, p, example, channel, place


def test_each_variant_shares_its_decision_over_the_axes_it_names(pictures):
    spatial, words, examples, batch = pictures[2:]
    assert (spatial == spatial[..., :1]).all()
    assert (words == words[:, :, :1]).all()
    assert (examples == examples[:, :, :1, :1]).all()
    assert (batch == batch[:, :1, :1, :1]).all()


def test_no_variant_shares_more_than_it_says(pictures):
    blocks, spatial, words, examples, _ = pictures[1:, 1]
    for free in (pictures[0, 2], blocks):
        assert (free != free[:, :1]).any()
        assert (free != free[..., :1]).any()
    assert (spatial != spatial[:, :1]).any()
    assert (words != words[..., :1]).any()
    assert (examples != examples[:1]).any()
    assert set(np.unique(pictures)) == {0.0, 1.0}


def test_what_a_small_p_drops_a_larger_one_drops_too(pictures):
    assert (np.diff(pictures, axis=1) <= 0).all()


def test_the_shares_by_example(pictures):
    got = exact.dropped_by_example(exact.pictures(PS))
    assert got == pytest.approx(1 - pictures.mean((3, 4)))


@pytest.mark.parametrize("groups", [[0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1], [7, 7, 7, 7, 7, 7]])
def test_the_noise_of_shared_decisions(groups):
    c = np.random.default_rng(0).normal(size=6)
    want = exact.enumerated_noise(c, groups, 0.3)
    assert exact.shared_noise(c, groups, 0.3) == pytest.approx(want)


def test_single_decisions_and_one_for_all():
    c = np.array([1.0, 2.0, -4.0])
    assert exact.shared_noise(c, [0, 1, 2], 0.5) == pytest.approx(21.0)
    assert exact.shared_noise(c, [0, 0, 0], 0.5) == pytest.approx(1.0)


@pytest.mark.parametrize("block", [1, 2, 5])
def test_the_relative_noise_is_the_mean_square_of_a_correlated_sum(block):
    rho = np.array([0.0, 0.6, 1.0])
    distance = np.abs(np.subtract.outer(np.arange(block), np.arange(block)))
    want = [np.where(distance, float(r) ** distance, 1).sum() / block for r in rho]
    assert exact.relative_noise(rho, block) == pytest.approx(want)


def test_neighbors_in_the_signals_are_alike():
    x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]])
    want = np.corrcoef([1, 2, 0, 1], [2, 3, 1, 5])[0, 1]
    assert exact.neighbor_correlation(x) == pytest.approx(want, abs=1e-6)
    assert exact.neighbor_correlation(signals(0).train.x) > exact.neighbor_correlation(
        signals(0).train.x, distance=5
    )


def test_shares_of_blocks():
    got = exact.dropped_shares([0.2, 0.4], [1, 3], 8)
    assert got.shape == (2, 2, 8)
    assert got[1, 0] == pytest.approx(np.full(8, 0.4))
    assert got[0, 1, 0] == pytest.approx(0.2 * 8 / 3 / 6)


def test_the_mean_of_relu_over_masks():
    c = [0.8, -1.0, 0.3]
    got = exact.relu_means(c, [0.0, 0.5])
    assert got["all masks"][0] == got["normal"][0] == pytest.approx(0.1)
    sums = [2 * (a * 0.8 - b * 1.0 + d * 0.3) for a, b, d in product((0, 1), repeat=3)]
    by_hand = np.maximum(sums, 0)
    assert got["all masks"][1] == pytest.approx(np.mean(by_hand))
    assert got["mean weights"] == pytest.approx([0.1, 0.1])


def test_the_normal_mean_of_relu_by_sampling():
    c, p = np.array([0.8, -1.0, 0.3]), 0.5
    u = np.random.default_rng(0).normal(c.sum(), np.sqrt((c**2).sum()), 10**6)
    assert exact.relu_means(c, [p])["normal"][0] == pytest.approx(np.maximum(u, 0).mean(), abs=5e-3)


def test_memories():
    left = exact.memory_survival(0.05, [0, 1, 40])
    assert left["state, new mask each step"] == pytest.approx([1, 0.95, 0.95**40])
    assert left["state, tied mask"] == pytest.approx([1, 0.95, 0.95])
    assert left["zoneout"] == pytest.approx([1, 1, 1])


def test_the_share_of_branches_that_is_computed():
    rule = linear_rule(0.5, 12)
    assert exact.computed_share(0.5, 12) == pytest.approx(1 - sum(rule) / 12)


def test_a_single_block_is_a_run_of_four(pictures):
    rows = pictures[1, 0].reshape(-1, 16)  # p = 0.1: few blocks
    lengths = [len(run) for row in rows for run in "".join("#."[int(v)] for v in row).split(".")]
    assert min(n for n in lengths if n) == 4


def test_mean_weights_call_a_negative_unit_silent():
    assert exact.relu_means([-1.0, 0.5], [0.0, 0.5])["mean weights"].tolist() == [0.0, 0.0]
