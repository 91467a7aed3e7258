"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import xarray as xr

from reglab.chapters.overfitting import stored
from reglab.data import stored_text


def test_the_table_is_complete():
    runs = stored.runs()
    assert list(runs) == stored.PARTS
    assert runs.width.values.tolist() == list(stored.WIDTHS)
    assert runs.n_train.values.tolist() == list(stored.SIZES)
    assert runs.label_noise.values.tolist() == list(stored.NOISES)
    assert runs.seed.values.tolist() == list(stored.SEEDS)
    assert runs.epoch.values.tolist() == list(stored.REPORT)
    assert np.isfinite(runs.to_array()).all()  # no network diverged


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and "seeds: 400 to 409" in head and "overfitting.stored`" in head


def test_what_is_written_can_be_read(monkeypatch):
    runs = stored.runs()
    written = stored.rows(runs).rename(columns=str)
    monkeypatch.setattr(stored, "stored_table", lambda package, file: written)
    xr.testing.assert_identical(stored.runs(), runs)


def test_networks_trained_again_have_the_stored_errors():
    """Rounding differs from machine to machine, and training amplifies it: most at the end."""
    seeds = stored.SEEDS[:2]
    again = stored.train(seeds, widths=[32], sizes=[250])
    want = stored.runs().sel(width=[32], n_train=[250], seed=list(seeds))
    for part in stored.PARTS:
        found = again[part].transpose(*want[part].dims)
        np.testing.assert_allclose(found, want[part], atol=0.06)
