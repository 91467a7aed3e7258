"""The stored runs are complete, say where they are from, and one of them is trained again."""

import numpy as np
import pytest

from reglab.chapters.dropout_relatives import networks as nets
from reglab.chapters.dropout_relatives import stored
from reglab.data import stored_text


@pytest.mark.parametrize("task", stored.SEEDS)
def test_runs_are_complete(task):
    runs = stored.runs(task)
    assert runs.arm.values.tolist() == list(nets.ARMS[task])
    assert runs.seed.values.tolist() == list(stored.SEEDS[task])
    for name in stored.COLUMNS:
        assert np.isfinite(runs[name]).all()


def test_what_is_used_is_known_where_noise_is_learned():
    runs = stored.runs("weights")
    for name in stored.USED:
        assert np.isfinite(runs[name]).all("seed").values.tolist() == [False, True, True]


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "seed" in " ".join(head)


@pytest.mark.parametrize(
    "task, arm, names",
    [("branches", "depth", ("noise", "p")), ("units", "standout", ("noise", "p"))],
)
def test_a_network_trained_again_has_the_stored_error(task, arm, names):
    """Rounding differs from machine to machine, and training amplifies it."""
    settings, seed = nets.ARMS[task][arm], stored.SEEDS[task][0]
    model = {name: settings[name] for name in names}
    again = nets.trained(task, [seed], model, lr=settings["lr"])
    want = stored.runs(task).test_error.sel(arm=arm, seed=seed)
    assert again.test_error.item() == pytest.approx(want.item(), abs=0.05)
