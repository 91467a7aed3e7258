"""The stored runs are complete, say where they are from, and one of them is trained again."""

import numpy as np
import pytest

from reglab.chapters.dropout_relatives import networks as nets
from reglab.chapters.dropout_relatives import stored


@pytest.mark.parametrize("task", stored.SEEDS)
def test_runs_are_complete(task):
    runs = stored.runs(task)
    assert runs.arm.values.tolist() == list(nets.ARMS[task])
    assert runs.seed.values.tolist() == list(stored.SEEDS[task])
    for name in stored.COLUMNS:
        assert np.isfinite(runs[name]).all()


def test_the_file_says_where_it_is_from():
    head = [line for line in stored.text().splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "seed" in " ".join(head)


def test_a_network_trained_again_has_the_stored_error():
    """Rounding differs from machine to machine, and training amplifies it."""
    arm, seed = nets.ARMS["branches"]["depth"], stored.SEEDS["branches"][0]
    model = {name: arm[name] for name in ("noise", "p")}
    again = nets.trained("branches", [seed], model, lr=arm["lr"])
    want = stored.runs("branches").test_error.sel(arm="depth", seed=seed)
    assert again.test_error.item() == pytest.approx(want.item(), abs=0.05)
