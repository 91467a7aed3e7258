"""Charts: what is drawn where, and clear errors."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose

from reglab.figures import curve_with_band, finding, note, points_with_interval, small_multiples
from reglab.figures.labels import EndLabels

X = np.array([1.0, 2.0, 4.0])


def names(axis):
    found = [child for child in axis.get_children() if isinstance(child, EndLabels)]
    return [text.get_text() for part in found for text, _ in part._names.values()]


@pytest.fixture
def panels():
    figure, axes = small_multiples(5, xlabel="epoch", ylabel="loss")
    yield axes
    plt.close(figure)


def test_curve_and_band_share_color_and_place(axis):
    curve_with_band(axis, X, X + 1, X, X + 3, label="a")
    line, band = axis.lines[0], axis.collections[0]
    assert_allclose(line.get_xydata(), np.column_stack([X, X + 1]))
    corners = {tuple(point) for point in band.get_paths()[0].vertices}
    assert corners >= {(1, 1), (1, 4), (4, 4), (4, 7)}
    assert_allclose(band.get_facecolor()[0, :3], to_rgb(line.get_color()))
    assert 0.1 <= band.get_facecolor()[0, 3] <= 0.3  # what lies behind a band stays visible
    assert names(axis) == ["a"]


def test_the_band_follows_a_color_of_ones_own(axis):
    curve_with_band(axis, X, X, X, X, label="a", color="red")
    assert_allclose(axis.collections[0].get_facecolor()[0, :3], (1, 0, 0))


def test_labeled_arrays_are_taken_as_they_are(axis):
    mean = xr.DataArray(X, dims="epoch", coords={"epoch": [10, 20, 30]})
    line = curve_with_band(axis, mean.epoch, mean, mean - 1, mean + 1, label="a")
    assert_allclose(line.get_xdata(), [10, 20, 30])


def test_two_curves_differ_in_color_and_dash(axis):
    one, two = (curve_with_band(axis, X, X, X, X, label=name) for name in "ab")
    assert one.get_color() != two.get_color()
    assert one._dash_pattern != two._dash_pattern


def test_the_band_says_how_many_runs_it_stands_for(axis):
    curve_with_band(axis, X, X, X, X, label="a", n=20)
    assert axis.figure.get_supxlabel() == "band: 95 % interval, n = 20"


def test_a_finding_is_the_title_and_names_the_lines(axis):
    curve_with_band(axis, X, X, X, X, label="up")
    axis.plot(X, -X, label="down")
    finding(axis, "Up goes up")
    assert axis.get_title("left") == "Up goes up"
    assert names(axis) == ["up", "down"]


@pytest.mark.parametrize("name", ["mean", "low", "high"])
def test_shapes_must_agree(axis, name):
    parts = {"mean": X, "low": X, "high": X} | {name: X[:2]}
    with pytest.raises(ValueError, match=r"must have one shape \(P,\); got .*\(2,\)"):
        curve_with_band(axis, X, **parts, label="a")


def test_seeds_must_have_been_averaged(axis):
    runs = np.ones((10, 3))
    with pytest.raises(ValueError, match=r"got \(10, 3\), \(10, 3\)"):
        curve_with_band(axis, runs, runs, runs, runs, label="a")


@pytest.mark.parametrize("low, high", [(X + 1, X + 2), (X - 2, X - 1)])
def test_a_mean_outside_its_band_is_an_error(axis, low, high):
    with pytest.raises(ValueError, match="in order mean, low, high"):
        curve_with_band(axis, X, X, low, high, label="a")


def test_a_missing_mean_is_a_gap(axis):
    gap = np.array([1.0, np.nan, 4.0])
    line = curve_with_band(axis, X, gap, gap, gap, label="a")
    assert np.isnan(line.get_ydata()[1])


def test_points_stand_in_reading_order_with_their_intervals(axis):
    points_with_interval(axis, ["a", "b"], [1, 2], [0, 1.5], [3, 2.5], n=10)
    assert [t.get_text() for t in axis.get_yticklabels()] == ["a", "b"]
    assert axis.yaxis_inverted()
    bars = [path.vertices for path in axis.collections[0].get_paths()]
    assert_allclose(bars, [[(0, 0), (3, 0)], [(1.5, 1), (2.5, 1)]])
    assert axis.figure.get_supxlabel() == "bar: 95 % interval, n = 10"


def test_points_need_a_value_each(axis):
    with pytest.raises(ValueError, match=r"3 names need as many .* got \(2,\)"):
        points_with_interval(axis, ["a", "b", "c"], [1, 2], [0, 1], [2, 3])


def test_small_multiples_share_axes_and_carry_names_outside(panels):
    assert len(panels) == 5
    assert [ax.get_ylabel() for ax in panels] == ["loss", "", "", "loss", ""]
    assert [ax.get_xlabel() for ax in panels] == ["", "", "epoch", "epoch", "epoch"]
    panels[0].set(xlim=(3, 4), ylim=(5, 6))
    assert panels[4].get_xlim() == (3, 4) and panels[4].get_ylim() == (5, 6)
    assert len(panels[0].figure.axes) == 5


def test_the_last_note_stays(axis):
    note(axis.figure, "one")
    note(axis.figure, "two")
    assert axis.figure.get_supxlabel() == "two"
