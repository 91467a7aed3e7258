"""The stored runs are complete, say where they are from, and some of them are trained again."""

import numpy as np
import pytest

from reglab.chapters.soft_targets import networks as nets
from reglab.chapters.soft_targets import stored
from reglab.data import stored_text


@pytest.mark.parametrize("task", stored.SEEDS)
def test_runs_are_complete(task):
    runs = stored.runs(task)
    assert runs.arm.values.tolist() == list(stored.ARMS[task])
    assert runs.seed.values.tolist() == list(stored.SEEDS[task])
    for name in stored.COLUMNS:
        assert np.isfinite(runs[name]).all()


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "seed" in " ".join(head)


def test_a_temperature_never_raises_the_loss_by_much():
    for task in stored.SEEDS:
        runs = stored.runs(task)
        assert (runs.scaled_nll < runs.nll + 0.02).all()


@pytest.mark.parametrize(
    "task, arm",
    [
        ("many", "smoothed 0.1"),
        ("students", "T = 8"),
        ("wrong labels", "generalized CE, q = 0.7"),
        ("wrong labels", nets.CE),
    ],
)
def test_a_network_trained_again_has_what_is_stored(task, arm):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed = stored.SEEDS[task][0]
    again = stored.repeat(task, [seed], [arm]).sel(arm=arm, seed=seed)
    want = stored.runs(task).sel(arm=arm, seed=seed)
    for name in ("error", "ece", "scaled_nll"):
        assert float(again[name]) == pytest.approx(float(want[name]), abs=0.05), name
