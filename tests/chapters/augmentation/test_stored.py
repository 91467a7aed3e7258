"""The stored runs are complete, say where they are from, and some of them are trained again."""

import numpy as np
import pytest

from reglab.chapters.augmentation import networks as nets
from reglab.chapters.augmentation import pictures, spaces, stored
from reglab.data import stored_table, stored_text

ARMS = {
    "500 examples": ["0", "1", "3", "8", "20"],
    "1000 examples": ["0", "1", "3", "8", "20"],
    "4000 examples": ["0", "3"],
    "kinds": list(nets.KINDS),
    "wrong labels": ["none", "mixup", "shift"],
    "inputs": list(spaces.ARMS),
    "features": ["none", "extrapolation"],
    "searched": ["searched", "shift ±3"],
    "digits": list(pictures.ARMS),
    "mirrored": ["none", "flipped"],
}


@pytest.mark.parametrize("task", stored.SEEDS)
def test_runs_are_complete(task):
    runs = stored.runs(task)
    assert runs.arm.values.tolist() == ARMS[task]
    assert runs.seed.values.tolist() == list(stored.SEEDS[task])
    for name in stored.COLUMNS:
        assert np.isfinite(runs[name]).all()


@pytest.mark.parametrize(
    "name, task, arms",
    [
        ("ece", "kinds", list(nets.KINDS)),
        ("ece", "wrong labels", ARMS["wrong labels"]),
        ("views_error", "kinds", stored.AVERAGED),
        ("backwards_error", "kinds", stored.AVERAGED),
        ("moved_error", "digits", ARMS["digits"]),
        ("error_2_5", "mirrored", ARMS["mirrored"]),
    ],
)
def test_what_only_some_tasks_have_is_there_for_them_alone(name, task, arms):
    known = np.isfinite(stored.runs(task)[name]).all("seed")
    assert known.arm.values[known].tolist() == arms
    others = [t for t in stored.SEEDS if t != task and (name, t) != ("ece", "kinds")]
    if name != "ece":
        assert all(stored.runs(t)[name].isnull().all() for t in others)


def test_shifts_stand_over_their_strengths():
    found = stored.shifts(1000)
    assert found.strength.values.tolist() == [0, 1, 3, 8, 20]
    np.testing.assert_array_equal(
        found.test_error.sel(strength=20, drop=True),
        stored.runs("1000 examples").test_error.sel(arm="20", drop=True),
    )


def test_the_same_networks_have_the_same_errors_in_two_tables():
    kinds, shifts = stored.runs("kinds").test_error, stored.shifts(1000).test_error
    for arm, strength in [("none", 0), ("shift ±3", 3)]:
        np.testing.assert_array_equal(
            kinds.sel(arm=arm, drop=True), shifts.sel(strength=strength, drop=True)
        )


def test_answers_are_shares_that_agree_with_the_errors():
    shares, errors = stored.answers(), stored.runs("digits").test_error
    assert shares.sizes == {"arm": 4, "seed": 20, "true": 10, "answer": 10}
    np.testing.assert_allclose(shares.sum("answer"), 1)
    counts = np.bincount(pictures.images(2961).test.y, minlength=10)
    mean = (pictures.class_errors(shares).sel(seed=2961) * counts).sum("true") / counts.sum()
    np.testing.assert_allclose(mean, errors.sel(seed=2961), atol=1e-5)


def test_counts_come_back_as_shares():
    shares = stored.answers().sel(seed=[2960, 2979])
    counts = stored.counts_of(shares)
    rows = stored_table(stored.__package__, stored.DIGITS, dtype={"arm": str})
    rows = rows.query("seed in (2960, 2979)")
    want = rows.sort_values(["arm", "seed", "true"]).to_numpy().tolist()
    assert counts.sort_values(["arm", "seed", "true"]).to_numpy().tolist() == want


@pytest.mark.parametrize("name", [stored.FILE, stored.DIGITS])
def test_the_files_say_where_they_are_from(name):
    text = stored_text(stored.__package__, name)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "seed" in " ".join(head)


@pytest.mark.parametrize(
    "task, arm",
    [
        ("500 examples", "8"),
        ("kinds", "shift ±3"),
        ("kinds", "manifold mixup"),
        ("wrong labels", "mixup"),
        ("inputs", "extrapolation"),
        ("features", "extrapolation"),
        ("searched", "searched"),
        ("digits", "upside down"),
        ("mirrored", "flipped"),
    ],
)
def test_a_network_trained_again_has_what_is_stored(task, arm):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed = stored.SEEDS[task][0]
    again = stored.repeat(task, [seed], [arm]).sel(arm=arm, seed=seed)
    want = stored.runs(task).sel(arm=arm, seed=seed)
    for name in (*stored.COLUMNS, *stored.MORE):
        if name in again and np.isfinite(want[name]):
            assert float(again[name]) == pytest.approx(float(want[name]), abs=0.04), name
