"""Intervals: parity with scipy, coverage, labels kept, limits, errors that name the seeds."""

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy import stats

from reglab.core import numpy_stream
from reglab.evidence import differences, interval, paired_interval, statistics
from reglab.evidence.statistics import bounded_interval, mean_interval


def test_equal_values_have_an_interval_by_their_bounds():
    with pytest.raises(ValueError, match="no width"):
        mean_interval(np.ones(10))
    mean, low, high = mean_interval(np.ones(10), (0, 3))
    assert mean == 1 and low < 1 < high and (high - 1) == pytest.approx(2 * (1 - low))
    assert mean_interval(np.arange(10.0), (0, 9)) == interval(np.arange(10.0))


def test_a_bounded_interval_covers_the_mean_of_rare_values():
    """Seeds that are 1 with probability q, else 0: all ten are 0 with (1 - q)^10."""
    high = bounded_interval(0.0, 10, (0, 1)).high
    assert (1 - high) ** 10 == pytest.approx(0.025)
    assert bounded_interval(0.0, 20, (0, 1)).high < high


NUMBERS = st.floats(-1e3, 1e3, width=32)


@given(values=arrays(np.float64, st.integers(2, 30), elements=NUMBERS), level=st.floats(0.01, 0.99))
def test_matches_scipy(values, level):
    mean, low, high = interval(values, level)
    assert_allclose(mean, values.mean(), rtol=1e-9, atol=1e-9)
    if values.std() > 0:
        want = stats.t.interval(level, len(values) - 1, values.mean(), stats.sem(values))
        assert_allclose([low, high], want, rtol=1e-9, atol=1e-9)


@given(a=arrays(np.float64, 12, elements=NUMBERS), b=arrays(np.float64, 12, elements=NUMBERS))
def test_paired_matches_scipy(a, b):
    if (a - b).std() == 0:
        return
    want = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert_allclose(paired_interval(a, b)[1:], want, rtol=1e-8, atol=1e-8)


def test_pairing_removes_what_both_arms_share():
    rng = numpy_stream(0, "test")
    shared, noise = 10 * rng.normal(size=20), 0.1 * rng.normal(size=20)
    _, low, high = paired_interval(shared + 1 + noise, shared)
    assert high - low < 0.2 and low > 0.8


@pytest.mark.parametrize(("n", "level"), [(2, 0.95), (10, 0.95), (10, 0.5)])
def test_coverage(n, level):
    values = 3.0 + 2.0 * numpy_stream(n, "coverage").normal(size=(n, 20_000))
    _, low, high = interval(values, level)
    covered = int(((low < 3.0) & (high > 3.0)).sum())
    assert stats.binomtest(covered, 20_000, level).pvalue > 1e-6  # 3 cases, seeds fixed


@pytest.mark.parametrize(
    ("kind", "mean", "n", "told"),
    [
        ("exponential", 1.0, 10, 0.90),
        ("exponential", 1.0, 20, 0.92),
        ("lognormal", np.exp(0.5), 10, 0.84),
        ("lognormal", np.exp(0.5), 20, 0.87),
    ],
)
def test_coverage_of_skewed_values_is_as_told(kind, mean, n, told):
    values = getattr(numpy_stream(n, kind), kind)(size=(n, 20_000))
    _, low, high = interval(values)
    assert ((low < mean) & (high > mean)).mean() == pytest.approx(told, abs=0.012)  # 4.5 sigma
    assert (high <= mean).sum() > 10 * (low >= mean).sum()
    assert f"{100 * told:.0f} %" in statistics.__doc__


def test_masked_values_are_not_taken_for_values():
    masked = np.ma.masked_greater([1.0, 2.0, 99.0], 50)
    for wrong in (masked, masked[:2]):
        with pytest.raises(ValueError, match="masked array.*choose the values yourself"):
            interval(wrong)


def test_default_level_is_95_percent():
    values = [1.0, 2.0, 4.0]
    assert interval(values) == interval(values, 0.95) != interval(values, 0.9)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_axis(axis):
    values = numpy_stream(1, "test").normal(size=(5, 7))
    got = interval(values, axis=axis)
    loop = [interval(row) for row in np.moveaxis(values, axis, 0).T]
    assert_allclose(np.array(got).T, loop)


