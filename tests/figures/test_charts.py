"""Charts: what is drawn where, and clear errors."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.figures import curve_with_band, finding, house_figure, use_house_style

X = np.array([1.0, 2.0, 4.0])


@pytest.fixture
def axis():
    with plt.style.context("reglab.figures.house"):
        yield house_figure().subplots()


def test_curve_and_band_share_color_and_place(axis):
    curve_with_band(axis, X, X + 1, X, X + 3, label="a")
    line, band = axis.lines[0], axis.collections[0]
    assert_allclose(line.get_xydata(), np.column_stack([X, X + 1]))
    corners = band.get_paths()[0].vertices
    assert {tuple(p) for p in corners} >= {(1, 1), (1, 4), (4, 4), (4, 7)}
    color = plt.matplotlib.colors.to_rgb(line.get_color())
    assert_allclose(band.get_facecolor()[0, :3], color)
    assert 0.1 <= band.get_facecolor()[0, 3] <= 0.3  # a band behind another line must not hide it


def test_two_curves_differ_in_color_and_dash(axis):
    for name in "ab":
        curve_with_band(axis, X, X, X, X, label=name)
    one, two = axis.lines
    assert one.get_color() != two.get_color()
    assert one._dash_pattern != two._dash_pattern


def test_finding_sets_the_title_and_labels_the_ends(axis):
    curve_with_band(axis, X, X, X, X, label="up")
    curve_with_band(axis, X, -X, -X, -X, label="down")
    finding(axis, "Up goes up")
    assert axis.get_title("left") == "Up goes up"
    assert [t.get_text() for t in axis.texts] == ["up", "down"]
    assert axis.texts[0].xyann[1] > axis.texts[1].xyann[1]


def test_style_is_applied_globally_only_on_request():
    with plt.rc_context():
        use_house_style()
        assert plt.rcParams["axes.titlelocation"] == "left"


@pytest.mark.parametrize("name", ["mean", "low", "high"])
def test_shapes_must_agree(axis, name):
    parts = {"mean": X, "low": X, "high": X} | {name: X[:2]}
    with pytest.raises(ValueError, match=rf"{name} must have the shape of x, \(P,\); got \(2,\)"):
        curve_with_band(axis, X, **parts, label="a")


def test_swapped_ends_are_an_error(axis):
    with pytest.raises(ValueError, match="are the ends swapped"):
        curve_with_band(axis, X, X, X + 1, X - 1, label="a")
