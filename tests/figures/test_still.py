"""The picture of a Sweep: the same curves, names and numbers as in the page."""

import itertools

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle
from numpy.testing import assert_allclose

from reglab.figures import Sweep
from reglab.figures.labels import EndLabels
from reglab.figures.style import INK, LIGHT

X = np.linspace(0, 1, 5)
FIT = np.arange(10.0).reshape(2, 5)


def picture(**changes):
    parts = {
        "title": "It rises",
        "knobs": {"size": [10, 20]},
        "x": X,
        "lines": {"truth": X, "fit": FIT},
        "bands": {"fit": (FIT - 1, FIT + 1)},
        "dots": {"data": ([0.5, np.nan], [1, np.nan])},
        "readouts": {"error": [0.25, 0.125]},
        "reference": ["truth"],
        "band_label": "95 % interval, 10 seeds",
        "xlabel": "time (s)",
        "ylabel": "loss",
        "start": {"size": 20},
        "alt": "a",
    }
    with style.context("reglab.figures.house"):
        figure = Sweep(**parts | changes).still()
        FigureCanvasAgg(figure).draw()
        return figure, figure.axes[0]


def test_curves_bands_and_dots_stand_at_the_start_position():
    _, ax = picture()
    truth, fit, data = ax.lines
    assert_allclose(truth.get_ydata(), X)
    assert_allclose(fit.get_ydata(), FIT[1])
    assert_allclose(data.get_xydata()[0], [0.5, 1])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (FIT[1].min() - 1, FIT[1].max() + 1)
    assert truth.get_color() == INK and fit.get_color() == LIGHT[0]


def test_everything_is_named():
    figure, ax = picture()
    assert ax.get_title("left").strip() == "It rises"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "loss")
    assert "size = 20" in [text.get_text() for text in ax.texts]
    (names,) = (child for child in ax.get_children() if isinstance(child, EndLabels))
    assert {text.get_text() for text, _ in names._placed()} == {"truth", "fit"}
    (key,) = figure.legends
    assert [t.get_text() for t in key.get_texts()] == ["data", "95 % interval, 10 seeds"]
    assert key.get_title().get_text() == "error: 0.125"


def test_the_numbers_are_there_without_anything_to_explain():
    figure, _ = picture(dots={}, bands={})
    assert len(figure.legends) == 1


def test_axes_are_as_in_the_page():
    _, ax = picture(xlim=(0.1, 0.9), ylim=(0.5, 20), logx=True, logy=True)
    assert ax.get_xlim() == (0.1, 0.9) and ax.get_ylim() == (0.5, 20)
    assert ax.get_xscale() == ax.get_yscale() == "log"


@pytest.mark.parametrize(
    ("limits", "seen"),
    [
        ((0.25, 8), ["0.5", "1", "2", "5"]),
        (
            (1, 1000),
            [
                "$\\mathdefault{10^{0}}$",
                "$\\mathdefault{10^{1}}$",
                "$\\mathdefault{10^{2}}$",
                "$\\mathdefault{10^{3}}$",
            ],
        ),
        ((0.031, 0.061), ["0.035", "0.04", "0.045", "0.05", "0.055", "0.06"]),
    ],
)
def test_a_log_axis_has_few_numbers_that_keep_apart(limits, seen):
    _, ax = picture(
        x=np.linspace(*limits, 5), xlim=limits, logx=True, ylim=(1, 50), logy=True, dots={}
    )
    shown = [
        tick.label1.get_text() for tick in ax.yaxis.get_major_ticks() if 1 <= tick.get_loc() <= 50
    ]
    assert shown == ["1", "2", "5", "10", "20", "50"]
    ticks = [
        tick for tick in ax.xaxis.get_major_ticks() if limits[0] <= tick.get_loc() <= limits[1]
    ]
    assert [tick.label1.get_text() for tick in ticks] == seen
    boxes = [tick.label1.get_window_extent() for tick in ticks]
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
    assert not any(label.get_text() for label in ax.xaxis.get_minorticklabels())


