"""Noted seconds: on every variable, through arithmetic, into a claim's record."""

import time

import numpy as np
import pytest
import xarray as xr

from reglab.evidence import claim, timed
from reglab.evidence.timing import known_seconds, noted


@timed
def measure(values, *, as_dataset=False):
    """What it measures."""
    time.sleep(0.02)
    found = xr.DataArray(values, dims="seed", coords={"seed": range(len(values))}, name="error")
    return found.to_dataset() if as_dataset else found


def test_timed_notes_the_seconds_on_the_result_and_its_variables():
    values = np.linspace(0.2, 0.4, 10)
    one, many = measure(values), measure(values, as_dataset=True)
    for found in (one, many, many.error):
        assert 0.02 <= found.attrs["run_seconds"] < 2
    assert many.error.attrs == many.attrs
    np.testing.assert_array_equal(one, values)
    assert (measure.__name__, measure.__doc__) == ("measure", "What it measures.")


def test_seconds_survive_what_chapters_do_with_results():
    curve = xr.DataArray(np.ones((3, 10)), dims=("width", "seed"), coords={"width": [4, 8, 16]})
    noted(curve, 7.25)
    for derived in (curve.sel(width=4), curve.sel(width=[4, 8]).mean("width"), np.log10(curve)):
        assert known_seconds(derived) == 7.25
    assert known_seconds(curve.sel(width=4) - curve.sel(width=8)) == 7.25
    assert known_seconds(curve.sel(width=4) - noted(curve.sel(width=8).copy(), 1.0)) is None


def test_each_run_counts_once():
    a, b = (noted(xr.DataArray(np.zeros(3), dims="seed"), seconds) for seconds in (2.0, 3.5))
    assert known_seconds(a, a.copy()) == 2.0
    assert known_seconds(a, b) == 5.5
    assert known_seconds(a, np.zeros(3)) == 2.0
    assert known_seconds(np.zeros(3), None) is None


@pytest.mark.parametrize("seconds", ["12 s", [1.0], None, -1.0, float("nan")])
def test_a_time_that_is_not_a_number_is_named(seconds):
    arm = xr.DataArray(np.zeros(3), dims="seed", attrs={"run_seconds": seconds})
    with pytest.raises(ValueError, match="run_seconds must be a finite number >= 0; got "):
        known_seconds(arm, np.zeros(3))


@pytest.mark.parametrize(("given", "recorded"), [(None, 12.0), (3.14159, 3.1)])
def test_a_claim_records_the_time_of_its_arms_unless_told_otherwise(given, recorded):
    error = noted(xr.DataArray(np.linspace(0.2, 0.4, 10), dims="seed"), 12.3456)
    found = claim("It is more.", error, 0.5 * error, run_seconds=given)
    assert found.record()["run_seconds"] == recorded
    assert "second" not in repr(found)  # no time in what nbval compares