def grid(seeds=(3, 4, 5), name="test_error"):
    values = numpy_stream(2, "test").normal(size=(2, len(seeds)))
    coords = {"width": [10, 100], "seed": list(seeds)}
    return xr.DataArray(values, dims=("width", "seed"), coords=coords, name=name)


def test_labels_survive():
    found = interval(grid())
    assert all(part.dims == ("width",) and part.name == "test_error" for part in found)
    assert found.low.width.values.tolist() == [10, 100]
    assert_allclose(found.low, interval(grid().values, axis=1).low)


def test_another_dimension_can_be_the_sample():
    assert interval(grid(), dim="width").mean.dims == ("seed",)


def test_lists_tensors_integers_and_bools_are_numbers():
    want = interval(np.array([0.0, 1.0, 1.0]))
    for same in ([0, 1, 1], (False, True, True), torch.tensor([0, 1, 1]), np.float32([0, 1, 1])):
        assert interval(same) == want
    assert all(type(part) is float for part in want)


@given(value=st.floats(-1e6, 1e6), n=st.integers(2, 40))
def test_equal_values_give_exactly_no_width(value, n):
    assert interval(np.full(n, value)) == (value, value, value)


def test_large_offset_loses_no_digits():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    mean, low, high = interval(values)
    assert_allclose(np.array(interval(values + 2.0**40)) - 2.0**40, [mean, low, high], rtol=1e-3)
    narrow = np.float32([16777216.0, 16777218.0])  # float32 sums would round here
    assert interval(narrow).mean == 16777217.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_name_their_seeds(bad):
    values = np.ones((12, 3))
    values[3, 1] = values[11, 0] = bad
    with pytest.raises(ValueError, match=r"infinite at seed 3, 11\. A run that diverged"):
        interval(values)
    labeled = grid().copy()
    labeled[0, 1] = bad
    with pytest.raises(ValueError, match=r"infinite at seed 4\."):
        interval(labeled)


def test_too_few_seeds():
    for values in ([1.0], np.ones((1, 5)), np.ones((0, 5)), grid(seeds=[0])):
        with pytest.raises(ValueError, match=r"at least 2 values along 'seed'; got [01]"):
            interval(values)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, -0.5, float("nan")])
def test_level_is_a_share(level):
    with pytest.raises(ValueError, match=f"between 0 and 1, such as 0.95; got {level}"):
        interval([1.0, 2.0], level)


def test_other_errors():
    with pytest.raises(ValueError, match="got a single number"):
        interval(3.0)
    with pytest.raises(ValueError, match="real numbers; got an array of dtype <U1"):
        interval(["a", "b"])
    with pytest.raises(ValueError, match="no dimension 'epoch': the dimensions are width, seed"):
        interval(grid(), dim="epoch")
    with pytest.raises(ValueError, match="one variable of the Dataset: test_error"):
        interval(grid().to_dataset())


def test_differences_never_pair_different_seeds():
    a, b = grid((3, 4, 5)), grid((3, 4, 6))
    with pytest.raises(ValueError, match=r"same order; got \[3, 4, 5\] and \[3, 4, 6\]"):
        differences(a, b)
    with pytest.raises(ValueError, match="same order"):
        paired_interval(a, a.isel(seed=[1, 0, 2]))
    with pytest.raises(ValueError, match=r"one shape; got \(3,\) and \(3, 1\)"):
        differences(np.ones(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="no dimension 'seed'"):
        differences(a.rename(seed="run"), b)


def test_differences_of_slices_and_mixtures():
    a = grid()
    apart = differences(a.sel(width=100), a.sel(width=10))
    assert apart.dims == ("seed",) and apart.seed.values.tolist() == [3, 4, 5]
    assert_allclose(apart, a.values[1] - a.values[0])
    assert_allclose(differences(a, a.values + 1), -np.ones((2, 3)))
    assert differences(a, a.values).dims == a.dims
    assert differences(np.float32([1 / 3]), np.float64([1 / 3])).dtype == np.float64


def test_differences_refuse_other_labels_elsewhere():
    with pytest.raises(ValueError, match="width"):
        differences(grid(), grid().assign_coords(width=[10, 200]))
