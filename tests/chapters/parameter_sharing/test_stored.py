"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest

from reglab.chapters.parameter_sharing import convnets, soft, stored
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


@pytest.mark.parametrize("name", ["tickets", "autoencoders", "lines", "networks", "adapting"])
def test_networks_trained_again_have_the_stored_errors(name):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed, setting = stored.SEEDS[name][0], stored.SETTINGS[name][0]
    again = stored.train_table(name, [seed], [setting]).set_index("arm").error
    want = stored.errors(name).sel(setting=setting, seed=seed).dropna("arm")
    assert set(again.index) == set(want.arm.values)
    wide = 0.6 if name == "lines" else 0.08 if name == "tickets" else 0.05
    for arm in want.arm.values:
        assert again[arm] == pytest.approx(want.sel(arm=arm).item(), abs=wide), arm


@pytest.mark.parametrize(
    ("name", "setting", "arm"),
    [
        ("convolution", "1000, points shuffled", "dense"),
        ("convolution", "4000 signals", "convolution"),
        ("lower_rate", "1000, lower rate", "dense + shifts"),
    ],
)
def test_one_network_trained_again_has_the_stored_error(name, setting, arm):
    seed = stored.SEEDS[name][0]
    rates = {arm: convnets.RATES[setting][arm]}
    again = convnets.train_networks(setting, [seed], rates).test_error.item()
    want = stored.errors(name).sel(setting=setting, arm=arm, seed=seed).item()
    assert again == pytest.approx(want, abs=0.05)


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
