"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest

from reglab.chapters.averaging import running, soups, stored
from reglab.data import stored_text

COUNTS = {  # networks, or averages of networks, of one seed
    "ensembles": 2 * 2 * 2 * 10,
    "arms": 3 * len(running.ARMS),
    "decays": 2 * len(running.DECAYS) * len(running.DECAY_RATES) * 10,
    "soups": 2 * len(soups.RATES) + 1,
    "lines": (2 * len(soups.RATES) + 1) * len(soups.SHARES),
    "snapshots": 3,
    "statistics": 4,
}


@pytest.mark.parametrize("name", stored.TABLES)
def test_tables_are_complete(name):
    runs = stored.runs(name)
    assert runs.seed.values.tolist() == list(stored.SEEDS[name])
    for variable in runs.values():
        there = np.isfinite(variable.transpose("seed", ...).values.reshape(10, -1))
        assert there.sum(1).tolist() == [COUNTS[name]] * 10


@pytest.mark.parametrize("name", stored.TABLES)
def test_the_file_says_where_it_is_from(name):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and f"stored {name}" in head and str(stored.SEEDS[name][0]) in head


def again(name, place, **changed):
    """A variable of a table trained again, and as it is stored, at one place."""
    seed = stored.SEEDS[name][0]
    found = stored.TABLES[name]([seed], **changed)
    return found.sel(seed=seed, **place), stored.runs(name).sel(seed=seed, **place)


# Rounding differs from machine to machine, and training amplifies it.


def test_an_arm_trained_again_has_the_stored_error():
    seed, name = stored.SEEDS["arms"][0], "constant + tail"
    runs = running.train_arms("shifts", [seed], running.arms_of("shifts", [name]))
    want = stored.runs("arms").test_error.sel(situation="shifts", arm=name, seed=seed)
    assert runs.test_error.item() == pytest.approx(want.item(), abs=0.04)


def test_a_decay_trained_again_has_the_stored_errors():
    found, want = again(
        "decays", dict(situation="wrong labels", decay=0.98, lr=0.1), decays=[0.98], rates=[0.1]
    )
    np.testing.assert_allclose(found.test_error, want.value, atol=0.06)


@pytest.fixture(scope="module")
def soups_again():
    """The soups of one seed and rate, and the lines between their members: for both tables."""
    assert stored.SEEDS["soups"] == stored.SEEDS["lines"]
    return stored.of_soups([stored.SEEDS["soups"][0]], rates=[0.1])


@pytest.fixture
def one_cooking(soups_again, monkeypatch):
    monkeypatch.setattr(stored, "of_soups", lambda seeds, rates: soups_again)


def test_a_soup_cooked_again_has_the_stored_errors(one_cooking):
    found, want = again("soups", dict(task="clean", lr=0.1), rates=[0.1])
    for name in ("val_member", "member", "best", "soup", "greedy", "ensemble", "barrier"):
        assert found[name].item() == pytest.approx(want[name].item(), abs=0.04)


def test_a_line_drawn_again_has_the_stored_errors(one_cooking):
    found, want = again("lines", dict(task="clean", lr=0.1), rates=[0.1])
    np.testing.assert_allclose(found.line, want.value, atol=0.05)


def test_statistics_computed_again_have_the_stored_errors():
    found, want = again("statistics", {})
    np.testing.assert_allclose(
        found.test_error, want.test_error.sel(statistics=found.statistics), atol=0.05
    )


def test_snapshots_trained_again_have_the_stored_errors():
    found, want = again("snapshots", {})
    np.testing.assert_allclose(found.error, want.error.sel(way=found.way), atol=0.05)


def test_an_ensemble_trained_again_has_the_stored_errors():
    place = dict(labels="30 % wrong", drawn="all", average="probabilities")
    seed = stored.SEEDS["ensembles"][0]
    z = stored.members.train_members("30 % wrong", [seed])
    found = stored.members.measure_ensembles(z).sel(seed=seed, average="probabilities")
    want = stored.runs("ensembles").sel(seed=seed, **place)
    np.testing.assert_allclose(found.error, want.error, atol=0.03)
    np.testing.assert_allclose(found.nll, want.nll, atol=0.3)
