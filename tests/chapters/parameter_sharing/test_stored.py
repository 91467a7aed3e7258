"""The stored runs are complete, say where they are from, and some are trained again."""

from functools import partial

import numpy as np
import pytest

from reglab.chapters.parameter_sharing import adapting, convnets, soft, stored, tickets
from reglab.data import stored_table, stored_text


@pytest.mark.parametrize("name", stored.SEEDS)
def test_tables_are_complete(name):
    found = stored.errors(name)
    assert found.setting.values.tolist() == stored.SETTINGS[name]
    assert found.seed.values.tolist() == list(stored.SEEDS[name])
    whole = np.isfinite(found).any("seed") == np.isfinite(found).all("seed")
    assert whole.all() and (np.isfinite(found).all("seed").sum("arm") > 1).all()


@pytest.mark.parametrize("name", stored.SEEDS)
def test_the_file_says_where_it_is_from(name):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and str(stored.SEEDS[name][0]) in " ".join(head)


def test_no_seed_serves_two_tables():
    seeds = [seed for every in stored.SEEDS.values() for seed in every]
    assert len(set(seeds)) == len(seeds) and min(seeds) >= 4120 and max(seeds) < 4200


def only(arms, settings):
    return {arm: settings[arm] for arm in arms if arm in settings}


@pytest.fixture
def train_arms(monkeypatch):
    """A function that trains the first seed of a table in one setting, but only these arms."""

    def train_arms(name, setting, arms):
        rates = {setting: only(arms, convnets.RATES.get(setting, {}))}
        monkeypatch.setattr(convnets, "RATES", rates)
        monkeypatch.setattr(soft, "LINES", {setting: only(arms, soft.LINES.get(setting, {}))})
        monkeypatch.setattr(soft, "NETWORK", only(arms, soft.NETWORK))
        monkeypatch.setattr(adapting, "adapt", partial(adapting.adapt, arms=arms))
        for group in ("METHODS", "IN_ROUNDS"):
            methods = [method for method in getattr(tickets, group) if method in arms]
            monkeypatch.setattr(tickets, group, methods)
        table = stored.train_table(name, [stored.SEEDS[name][0]], [setting])
        return table.set_index("arm").error

    return train_arms


@pytest.mark.parametrize(
    ("name", "setting", "arms"),
    [  # of each table what is trained soonest, and once the convolution itself
        ("convolution", "1000, points shuffled", ["dense"]),
        ("convolution", "4000 signals", ["convolution"]),
        ("lower_rate", "1000, lower rate", ["dense", "dense + shifts"]),
        (
            "tickets",
            "0.63",
            ["dense", "just pruned", "trained weights", "start weights", "random mask"],
        ),
        ("autoencoders", "50", ["tied", "untied"]),
        ("lines", "three values", ["none", "L2", "soft sharing"]),
        ("networks", "30 % wrong labels", ["none", "L2"]),
        ("adapting", "500 signals, 30 % wrong", ["from scratch", "rank 1"]),
    ],
)
def test_networks_trained_again_have_the_stored_errors(train_arms, name, setting, arms):
    """Rounding differs from machine to machine, and training amplifies it."""
    again = train_arms(name, setting, arms)
    assert set(again.index) == set(arms)
    want = stored.errors(name).sel(setting=setting, seed=stored.SEEDS[name][0])
    wide = 0.08 if name == "tickets" else 0.05
    for arm in arms:
        assert again[arm] == pytest.approx(want.sel(arm=arm).item(), abs=wide), arm


def test_one_shot_equals_the_first_round():
    first = stored.errors("tickets").sel(setting=stored.SETTINGS["tickets"][0])
    assert (
        first.sel(arm="one shot").values.tolist() == first.sel(arm="start weights").values.tolist()
    )


def test_errors_are_the_rows():
    table = stored_table(stored.__package__, "lines.csv")
    row = table.iloc[7]
    place = dict(setting=row.setting, arm=row.arm, seed=row.seed)
    assert stored.errors("lines").sel(place).item() == row.error


def test_strengths_are_complete_and_say_where_they_are_from():
    weights = stored.strengths()
    assert weights.strength.values.tolist() == list(soft.STRENGTHS)
    assert weights.sizes["weight"] == soft.INPUTS and np.isfinite(weights).all()
    text = stored_text(stored.__package__, "strengths.csv")
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and str(soft.SHOWN) in head


def test_a_line_fitted_again_has_the_stored_weights():
    again = stored.train_strengths([0.04])
    want = stored.strengths().sel(strength=0.04)
    assert again.weight.tolist() == want.weight.values.tolist()
    np.testing.assert_allclose(again.value, want, atol=0.02)
