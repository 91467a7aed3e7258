"""Pruning in miniature: who starts where, which weights are left, and what a round is."""

import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.parameter_sharing import tickets as chapter
from reglab.data import signals
from reglab.sharing import masked_network
from reglab.train import mlp

SEEDS = [4190, 4191]
RATES = {method: [0.1, 0.1] for method in chapter.METHODS}
SMALL = dict(epochs=3, n_train=200)


@pytest.fixture(scope="module")
def dense():
    return chapter.train({"dense": {}}, SEEDS, 3, [2, 3], 200)


@pytest.fixture(scope="module")
def points(
    dense,
):
    return chapter.start_points(dense, SEEDS, 3)


def first_weight(network):
    return chapter.effective_weights(network)[0]


def test_effective_weights_are_0_where_masked():
    network = mlp(64).build(40, 10, 1)
    masks = chapter.smallest_removed({1: network}, 0.3)[1]
    for weight, mask, full in zip(
        chapter.effective_weights(masked_network(network, masks)), masks,
        chapter.effective_weights(network), strict=True,
    ):  # fmt: skip
        assert torch.equal(weight, full * mask)


def test_without_masks_it_computes_the_same_and_is_free():
    network = mlp(64).build(40, 10, 1)
    sparse = masked_network(network, chapter.smallest_removed({1: network}, 0.3)[1])
    free, x = chapter.without_masks(sparse), torch.randn(5, 40)
    assert_close(free(x), sparse(x))
    assert not hasattr(free[0], "mask") and (free[0].weight == 0).any()


def test_later_masks_lie_inside_earlier_ones():
    networks = {s: mlp(64).build(40, 10, s) for s in (1, 2)}
    before = chapter.smallest_removed({1: networks[2]}, 0.5)
    after = chapter.smallest_removed({1: networks[1]}, 0.2, before)
    assert all((a <= b).all() for a, b in zip(after[1], before[1], strict=True))
    assert sum(int(m.sum()) for m in after[1]) == round(0.2 * 7296)


def test_random_masks_have_as_many_places_in_each_layer():
    masks = chapter.smallest_removed({1: mlp(64).build(40, 10, 1)}, 0.3)
    one, again, other = (chapter.shuffled(masks, number)[1] for number in (0, 0, 1))
    assert [int(m.sum()) for m in one] == [int(m.sum()) for m in masks[1]]
    assert torch.equal(one[0], again[0]) and not torch.equal(one[0], other[0])
    assert not torch.equal(one[0], masks[1][0])


def test_start_points(dense, points):
    starts, last = points
    start = mlp(64).build(40, 10, 4191)
    for name in ("start weights", "one shot", "random mask"):
        assert torch.equal(starts[name][4191][0].weight, start[0].weight)
    assert not torch.equal(starts["new weights"][4191][0].weight, start[0].weight)
    early = chapter.by_seed(dense, "dense", 2)
    assert torch.equal(starts["early weights"][4191][0].weight, early[4191][0].weight)
    assert torch.equal(last[4190][0].weight, chapter.by_seed(dense, "dense", 3)[4190][0].weight)


def test_with_all_weights_left_a_ticket_is_the_dense_network():
    rates = {method: [chapter.DENSE_RATE] for method in chapter.METHODS}
    found = chapter.prune_in_rounds(SEEDS, [1.0], rates, **SMALL).squeeze("remaining")
    for name in ("start weights", "one shot", "random mask", "just pruned"):
        assert_close(found.sel(arm=name).values, found.sel(arm="dense").values, atol=2e-3, rtol=0)
    for name in ("trained weights", "early weights", "new weights"):
        assert abs(found.sel(arm=name) - found.sel(arm="dense")).max() > 2e-3


def test_rounds_follow_each_other():
    found = chapter.prune_in_rounds(SEEDS, [0.6, 0.3], RATES, **SMALL)
    assert found.sizes == {"remaining": 2, "arm": 8, "seed": 2}
    assert set(found.arm.values) == {*chapter.METHODS, "dense", "just pruned"}
    alone = chapter.prune_in_rounds(SEEDS[1:], [0.6], RATES, **SMALL)
    again = found.sel(remaining=[0.6], seed=SEEDS[1:])
    assert_close(alone.values, again.sel(arm=alone.arm).values, atol=2e-3, rtol=0)


def test_one_round_by_hand():
    """The second round of a ticket: two maskings of its own start, trained in between."""
    seed, found = 4190, chapter.prune_in_rounds([4190], [0.6, 0.3], RATES, **SMALL)
    start, masks = {seed: mlp(64).build(40, 10, seed)}, None
    trained = chapter.by_seed(chapter.train({"d": {}}, [seed], 3, [3], 200), "d", 3)
    for i, share in enumerate([0.6, 0.3]):
        masks = chapter.smallest_removed(trained, share, masks)
        arm = dict(model=chapter.masked(start, masks), lr=RATES["start weights"][i])
        runs = chapter.train({"a": arm}, [seed], 3, n_train=200)
        trained = chapter.by_seed(runs, "a", 3)
    want = runs.test_error.item()
    assert found.sel(remaining=0.3, arm="start weights").item() == pytest.approx(want, abs=2e-3)


def test_just_pruned_is_measured_as_it_is():
    network = mlp(64).build(40, 10, 5)
    part = signals(4190).test
    want = (network(part.x).argmax(1) != part.y).double().mean().item()
    assert chapter.just_measured({4190: network}).item() == want


def test_every_method_has_a_rate_for_each_share():
    assert set(chapter.RATES) == set(chapter.METHODS)
    assert all(len(rates) == len(chapter.REMAINING) for rates in chapter.RATES.values())
