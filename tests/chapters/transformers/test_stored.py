"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest
import xarray as xr

from reglab.chapters.transformers import networks as nets
from reglab.chapters.transformers import stored
from reglab.data import stored_text


@pytest.mark.parametrize("epochs", nets.EPOCHS)
def test_runs_are_complete(epochs):
    runs = stored.curves(epochs)
    assert runs.arm.values.tolist() == list(nets.RATES[epochs])
    assert runs.seed.values.tolist() == list(stored.SEEDS)
    assert runs.epoch.values.tolist() == (list(nets.CURVE) if epochs == 50 else [epochs])
    for name in stored.COLUMNS:
        assert np.isfinite(runs[name]).all()


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and str(stored.SEEDS[0]) in head


def test_a_network_trained_again_has_the_stored_curves():
    """Rounding differs from machine to machine, and training amplifies it."""
    seed, arm = stored.SEEDS[0], "dropout 0.1"
    found = stored.repeat(50, [seed], [arm]).squeeze()
    want = stored.curves(50).sel(arm=arm, seed=seed)
    np.testing.assert_allclose(found.test, want.test, atol=0.05)
    np.testing.assert_allclose(found.error, want.error, atol=0.03)


def test_a_network_of_one_epoch_trained_again_has_the_stored_error():
    seed, arm = stored.SEEDS[0], "z-loss"
    found = stored.repeat(1, [seed], [arm]).squeeze()
    want = stored.curves(1).sel(arm=arm, seed=seed).squeeze()
    np.testing.assert_allclose(found.test, want.test, atol=0.05)


def test_last_is_the_last_epoch():
    curves, last = stored.curves(50), stored.last(50)
    assert last.test.equals(curves.test.sel(epoch=50, drop=True))


def test_stop_early_chooses_by_validation_and_reports_the_test_part():
    dims, coords = ("seed", "epoch"), {"seed": [1, 2], "epoch": [0, 5, 9]}
    runs = xr.Dataset(
        {
            "val": (dims, [[3.0, 1.0, 2.0], [3.0, 2.0, 1.0]]),
            "test": (dims, [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        },
        coords,
    )
    assert stored.stop_early(runs).values.tolist() == [0.2, 0.6]
