"""The stored runs are complete, say where they are from, and some of them are trained again."""

import numpy as np
import pytest

from reglab.chapters.implicit_regularization import adversarial, edge, grokking, stored
from reglab.chapters.implicit_regularization import networks as nets
from reglab.data import stored_text

ARMS = {
    "rates": nets.RATES,
    "epochs": nets.EPOCHS,
    "steps": nets.STEPS,
    "wrong": nets.WRONG_LABELS,
    "clean": nets.CLEAN_LABELS,
}


@pytest.mark.parametrize("name", stored.TABLES)
def test_tables_are_complete(name):
    table, runs = stored.TABLES[name], stored.runs(name)
    assert runs.seed.values.tolist() == list(table.seeds)
    assert set(runs.sizes) == set(table.dims)
    assert all(np.isfinite(values).all() for values in runs.values())


def test_tables_hold_all_arms_in_their_order():
    for name, arms in ARMS.items():
        assert stored.runs(name).arm.values.tolist() == list(arms)
    assert stored.runs("grokking").decay.values.tolist() == list(grokking.ARMS)
    assert stored.runs("adversarial").arm.values.tolist() == list(adversarial.ARMS)
    assert stored.runs("edge").lr.values.tolist() == list(edge.RATES)


@pytest.mark.parametrize("name", stored.TABLES)
def test_the_file_says_where_it_is_from(name):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and str(stored.TABLES[name].seeds[0]) in head


def test_rows_and_runs_are_inverse():
    runs = stored.runs("edge").isel(seed=[0, 1])
    rows = stored.rows_of(runs, ("lr", "seed", "step"))
    assert list(rows)[:3] == ["lr", "seed", "step"]
    assert len(rows) == runs.sizes["lr"] * 2 * runs.sizes["step"]
    one = rows[(rows.lr == 1.0) & (rows.seed == runs.seed.values[1]) & (rows.step == 200)]
    assert one.sharpness.item() == runs.sharpness.sel(lr=1.0, step=200)[1].item()


@pytest.mark.parametrize(
    ("name", "arm"),
    [
        ("rates", "0.8"),
        ("epochs", "320"),
        ("steps", "10"),
        ("wrong", "SAM 0.4"),
        ("wrong", "decay 0.01"),
        ("clean", "plain"),
    ],
)
def test_a_network_trained_again_has_what_is_stored(name, arm):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed = stored.TABLES[name].seeds[0]
    again = nets.train({arm: ARMS[name][arm]}, [seed]).sel(arm=arm, seed=seed)
    want = stored.runs(name).sel(arm=arm, seed=seed)
    assert float(again.test_error) == pytest.approx(float(want.test_error), abs=0.05)


def test_the_edge_again():
    seed = stored.TABLES["edge"].seeds[0]
    again = edge.train([seed], rates=[1.0], steps=200, every=200).isel(lr=0, seed=0)
    want = stored.runs("edge").sel(lr=1.0, seed=seed, step=[0, 200])
    assert again.train_loss.values == pytest.approx(want.train_loss.values, rel=0.02)
    assert again.sharpness.values == pytest.approx(want.sharpness.values, rel=0.05)


def test_grokking_again():
    seed = stored.TABLES["grokking"].seeds[0]
    again = grokking.train([seed], {"1": grokking.ARMS["1"]}, steps=100).isel(decay=0, seed=0)
    want = stored.runs("grokking").sel(decay="1", seed=seed, step=again.step)
    assert again.train_error.values == pytest.approx(want.train_error.values, abs=0.1)
    assert again.test_error.values == pytest.approx(want.test_error.values, abs=0.1)


def test_an_adversarial_network_again():
    seed, arm = stored.TABLES["adversarial"].seeds[0], "adversarial"
    again = adversarial.train([seed], {arm: adversarial.ARMS[arm]}).isel(arm=0, seed=0)
    want = stored.runs("adversarial").sel(arm=arm, seed=seed)
    assert again.test_error.values == pytest.approx(want.test_error.values, abs=0.06)
