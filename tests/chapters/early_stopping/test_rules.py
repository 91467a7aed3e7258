"""Rules on recorded curves: by hand on small curves; the cut schedule in miniature."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from reglab.chapters.early_stopping import networks as nets
from reglab.chapters.early_stopping import rules
from reglab.stopping import growth_stops, loss_stops, patience_stops, quotient_stops
from reglab.train import fleet, mlp

VAL = np.array([[0.9, 0.5, 0.4, 0.5, 0.3, 0.6], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]])
TRAIN = np.array([[0.9, 0.33, 0.33, 0.3, 0.3, 0.3], [0.9, 0.5, 0.4, 0.3, 0.2, 0.1]])
TEST = np.array([[0.9, 0.6, 0.5, 0.4, 0.2, 0.7], [0.8, 0.7, 0.6, 0.5, 0.4, 0.3]])


def runs(val=VAL, test=TEST):
    dims = ("seed", "epoch")
    curves = dict(val_error=val, train_error=TRAIN[:, : val.shape[1]], test_error=test)
    curves["val_loss"] = val[:, ::-1]
    return xr.Dataset(
        {name: (dims, curve) for name, curve in curves.items()},
        coords={"seed": [3, 5], "epoch": range(val.shape[1])},
    )


@pytest.fixture
def one_strip(monkeypatch):
    monkeypatch.setattr(rules, "growth_stops", lambda val, s: growth_stops(val, s, strip=1))

    three = lambda val, train, alpha: quotient_stops(val, train, alpha, strip=3)  # noqa: E731
    monkeypatch.setattr(rules, "quotient_stops", three)


def test_positions_count_from_epoch_0_in_all_families(one_strip):
    found = rules.stops_of(VAL, TRAIN)
    assert [list(found[name]) for name in found] == [
        [1, 2, 3, 5, 10, 20],
        [1, 5, 10, 20, 40],
        [0.1, 0.5, 1, 2, 3],
        [1, 2, 3],
    ]
    assert found["patience"][1].position.tolist() == [3, 5]
    assert found["patience"][1].best.tolist() == [2, 5]
    # 0.5 is 25 percent above 0.4, and 0.6 is 100 percent above 0.3
    assert found["generalization loss"][20].position.tolist() == [3, 5]
    assert found["generalization loss"][40].position.tolist() == [5, 5]
    assert found["generalization loss"][40].best.tolist() == [4, 5]
    # at epoch 3 the loss is 25 percent; the mean of 0.33, 0.33, 0.3 is 67 per mille above the last
    assert found["quotient"][0.1].position.tolist() == [3, 5]
    assert found["quotient"][0.1].best.tolist() == [2, 5]
    assert found["quotient"][0.5].position.tolist() == [5, 5]
    assert found["growth over strips"][1].position.tolist() == [3, 5]


def test_prechelt_s_rules_never_see_the_untrained_network():
    """It may be lucky: here its error is the lowest of all."""
    val = VAL.copy()
    val[:, 0] = 0.1
    val, train = (np.repeat(curve, 5, axis=1)[:, 4:] for curve in (val, TRAIN))
    found = rules.stops_of(val, train)
    calls = {
        "generalization loss": loss_stops,
        "quotient": lambda val, alpha: quotient_stops(val, train[:, 1:], alpha),
        "growth over strips": growth_stops,
    }
    for rule, call in calls.items():
        for setting, stops in found[rule].items():
            plain = call(val[:, 1:], setting)
            assert_allclose(stops.position, plain.position + 1)
            assert (stops.best == plain.best + 1).all() and (stops.best > 0).all()


def test_compare_gives_the_cost_against_the_best_epoch_of_all(one_strip):
    found = rules.compare(runs())["patience"]
    assert found.epochs.dims == found.excess.dims == ("setting", "seed")
    assert_allclose(found.epochs.sel(setting=1), [3, 5])
    assert_allclose(found.excess.sel(setting=1), [0.5 - 0.2, 0.0])
    assert_allclose(found.excess.sel(setting=20), 0.0)
    assert found.seed.values.tolist() == [3, 5]


def test_stop_with_returns_the_last_and_the_restored_weights():
    found = rules.stop_with(runs(), [1, 5])
    assert found["last"].dims == found.restored.dims == ("patience", "seed")
    assert found.patience.values.tolist() == [1, 5]
    assert_allclose(found["last"], [[0.4, 0.3], [0.7, 0.3]])
    assert_allclose(found.restored, [[0.5, 0.3], [0.2, 0.3]])


def test_stop_each_way():
    found = rules.stop_each_way(runs())
    assert_allclose(found.error, [0.2, 0.3])
    assert_allclose(found.loss, [0.6, 0.8])  # the loss runs backwards here


def test_a_cut_schedule_is_the_beginning_of_the_long_one(monkeypatch):
    monkeypatch.setattr(nets, "CUT", 1)
    monkeypatch.setattr(nets, "LONG", 3)
    monkeypatch.setattr(nets, "WIDTH", 4)
    found = rules.cut_schedule([3])

    def plain(epochs, lr):
        return fleet(
            mlp(4), nets.examples, n_train=4000, seeds=[3], lr=lr, epochs=epochs,
            schedule="cosine", report=range(epochs + 1),
        ).test_error  # fmt: skip

    assert_allclose(found.cut, plain(3, nets.CUT_LR).sel(epoch=1))
    assert_allclose(found.full, plain(3, nets.CUT_LR).sel(epoch=3))
    assert_allclose(found.short, plain(1, nets.SHORT_LR).sel(epoch=1))


def test_views_of_one_network():
    short = runs(VAL[:, :4], TEST[:, :4])
    view = rules.patience_views({"long": runs(), "short": short}, [1, 5])
    assert {name: part.shape for name, part in view.items()} == {
        "val": (2, 2, 1, 6), "test": (2, 2, 1, 6), "stop": (2, 2, 2), "best": (2, 2, 2),
        "last": (2, 2, 2), "restored": (2, 2, 2), "stop_val": (2, 2, 2, 1),
        "best_val": (2, 2, 2, 1),
    }  # fmt: skip
    assert_allclose(view["val"][0, :, 0], VAL)
    assert_allclose(view["test"][1, :, 0, :4], TEST[:, :4])
    assert np.isnan(view["test"][1, :, 0, 4:]).all()
    stops = patience_stops(VAL, 1)
    assert_allclose(view["stop"][0, :, 0], stops.position)
    assert_allclose(view["best"][0, :, 0], stops.best)
    assert_allclose(view["last"][0, :, 0], [0.4, 0.3])
    assert_allclose(view["restored"][0, :, 0], [0.5, 0.3])
    assert_allclose(view["stop_val"][0, :, 0, 0], [0.5, 0.4])
    assert_allclose(view["best_val"][0, :, 0, 0], [0.4, 0.4])
    assert_allclose(view["restored"][0, :, 1], [0.2, 0.3])
