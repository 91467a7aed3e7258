"""Recipes, the full design and the grid in miniature: names, order, and one network by `fit`."""

import numpy as np
import pytest
import xarray as xr

from reglab.augmentation import Mixup, Shift
from reglab.chapters.combining import networks as nets
from reglab.data import signals
from reglab.targets import LabelSmoothing
from reglab.train import fit, mlp


def test_a_recipe_leaves_out_what_is_zero():
    assert nets.recipe(0.1) == dict(lr=0.1, weight_decay=0, dropout=0, techniques=[])
    full = nets.recipe(0.1, shift=2, decay=0.01, dropout=0.3, smoothing=0.1, mixup=0.5)
    assert full["techniques"] == [Shift(2), LabelSmoothing(0.1), Mixup(0.5)]
    assert (full["weight_decay"], full["dropout"]) == (0.01, 0.3)


@pytest.mark.parametrize("situation", nets.SITUATIONS)
def test_the_design_holds_every_combination_at_its_strengths(situation):
    found = nets.combinations(situation)
    assert len(found) == len(nets.RATES[situation]) == 16
    strengths = nets.STRENGTHS[situation]
    for name, one in found.items():
        for on, factor in zip(name, nets.FACTORS, strict=True):
            assert one[factor] == strengths[factor] * int(on)
    assert [one["lr"] for one in found.values()] == nets.RATES[situation]


def test_as_design_puts_each_arm_in_its_place():
    arms = list(nets.combinations("clean labels"))
    values = xr.DataArray(
        np.array([[int(arm)] for arm in arms[::-1]]),
        dims=["arm", "seed"],
        coords={"arm": arms[::-1], "seed": [1]},
    )
    y = nets.as_design(values)
    assert y.sel(shift="on", decay="off", dropout="on", smoothing="off").item() == 1010


def test_as_grid_puts_each_arm_in_its_place():
    recipes = nets.grid()
    values = xr.DataArray(
        np.array(
            [[one["decay"] + one["shift"] + 100 * one["dropout"]] for one in recipes.values()]
        ),
        dims=["arm", "seed"],
        coords={"arm": list(recipes), "seed": [1]},
    )
    y = nets.as_grid(values)
    assert y.shape == (2, 6, 4, 1) and len(nets.GRID_RATES) == 48
    assert y.sel(shift=3, decay=0.01, dropout=0.2).item() == pytest.approx(23.01)


def test_a_network_is_what_fit_trains():
    one = dict(lr=0.1, shift=3, decay=0.01)
    runs = nets.train({"a": one}, [3598], epochs=2, n_train=300)
    net, data = mlp(64).build(40, 10, seed=3598), signals(3598, 300, label_noise=0.3)
    settings = dict(epochs=2, lr=0.1, schedule="cosine", seed=3598, weight_decay=0.01)
    fit(net, data, techniques=[Shift(3)], **settings)
    net.eval()
    error = (net(data.test.x).argmax(1) != data.test.y).double().mean().item()
    assert runs.test_error.item() == pytest.approx(error, abs=1e-3)


@pytest.mark.filterwarnings("ignore:.*diverged:RuntimeWarning")
def test_a_network_that_diverges_counts_as_guessing():
    runs = nets.train({"a": dict(lr=1e6)}, [3598], epochs=2, n_train=300)
    assert runs.test_error.item() == pytest.approx(0.9)


def test_more_data_trains_both_sizes(monkeypatch):
    monkeypatch.setattr(nets, "MORE_DATA", {200: 2, 400: 1})
    rates = {(u, n): 0.05 for u in (4, 64) for n in (200, 400)}
    monkeypatch.setattr(nets, "MORE_DATA_RATES", rates)
    runs = nets.with_more_data([3598, 3599])
    assert runs.test_error.sizes == {"n": 2, "units": 2, "seed": 2}
    want = nets.fleet(
        nets.mlp(64), signals, n_train=400, lr=0.05, epochs=1, schedule="cosine", seeds=[3599]
    )
    got = runs.test_error.sel(n=400, units=64, seed=3599).item()
    assert got == pytest.approx(want.test_error.isel(epoch=-1).item(), abs=1e-3)
