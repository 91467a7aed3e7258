"""The runs are what the page says: equal steps, other sequences, losses above the best."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from reglab.chapters.transformers import networks as nets
from reglab.data import markov_source
from reglab.targets import LabelSmoothing, ZLoss


@pytest.fixture
def few_steps(monkeypatch):
    monkeypatch.setattr(nets, "STEPS", 8)


@pytest.mark.parametrize("epochs", nets.EPOCHS)
def test_all_runs_take_800_steps(epochs):
    splits = nets.sequences(4300, epochs)
    steps = -(-len(splits.train) // nets.BATCH) * epochs
    assert steps == 800
    assert splits.train.x.shape[1] == nets.LENGTH
    assert splits.classes == nets.SYMBOLS


def test_few_sequences_are_the_first_of_many():
    few, many = nets.sequences(4300, 50), nets.sequences(4300, 1)
    assert torch.equal(few.train.x, many.train.x[: len(few.train)])
    assert torch.equal(few.test.y, many.test.y)


def test_drop_names_the_places():
    assert nets.drop(0.3) == dict(attention=0.3, residual=0.3, embedding=0.3)
    assert nets.drop(0.3, ["residual"]) == dict(residual=0.3)


def test_arms_have_what_their_names_say():
    fifty = nets.arms(50)
    assert fifty["dropout 0.2"]["residual"] == 0.2
    assert fifty["decay"]["weight_decay"] == 0.3
    assert fifty["smoothing"]["techniques"] == [LabelSmoothing(0.1)]
    assert nets.arms(1)["z-loss"]["techniques"] == [ZLoss(0.01)]
    for place in nets.PLACES:
        arm = fifty[f"only {place}"]
        assert {p for p in nets.PLACES if p in arm} == {place}


def test_every_arm_has_a_rate_and_every_rate_an_arm():
    for epochs in nets.EPOCHS:
        assert set(nets.RATES[epochs]) <= set(nets.ARMS)
        assert {"dropout 0", "dropout 0.1"} <= set(nets.RATES[epochs])


@pytest.fixture
def tiny(few_steps):
    arms = {"none": dict(lr=0.03), "dropout": nets.drop(0.2) | dict(lr=0.03)}
    return nets.train(arms, [4300, 4301], epochs=2, report=[0, 2])


def test_dims_and_names(tiny):
    assert tiny.test.dims == ("arm", "seed", "epoch")
    assert tiny.log_z.dims == ("arm", "seed")
    assert {"train", "val", "test", "error", "log_z"} == set(tiny.data_vars)
    assert np.isfinite(tiny.to_array()).all()


def test_excess_is_the_loss_less_that_of_the_source(tiny, few_steps):
    """Before training: the untrained network's own loss on the test sequences."""
    build = nets.modules(nets.Transformer, symbols=8, tokens=16).build
    net, test = build(16, 8, 4301).eval(), nets.sequences(4301, 2).test
    with torch.no_grad():
        z = net(test.x)
    loss = F.cross_entropy(z.flatten(0, 1), test.y.flatten()).item()
    best = markov_source(4301, 8).best_predictions(test.x).gather(-1, test.y[..., None])
    want = loss + best.log().mean().item()
    assert tiny.test.sel(arm="none", seed=4301, epoch=0) == pytest.approx(want, abs=1e-5)
    error = (z.argmax(-1) != test.y).double().mean().item()
    assert tiny.error.sel(arm="none", seed=4301, epoch=0) == pytest.approx(error, abs=1e-6)


def test_untrained_networks_are_far_and_training_comes_nearer(tiny):
    before, after = tiny.test.sel(arm="none", epoch=0), tiny.test.sel(arm="none", epoch=2)
    assert (before > 0.5).all()
    assert (after < before).all()


def test_smallest_losses_are_near_the_exact_ones():
    found = nets.smallest_losses([4300], 1)
    want = markov_source(4300, 8).best_loss(16)
    assert found.train.item() == pytest.approx(want, abs=0.01)
    assert found.test.item() == pytest.approx(want, abs=0.06)


def test_one_network_is_that_of_the_arm(few_steps):
    runs = nets.train({"none": dict(lr=nets.RATES[1]["dropout 0"])}, [4300], 1)
    net, test = nets.train_one(4300), nets.sequences(4300).test
    assert not net.training
    with torch.no_grad():
        z = net(test.x).double()
    loss = F.cross_entropy(z.flatten(0, 1), test.y.flatten()).item()
    best = markov_source(4300, 8).loss_on(test)
    assert runs.test.item() == pytest.approx(loss - best, abs=1e-3)
    assert runs.log_z.item() == pytest.approx(z.logsumexp(-1).abs().mean().item(), abs=1e-3)
