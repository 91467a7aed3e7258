"""Averages along a training in miniature: arms, decays, snapshots, statistics, each by hand."""

import copy

import numpy as np
import pytest
import torch

from reglab.augmentation import Shift
from reglab.averaging import EMA, CyclicCosine, TailAverage
from reglab.chapters.averaging import running
from reglab.data import signals
from reglab.normalization import recalibrate
from reglab.train import fit, mlp


def test_every_arm_has_its_rate_and_its_average():
    arms = running.arms_of("wrong labels")
    assert [one["lr"] for one in arms.values()] == running.LR["wrong labels"]
    assert arms["cosine + tail"] == dict(lr=0.2, schedule="cosine", average=TailAverage(0.25))
    assert list(running.arms_of("clean", ["cosine"])) == ["cosine"]


@pytest.mark.parametrize("name", ["constant + tail", "cosine + EMA 0.995"])
def test_an_arm_is_what_fit_trains(name):
    arms = running.arms_of("shifts", [name])
    runs = running.train_arms("shifts", [4097], arms, epochs=3)
    arm, net, data = running.ARMS[name], mlp(64).build(40, 10, seed=4097), signals(4097)
    fit(net, data, epochs=3, lr=arms[name]["lr"], schedule=arm["schedule"], seed=4097,
        techniques=[Shift(3), arm["average"]])  # fmt: skip
    error = running.test_error(net.eval(), data.test.x, data.test.y)
    assert runs.test_error.item() == pytest.approx(error, abs=2e-3)


@pytest.mark.parametrize("situation", running.SITUATIONS)
def test_situations_reach_the_training(situation):
    attrs = running.train_arms(situation, [4097], epochs=1).attrs
    assert attrs.get("label_noise", 0) == (0.3 if situation == "wrong labels" else 0)
    assert attrs["weight_decay"] == (0.01 if situation == "wrong labels" else 0)
    assert attrs["n_train"] == 1000


def test_an_average_leaves_the_training_alone():
    """At decay 0 it is the weights; the training curves of all decays belong to one path."""
    errors = running.train_decays("wrong labels", [4097], decays=[0.0, 0.9], rates=[0.1])
    plain = running.train_arms("wrong labels", [4097], {"a": dict(lr=0.1)}, report=[6, 30, 60])
    got = errors.sel(decay=0.0, lr=0.1, percent=[10, 50, 100], seed=4097)
    np.testing.assert_allclose(got, plain.test_error.squeeze(), atol=2e-3)
    assert errors.dims == ("decay", "lr", "seed", "percent")
    assert errors.sizes == {"decay": 2, "lr": 1, "seed": 1, "percent": 10}


def test_decays_are_those_of_the_average():
    errors = running.train_decays("shifts", [4097], decays=[0.9], rates=[0.1])
    net, data = mlp(64).build(40, 10, seed=4097), signals(4097)
    curves = fit(net, data, epochs=40, lr=0.1, seed=4097, techniques=[Shift(3), EMA(0.9)],
                 report=[8, 40])  # fmt: skip
    got = errors.sel(percent=[20, 100]).values.ravel()
    np.testing.assert_allclose(got, curves.test_error, atol=0.02)


def test_snapshots_by_hand():
    lr = dict.fromkeys(running.SNAPSHOT_LR, 0.1)
    found = running.train_snapshots([4097, 4098], lr, epochs=5).sel(seed=4098)
    data, z = signals(4098), []
    net = mlp(64).build(40, 10, seed=4098)
    for end in range(1, 6):  # the same training, cut at the end of each cycle
        net = mlp(64).build(40, 10, seed=4098)
        fit(net, data, epochs=end, lr=0.1, seed=4098,
            schedule=lambda t, end=end: CyclicCosine(5)(t * end / 5))  # fmt: skip
        with torch.no_grad():
            z.append(net.eval()(data.test.x).double())
    p = torch.stack(z).softmax(-1)
    wrong = (p.mean(0).argmax(1) != data.test.y).double().mean().item()
    alone = (p.argmax(-1) != data.test.y).double().mean().item()
    assert found.error.sel(way="snapshots").item() == pytest.approx(wrong, abs=5e-3)
    assert found.member_error.sel(way="snapshots").item() == pytest.approx(alone, abs=5e-3)


def test_short_trainings_are_networks_of_one_data_set():
    lr = dict.fromkeys(running.SNAPSHOT_LR, 0.1)
    found = running.train_snapshots([4098], lr, epochs=5).sel(way="short trainings", seed=4098)
    data, z = signals(4098), []
    for seed in range(5 * 4098, 5 * 4098 + 5):
        net = mlp(64).build(40, 10, seed=seed)
        fit(net, data, epochs=1, lr=0.1, seed=seed, schedule="cosine")
        with torch.no_grad():
            z.append(net.eval()(data.test.x).double())
    p = torch.stack(z).softmax(-1)
    wrong = (p.mean(0).argmax(1) != data.test.y).double().mean().item()
    assert found.error.item() == pytest.approx(wrong, abs=5e-3)
    apart = [(a != b).double().mean().item() for a in p.argmax(-1) for b in p.argmax(-1)]
    assert found.disagreement.item() == pytest.approx(sum(apart) / 20, abs=0.02)


def test_one_training_has_nobody_to_disagree_with():
    lr = dict.fromkeys(running.SNAPSHOT_LR, 0.1)
    one = running.train_snapshots([4098], lr, epochs=5).sel(way="one training")
    assert one.disagreement.item() == 0 and one.error.item() == one.member_error.item()


def test_statistics_by_hand():
    errors = running.bn_errors([4097, 4098], epochs=2)
    assert errors.dims == ("statistics", "seed") and errors.sizes["statistics"] == 4
    data, nets = signals(4098), []
    for techniques in ([], [TailAverage(0.5)]):
        net = running.modules(running.bn_network).build(40, 10, seed=4098)
        fit(net, data, epochs=2, lr=0.2, seed=4098, techniques=techniques)
        nets.append(net.eval())
    last, mean = nets
    mixed = copy.deepcopy(mean)
    mixed.load_state_dict(dict(mean.state_dict()) | dict(last.named_buffers()))
    again = recalibrate(copy.deepcopy(mean), data.train.x.split(100))
    names = ["last weights", "of the last step", "averaged", "recomputed"]
    for name, net in zip(names, [last, mixed, mean, again], strict=True):
        want = running.test_error(net, data.test.x, data.test.y)
        got = errors.sel(statistics=name, seed=4098).item()
        assert got == pytest.approx(want, abs=5e-3), name
