"""The stored runs are complete, say where they are from, and some networks are trained again."""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from reglab.chapters.early_stopping import networks as nets
from reglab.chapters.early_stopping import stored, validation
from reglab.data import stored_text

SEEDS = dict.fromkeys(("optimism", "labels"), stored.SEEDS["judged"])
SEEDS |= {name: stored.SEEDS[name] for name in ("patience", "ends")} | {"again": stored.AGAIN}
FIRST = 2840


@pytest.mark.parametrize("name", SEEDS)
def test_tables_are_complete(name):
    runs = stored.runs(name)
    assert set(runs.dims) == {stored.DIMS[name], "seed"}
    assert runs.seed.values.tolist() == list(SEEDS[name])
    for measure, values in runs.items():
        assert np.isfinite(values).all(), measure


def test_coordinates_are_those_of_the_settings():
    assert stored.runs("patience").patience.values.tolist() == list(stored.PATIENCES)
    assert stored.runs("ends").arm.values.tolist() == list(nets.TO_THE_END)
    assert stored.runs("optimism").n_val.values.tolist() == list(validation.SIZES)
    assert stored.runs("labels").labels.values.tolist() == ["right", "wrong"]
    assert stored.runs("again").arm.values.tolist() == ["stopped", "again"]


def test_the_file_says_where_it_is_from():
    text = stored_text(stored.__package__, stored.FILE)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "PyTorch" in " ".join(head) and "2840 to 2859" in " ".join(head)


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_written_can_be_read(name, monkeypatch):
    runs = stored.runs(name)
    written = stored.rows(name, runs).to_csv(index=False)
    read = pd.read_csv(io.StringIO(written), dtype={"arm": str})
    monkeypatch.setattr(stored, "stored_table", lambda package, file, **options: read)
    xr.testing.assert_identical(stored.runs(name), runs)


@pytest.mark.parametrize("measure", ["last", "restored"])
def test_patience_again(patience_again, measure):
    """A stop may move by epochs where two are nearly as good, with patience 1 by many."""
    want = stored.runs("patience")[measure].sel(seed=4420)
    got = patience_again[measure].sel(seed=4420)
    assert got.sel(patience=10).item() == pytest.approx(want.sel(patience=10).item(), abs=0.08)
    assert got.sel(patience=1).item() == pytest.approx(want.sel(patience=1).item(), abs=0.3)


@pytest.fixture(scope="module")
def patience_again():
    return stored.of_patience([4420])


@pytest.mark.parametrize("arm", nets.TO_THE_END)
def test_ends_trained_again(ends_again, arm):
    """Rounding differs from machine to machine, and training amplifies it."""
    want = stored.runs("ends").test_error.sel(arm=arm, seed=FIRST).item()
    assert ends_again.sel(arm=arm).item() == pytest.approx(want, abs=0.06)


@pytest.fixture(scope="module")
def ends_again():
    return stored.of_ends([FIRST]).test_error


@pytest.fixture(scope="module")
def judged_again():
    return stored.of_judged([FIRST], [FIRST])


@pytest.mark.parametrize("name", ["optimism", "labels", "again"])
def test_judged_again(judged_again, name):
    """A best epoch may move by one or more where two are nearly as good."""
    want = stored.runs(name).sel(seed=[FIRST])
    assert set(judged_again[name].data_vars) == set(want.data_vars)
    for measure, values in judged_again[name].items():
        np.testing.assert_allclose(values, want[measure].transpose(*values.dims), atol=0.08)
