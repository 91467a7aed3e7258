"""The stored runs are complete, say where they are from, and a part of each is trained again."""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reglab.chapters.dropout import networks as nets
from reglab.chapters.dropout import predictions, stored
from reglab.data import stored_text

DIMS = {
    "width": ("labels", "p", "width", "seed"),
    "many": ("arm", "seed"),
    "removed": ("labels", "arm", "q", "seed"),
    "active": ("labels", "arm", "layer", "seed"),
    "ensembles": ("labels", "arm", "size", "seed"),
    "uncertainties": ("labels", "method", "seed"),
    "learned": ("arm", "seed"),
    "modes": ("mode", "seed"),
}
CLOSE = dict(abs=0.06)  # rounding differs from machine to machine, and training amplifies it


@pytest.mark.parametrize("name", DIMS)
def test_tables_are_complete(name):
    runs = stored.runs(name)
    assert set(runs.dims) == set(DIMS[name])
    assert runs.sizes["seed"] == 10
    for measure, values in runs.items():
        alone = measure == "information_auroc"  # one prediction cannot disagree
        assert np.isfinite(values[:, 2:] if alone else values).all(), measure


def test_coordinates_are_those_of_the_settings():
    width = stored.runs("width")
    assert width.p.values.tolist() == list(nets.RATES)
    assert width.width.values.tolist() == list(nets.WIDTHS)
    assert width.labels.values.tolist() == list(nets.KINDS)
    assert stored.runs("removed").q.values.tolist() == list(stored.SHARES)
    assert stored.runs("uncertainties").method.values.tolist() == list(predictions.METHODS)
    assert stored.runs("many").arm.values.tolist() == list(stored.MANY)
    assert stored.runs("ensembles").seed.values.tolist() == list(stored.SEEDS["fives"])[::5]


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "seed" in " ".join(head)


@pytest.mark.parametrize("name", ["width", "removed", "modes"])
def test_what_is_written_can_be_read(name, monkeypatch):
    runs = stored.runs(name)
    written = stored.rows(name, runs).to_csv(index=False)
    read = pd.read_csv(io.StringIO(written))
    monkeypatch.setattr(stored, "stored_table", lambda package, file: read)
    xr.testing.assert_identical(stored.runs(name), runs)


def test_errors_over_width_trained_again():
    again = stored.of_width([2520], widths=[16], kinds=["clean labels"])
    want = stored.runs("width").sel(labels=["clean labels"], width=[16], seed=[2520])
    for name in stored.ERRORS:
        mean = float(want[name].mean())
        assert float(again[name].mean()) == pytest.approx(mean, **CLOSE)


def test_many_signals_trained_again():
    again = stored.of_many([2540]).test_error.mean().item()
    want = stored.runs("many").test_error.sel(seed=2540).mean().item()
    assert again == pytest.approx(want, abs=0.02)


@pytest.fixture(scope="module")
def again():
    """The first five networks of each arm, and all that is measured of them."""
    return stored.of_fives(range(2550, 2555))


@pytest.mark.parametrize("name", list(DIMS)[2:])
def test_fives_trained_again(again, name):
    want = stored.runs(name).sel(seed=[2550])
    assert set(again[name].data_vars) == set(want.data_vars)
    for measure, values in again[name].items():
        first = want[measure].transpose(*values.dims).sel({values.dims[0]: values[values.dims[0]]})
        limit = 0.3 if measure == "nll" else 0.1
        gap = abs(values.values - first.values)
        assert np.nanmax(gap) < limit, measure
        assert np.nanmean(gap) < 0.03 + 0.1 * (measure == "nll"), measure