def test_bars_stand_beside_each_other_at_the_start_position():
    heights = np.arange(4.0).reshape(2, 2)
    bars = {"a": heights, "b": -heights}
    figure, ax = picture(x=["p", "q"], lines={}, bands={}, dots={}, bars=bars, reference=[])
    a, b = ax.containers
    assert [bar.get_height() for bar in a] == [2, 3] and [bar.get_height() for bar in b] == [-2, -3]
    left, right = (box[0].get_x() + box[0].get_width() / 2 for box in (a, b))
    assert_allclose([left, right], [-0.2, 0.2])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["p", "q"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_curves_are_drawn_and_named_in_the_key():
    turn = np.linspace(0, 2 * np.pi, 9)
    ring = (np.array([1.0, 2])[:, None] * np.cos(turn), np.sin(turn))
    curves = {"ring": ring, "way": ([0, 1], [0, 1])}
    figure, ax = picture(bands={}, dots={}, curves=curves, filled=["ring"], faint=["way", "fit"])
    _, fit, drawn, way = ax.lines
    assert_allclose(drawn.get_xydata(), np.stack([2 * np.cos(turn), np.sin(turn)], 1))
    assert (fit.get_alpha(), way.get_alpha(), drawn.get_alpha()) == (0.5, 0.5, None)
    (area,) = ax.patches
    assert_allclose(area.get_xy()[:9], drawn.get_xydata())
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ring", "way"]


def test_lines_may_be_named_in_the_key():
    figure, ax = picture(bands={}, dots={}, key=True)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["truth", "fit"]
    assert not any(isinstance(child, EndLabels) for child in ax.get_children())


def test_a_curve_and_its_dots_share_an_entry_of_the_key():
    dots = {"ring": ([0], [0]), "fit": ([0], [0])}
    figure, _ = picture(bands={}, curves={"ring": ([0, 1], [0, 1])}, dots=dots)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ring", "fit"]


def test_a_faint_reference_is_a_solid_background():
    _, ax = picture(curves={"way": ([0, 1], [0, 1])}, reference=["way"], faint=["way"])
    way = ax.lines[2]
    assert (way.get_color(), way.get_linestyle(), way.get_alpha()) == (INK, "-", 0.3)


def test_numbers_of_a_group_stand_in_one_line():
    readouts = {"all": 1.0, "this set: training": 0.25, "this set: test": 0.5, "every set: test": 2}
    (key,) = picture(readouts=readouts)[0].legends
    assert key.get_title().get_text().split("\n") == [
        "all: 1",
        "this set   training: 0.250   test: 0.500",
        "every set   test: 2",
    ]


def mesh(ax):
    (found,) = (child for child in ax.get_children() if isinstance(child, QuadMesh))
    return found


CELLS = {"x": None, "lines": {}, "bands": {}, "dots": {}, "reference": [], "ylim": None}
MATRIX = np.arange(12.0).reshape(2, 2, 3)


def test_cells_have_their_first_row_on_top_and_fixed_colors():
    figure, ax = picture(cells={"kept": MATRIX}, **CELLS)
    found = mesh(ax)
    assert_allclose(found.get_array(), MATRIX[1])
    corners = found.get_coordinates()
    assert_allclose([corners[0, 0], corners[-1, -1]], [[-0.5, 1.5], [2.5, -0.5]])
    assert found.get_clim() == (0, 11)
    assert ax.get_aspect() == 1
    assert figure.axes[1].get_ylabel() == "kept"


def test_a_center_is_white_and_colors_part_there():
    _, ax = picture(cells={"P": MATRIX}, center=3, zlim=(0, 11), **CELLS)
    found = mesh(ax)
    assert found.get_clim() == (-5, 11)
    white = found.to_rgba([3.0])[0]
    assert min(white[:3]) > 0.98
    assert found.to_rgba([11.0])[0][2] > 0.8 > found.to_rgba([-5.0])[0][2]


def test_the_cell_where_the_knobs_stand_has_a_frame():
    knobs = {"a": [1, 2, 3], "b": [5, 6]}
    cells = {"error": MATRIX[0]}
    parts = {"knobs": knobs, "start": {"a": 2, "b": 6}, "controls": ("a", "b")}
    _, ax = picture(
        cells=cells, readouts={"error": 1.0}, **parts, **CELLS | {"x": [*"abc"], "y": [*"de"]}
    )
    (frame,) = (child for child in ax.get_children() if is_frame(child))
    assert_allclose([*frame.get_xy(), frame.get_width(), abs(frame.get_height())], [0.5, 0.5, 1, 1])
    assert frame.get_height() == -1  # the second row lies below the first
    assert [text.get_text() for text in ax.get_yticklabels()] == ["d", "e"]


def test_a_line_stands_where_a_knob_stands_along_x():
    _, ax = picture(controls=("size", None), xlim=(0, 30))
    assert_allclose(ax.lines[-1].get_xdata(), [20, 20])
    assert len(picture(controls=(None, "size"))[1].lines) == len(picture()[1].lines)


def is_frame(child):
    return isinstance(child, Rectangle) and not child.get_fill()


def test_a_chart_below_is_as_wide_as_the_first():
    below = {"x": X, "lines": {"a long name": FIT}, "ylim": (-10_000, 10_000), "ylabel": "below"}
    figure, ax = picture(below=below)
    lower = figure.axes[1]
    assert lower.get_ylabel() == "below" and lower.get_position().y1 < ax.get_position().y0
    assert_allclose(lower.get_position().intervalx, ax.get_position().intervalx)
    assert ax.get_title("left").strip() == "It rises"


def test_two_charts_have_one_title_and_one_key():
    beside = {"x": X, "lines": {"fit": FIT}, "dots": {"data": ([0.5], [1])}, "ylabel": "beside"}
    figure, ax = picture(beside=beside)
    assert figure.get_suptitle().strip() == "It rises" and ax.get_title("left") == ""
    assert figure.axes[1].get_ylabel() == "beside"
    assert "size = 20" in [text.get_text() for text in figure.texts]
    (key,) = figure.legends
    assert [t.get_text() for t in key.get_texts()] == ["data", "95 % interval, 10 seeds"]


@pytest.mark.parametrize("label", ["", "unit"])
def test_rows_and_columns_without_names_are_counted_where_an_axis_has_a_name(label):
    _, ax = picture(cells={"kept": MATRIX}, **CELLS | {"xlabel": label, "ylabel": label})
    shown = [
        [text.get_text() for text in axis] for axis in (ax.get_xticklabels(), ax.get_yticklabels())
    ]
    assert shown == ([["1", "3"], ["1", "2"]] if label else [[], []])
    assert not label or ax.get_yticks().tolist() == [1, 0]  # the first row is on top
