"""The stored runs are complete, say where they are from, and some are trained again."""

import numpy as np
import pytest
import xarray as xr

from reglab.chapters.double_descent_in_networks import networks as nets
from reglab.chapters.double_descent_in_networks import stored
from reglab.data import stored_text

WIDTHS = {
    "wrong": nets.WIDTHS,
    "clean": nets.CLEAN_WIDTHS,
    "decayed": stored.GROUPS,
    "averaged": [8, 18],
}


@pytest.mark.parametrize("name", stored.TABLES)
def test_tables_are_complete(name):
    runs = stored.runs(name)
    assert runs.width.values.tolist() == WIDTHS[name]
    assert runs.seed.values.tolist() == list(stored.SEEDS)
    assert np.isfinite(runs.to_array()).all()  # no network diverged


@pytest.mark.parametrize("name", ["wrong", "clean"])
def test_runs_with_epochs_have_all_of_them(name):
    assert stored.runs(name).epoch.values.tolist() == list(nets.REPORT)


@pytest.mark.parametrize("name", stored.TABLES)
def test_the_file_says_where_it_is_from(name):
    text = stored_text(stored.__package__, f"{name}.csv")
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "PyTorch" in head and str(stored.SEEDS[0]) in head and f"stored {name}`" in head


@pytest.mark.parametrize(
    ("name", "width"), [("wrong", 6), ("clean", 6), ("decayed", 18), ("averaged", 8)]
)
def test_networks_trained_again_have_the_stored_errors(name, width):
    """Rounding differs from machine to machine, and training amplifies it."""
    seed = stored.SEEDS[0]
    again = stored.TABLES[name]([seed], [width])
    want = stored.runs(name).sel(width=[width], seed=[seed])
    assert set(again) == set(want)
    for measure in want:
        np.testing.assert_allclose(again[measure], want[measure], atol=0.05)


@pytest.mark.parametrize("name", stored.TABLES)
def test_what_is_written_can_be_read(name, monkeypatch):
    runs = stored.runs(name)
    written = stored.rows(runs)
    monkeypatch.setattr(stored, "stored_table", lambda package, file: written)
    xr.testing.assert_identical(stored.runs(name), runs)
