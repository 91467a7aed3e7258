"""Arms: what each sets, what it takes from the call, errors that name the fix."""

import numpy as np
import pytest
import torch
from torch import nn
from toy_techniques import Ema, Mixup, Sam
from train_toys import I, K, deviation, toy

from reglab.train import fleet, mlp, modules
from reglab.train.arms import check_arms, names_of_make

COMMON = dict(epochs=2, batch=15, seeds=[0, 3], dtype=torch.float64, device="cpu")


def run(model, lr=0.05, **settings):
    return fleet(model, toy, lr=lr, **COMMON | dict(keep="networks") | settings)


def assert_same(one, other):
    for a, b in zip(one.network.values.flat, other.network.values.flat, strict=True):
        assert deviation(a, b) < 1e-13
    np.testing.assert_allclose(one.test_loss, other.test_loss, rtol=1e-12)


def test_each_arm_is_the_fleet_of_its_settings():
    arms = {
        "none": [],
        "mixup": [Mixup()],
        "sam": dict(techniques=[Sam()], lr=0.1),
        "wide dropout": dict(width=7, dropout=0.2, optimizer="adam"),
        "noisy": dict(noise=2.0, n=20),
    }
    runs = run(mlp(4), arms=arms)
    assert runs.test_error.dims == ("arm", "seed", "epoch") and runs.arm.values.tolist() == [*arms]
    alone = {
        "none": run(mlp(4)),
        "mixup": run(mlp(4), techniques=[Mixup()]),
        "sam": run(mlp(4), lr=0.1, techniques=[Sam()]),
        "wide dropout": run(mlp(7, dropout=0.2), optimizer="adam"),
        "noisy": run(mlp(4), noise=2.0, n=20),
    }
    for name, want in alone.items():
        assert_same(runs.sel(arm=name), want)
    assert "lr" not in runs.attrs and "width" not in runs.attrs and "noise" not in runs.attrs
    assert runs.attrs["depth"] == 2 and "techniques" not in runs.attrs


def test_arms_and_varied_settings_are_combined():
    arms = {"a": dict(dropout=0.3), "b": dict(noise=1.0), "c": dict(width=9)}
    runs = run(mlp(4), lr=[0.05, 0.1], arms=arms)
    assert runs.sizes == dict(arm=3, lr=2, seed=2, epoch=3)
    assert_same(runs.sel(arm="c", lr=0.1), run(mlp(9), lr=0.1))
    assert_same(runs.sel(arm="b", lr=0.05), run(mlp(4), noise=1.0))


def test_widths_may_be_varied_beside_arms_that_differ_in_their_data():
    arms = {"a": [], "b": dict(noise=1.0), "c": dict(noise=1.0, lr=0.1)}
    runs = run(mlp([3, 5]), arms=arms)
    assert_same(runs.sel(arm="c", width=5), run(mlp(5), lr=0.1, noise=1.0))
    assert_same(runs.sel(arm="a", width=3), run(mlp(3)))


def test_an_arm_s_techniques_replace_those_of_the_call():
    runs = run(mlp(4), techniques=[Ema()], arms={"ema": {}, "none": [], "mixup": [Mixup()]})
    assert_same(runs.sel(arm="ema"), run(mlp(4), techniques=[Ema()]))
    assert_same(runs.sel(arm="none"), run(mlp(4)))
    assert run(mlp(4), techniques=[Ema(), Mixup()]).attrs["techniques"] == (
        "Ema(rate=0.05), Mixup(low=0.3)"
    )


def make(norm="none", width=4):
    layers = [nn.Linear(I, width), nn.BatchNorm1d(width) if norm == "batch" else nn.Identity()]
    return nn.Sequential(*layers, nn.ReLU(), nn.Linear(width, K))


def test_arms_set_what_the_module_s_function_takes_and_other_models():
    arms = {
        "none": {},
        "batch": dict(norm="batch", lr=0.1),
        "mlp": dict(model=mlp(4, depth=1, init="torch")),
    }
    runs = run(modules(make), arms=arms)
    assert_same(runs.sel(arm="batch"), run(modules(make, norm="batch"), lr=0.1))
    assert_same(runs.sel(arm="mlp"), run(mlp(4, depth=1, init="torch")))


def test_an_arm_s_model_takes_nothing_from_the_call_s():
    arms = {"none": {}, "wider": dict(model=mlp(6)), "module": dict(model=modules(make))}
    runs = run(mlp(3, depth=1), arms=arms)
    assert_same(runs.sel(arm="none"), run(mlp(3, depth=1)))
    assert_same(runs.sel(arm="wider"), run(mlp(6)))
    assert_same(runs.sel(arm="module"), run(modules(make)))
    assert not {"width", "depth"} & set(runs.attrs)


@pytest.mark.parametrize(
    "arms, message",
    [
        ({}, r'arms must be a dict such as \{"none": \[\], ...\}; got \{\}'),
        ([Mixup()], "arms must be a dict"),
        ({"a": Mixup()}, r"arm 'a' must be a list of techniques or a dict of settings; got Mixup"),
        ({"a": dict(epochs=3)}, "arm 'a' sets epochs, which all arms share: set it beside"),
        ({"a": dict(lr=0.1)}, r"lr is varied beside the arms .*0.05.* set by arm 'a'.*own lr"),
        ({"a": dict(momentum=[0.1, 0.5])}, "arm 'a' sets momentum to .*; an arm has one value"),
        ({"a": dict(nose=0.1)}, "neither fleet nor the data function takes this.*nose"),
        ({"a": [Mixup]}, r"got the class Mixup; write Mixup\(\)"),
    ],
)
def test_errors(arms, message):
    with pytest.raises(ValueError, match=message):
        run(mlp(4), lr=[0.05, 0.1], arms=arms)


def test_no_arms_are_one_without_a_name():
    assert check_arms(None, {}) == {"": {}}
    assert check_arms({"a": [], "b": dict(lr=1)}, {}) == {"a": dict(techniques=[]), "b": dict(lr=1)}
    assert names_of_make(make) == {"norm", "width"} and names_of_make(3) == set()
