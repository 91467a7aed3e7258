"""Settings: what is varied, what the data function gets, errors before any work."""

import numpy as np
import pytest
import torch
from train_toys import toy

from reglab.train import mlp
from reglab.train.settings import describe, expand, load

TRAINING = dict(lr=0.1, batch=10, techniques=())


def grid(model=None, data=None, seeds=(0, 1), **training):
    return expand(model or mlp(5), TRAINING | training, data or {}, seeds)


def test_all_combinations_seed_fastest():
    g = grid(mlp([5, 6]), {"noise": [0.1, 0.2]}, range(3), lr=np.array([0.1, 0.2]))
    assert list(g.dims) == ["width", "lr", "noise", "seed"]
    assert g.shape == (2, 2, 2, 3) and len(g.networks) == 24
    assert [n.seed for n in g.networks[:4]] == [0, 1, 2, 0]
    assert [n.spec.width for n in g.networks] == [5] * 12 + [6] * 12
    assert g.networks[3].data == (("noise", 0.2),)
    assert g.networks[-1].training.lr == 0.2
    assert isinstance(g.networks[-1].training.lr, float)


def test_what_is_not_varied_is_fixed():
    g = grid(mlp(5), {"noise": 0.1, "shape": (2, 3)})
    assert list(g.dims) == ["seed"]
    assert g.fixed["shape"] == (2, 3) and g.fixed["width"] == 5 and g.fixed["lr"] == 0.1


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(lr=[]), "lr must name at least one value"),
        (dict(seeds=[]), "seeds must name at least one value"),
        (dict(seeds=3), r"seeds must be a list or a range; got 3; use \[3\]"),
        (dict(lr=[0.1, 0.1]), "lr names a value twice"),
        (dict(lr=[0.1, -1]), "lr must be a finite number > 0; got -1"),
        (dict(batch=0), "batch must be a whole number >= 1; got 0"),
        (dict(optimizer="x"), "optimizer must be one of"),
        (dict(schedule="x"), "schedule must be one of"),
        (dict(model=mlp([5, -2])), "width must be a whole number >= 1; got -2"),
        (dict(model=mlp(5, dropout=[0, 2])), "dropout is a probability"),
        (dict(seeds=[-1]), "seed must be a whole number >= 0; got -1"),
        (dict(data={"seed": 3}), r"a fleet takes seeds.*got seed=3; use seeds=\[3\]"),
        (dict(data={"width": 3}), "'width'.* are settings of the network and of the data"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        grid(**wrong)


def test_data_is_made_once_for_each_seed_and_setting():
    calls = []

    def data(seed, noise):
        calls.append((seed, noise))
        return toy(seed, noise=noise)

    g = grid(mlp([5, 6]), {"noise": [0.1, 0.2]}, [7, 8])
    splits, which = load(data, g.networks)
    assert calls == [(7, 0.1), (8, 0.1), (7, 0.2), (8, 0.2)]
    assert which == [0, 1, 2, 3] * 2
    assert torch.equal(splits[which[5]].train.x, toy(8, noise=0.1).train.x)


def test_splits_are_shared_by_all():
    shared = toy()
    splits, which = load(shared, grid(mlp([5, 6])).networks)
    assert splits[0] is shared and which == [0] * 4


@pytest.mark.parametrize(
    "data, settings, message",
    [
        (toy(), {"noise": 1.0}, r"no setting is called \['noise'\]"),
        (toy, {"learning_rate": 1.0}, "neither fleet nor the data function takes.*learning_rate"),
        (lambda seed: 3, {}, "data must return Splits; got int"),
        (3, {}, "data must be Splits or a function of a seed; got int"),
        (lambda seed: toy(seed, classes=3 + seed), {}, "one input shape and number of classes"),
    ],
)
def test_load_errors(data, settings, message):
    with pytest.raises(ValueError, match=message):
        load(data, grid(data=settings).networks)


def test_describe_names_what_was_varied():
    line = describe(grid(data={"noise": 0.1}).networks[1])
    assert "width=5" in line and "lr=0.1" in line and "noise=0.1" in line and "seed=1" in line
