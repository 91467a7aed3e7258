"""Networks: the fleet against one network at a time, counts by hand, the proxes, pairs."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from reglab.chapters.sparsity_in_networks import networks as nets
from reglab.core import stream
from reglab.data import signals
from reglab.penalties import add_prox, group_soft_threshold, l1, soft_threshold
from reglab.train import mlp

SEEDS, LR, EPOCHS = [0, 1], 0.1, 2


def alone(seed, way, lam):
    """Train one plain nn.Sequential in a plain loop."""
    model = mlp(width=nets.WIDTH).build(40, 10, seed)
    hidden = [model[0].weight, model[2].weight]
    optimizer = SGD(model.parameters(), lr=LR, momentum=0.9)
    if way == "l1 by prox":
        add_prox(optimizer, hidden, lambda w, step: soft_threshold(w, step * lam))
    if way == "units by prox":
        add_prox(
            optimizer,
            hidden,
            lambda w, step: group_soft_threshold(w, step * lam * w.shape[1] ** 0.5),
        )
    train, order = signals(seed, n_train=1000).train, stream(seed, "order")
    total, step = EPOCHS * 10, 0
    for _ in range(EPOCHS):
        for part in torch.randperm(1000, generator=order).split(100):
            optimizer.param_groups[0]["lr"] = LR * (1 - step / total)
            loss = cross_entropy(model(train.x[part]), train.y[part])
            optimizer.zero_grad()
            (loss + l1(hidden, lam) if way == "l1 in the loss" else loss).backward()
            optimizer.step()
            step += 1
    return model


@pytest.mark.parametrize(
    ("way", "lam"),
    [("none", 0.0), ("l1 in the loss", 0.003), ("l1 by prox", 0.003), ("units by prox", 0.03)],
)
def test_the_fleet_is_its_networks_one_by_one(way, lam):
    runs = nets.sparse_networks(SEEDS, way, lam, LR, EPOCHS)
    for seed in SEEDS:
        model, one = alone(seed, way, lam), runs.sel(seed=seed)
        test = signals(seed, n_train=1000).test
        wrong = (model(test.x).argmax(1) != test.y).double().mean().item()
        assert_allclose(one.test_error, wrong, atol=0.003)
        W1, W2, W3 = (model[i].weight.detach().numpy() for i in (0, 2, 4))
        hidden = np.concatenate([W1.ravel(), W2.ravel()])
        assert_allclose(one.zeros, (hidden == 0).mean(), atol=0.002)
        assert_allclose(one.tiny, (abs(hidden) < 1e-3).mean(), atol=0.003)
        units = sum(W1[i].any() and W2[:, i].any() for i in range(64))
        units += sum(W2[i].any() and W3[:, i].any() for i in range(64))
        assert abs(int(one.units) - units) <= 1
        assert np.mean((one.first.values != 0) != (W1 != 0)) <= 0.002
        assert_allclose(one.first, W1, atol=0.02)
    expected = {"none": False, "l1 in the loss": False, "l1 by prox": True, "units by prox": True}
    assert (runs.zeros > 0.01).all() == expected[way]


def test_units_are_counted_by_what_they_receive_and_send():
    network = mlp(width=nets.WIDTH).build(40, 10, 0).requires_grad_(False)
    assert nets.count_weights(network)["units"] == 128
    first, second, last = (network[i].weight for i in (0, 2, 4))
    first[3] = 0  # the fourth unit receives nothing
    second[:, 5] = 0  # the sixth sends nothing
    last[:, [7, 8]] = 0  # and two of the second layer
    second[7] = 0  # one of these receives nothing either
    found = nets.count_weights(network)
    assert found["units"] == 124
    share = (40 + 64 + 64 - 1) / (40 * 64 + 64 * 64)
    assert_allclose(found["zeros"], share)
    assert found["tiny"] >= found["zeros"]


def test_multiply_adds_by_hand():
    network = mlp(width=nets.WIDTH).build(40, 10, 0).requires_grad_(False)
    every = 40 * 64 + 64 * 64 + 64 * 10
    assert nets.count_multiply_adds(network) == every
    first, second, last = (network[i].weight for i in (0, 2, 4))
    second[:, 5] = 0
    last[:, [7, 8]] = 0
    first[:, :3] = 0  # scattered over units, so no unit goes
    counts = nets.count_weights(network)
    assert counts["dense"] == every
    assert counts["removed"] == 40 * 63 + 63 * 62 + 62 * 10
    assert counts["nonzero"] == every - 64 - 20 - 64 * 3


def test_masks_are_compared_layer_by_layer():
    one, other = (mlp(width=nets.WIDTH).build(40, 10, s).requires_grad_(False) for s in (0, 1))
    assert nets.compare_masks(one, other) == {"again": 1, "chance": 1}
    one[0].weight[32:] = 0  # 1280 weights left in the first layer, 4096 in the second
    other[0].weight[:, 10:] = 0  # a quarter left; of them 320 where the first one has some
    found = nets.compare_masks(one, other)
    assert_allclose(found["again"], (320 + 4096) / (1280 + 4096))
    assert_allclose(found["chance"], (1280 / 4 + 4096) / (1280 + 4096))
    other[0].weight[:32] = 0
    assert_allclose(nets.compare_masks(one, other)["again"], 4096 / (1280 + 4096))
    assert_allclose(nets.compare_masks(one, other)["chance"], (1280 / 8 + 4096) / (1280 + 4096))


def test_a_pair_begins_with_the_network_of_its_seed_and_differs_in_the_order_only():
    found, shares = nets.train_in_pairs([3, 7], 0.003, LR, EPOCHS)
    same = nets.sparse_networks([3, 7], "l1 by prox", 0.003, LR, EPOCHS)
    assert found.seed.values.tolist() == shares.seed.values.tolist() == [3, 7]
    assert_allclose(found.first, same.first, atol=0.02)
    assert_allclose(found.zeros, same.zeros, atol=0.002)
    assert (shares.again < 1).all() and (shares.again > shares.chance).all()


def test_a_path_over_lam_is_its_networks_one_by_one():
    path = nets.penalty_path(1, [0.0, 0.003, 1.0], LR, EPOCHS)
    plain = nets.sparse_networks([1], "none", 0.0, LR, EPOCHS)
    assert path.lam.values.tolist() == [0.0, 0.003, 1.0]
    assert_allclose(path.first.sel(lam=0.0), plain.first[0], atol=0.02)
    assert (np.diff(path.zeros) > 0).all() and path.zeros[-1] == 1 and path.units[-1] == 0


def test_a_strong_penalty_leaves_no_unit():
    assert nets.sparse_networks([0], "units by prox", 1.0, LR, 1).units == 0


def test_unknown_ways_are_refused():
    with pytest.raises(ValueError, match="way must be one of none, l1 in the loss"):
        nets.sparse_networks([0], "l2", 0.1, 0.1)
