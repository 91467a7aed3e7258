"""Labels at line ends: they keep apart, stay near, and look the same in the page."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from reglab.figures.labels import EndLabels, label_line_ends, spread

positions = st.lists(st.floats(0, 100), max_size=7)


@given(positions, st.floats(0.1, 30))
def test_labels_keep_apart_in_order_and_inside(wanted, gap):
    placed = np.array(spread(wanted, gap, 0, 100))
    order = np.argsort(wanted, kind="stable")
    fits = min(gap, 100 / max(len(wanted) - 1, 1))
    assert (np.diff(placed[order]) >= fits - 1e-9).all()
    assert ((placed >= -1e-9) & (placed <= 100 + 1e-9)).all()


@given(st.lists(st.floats(20, 80), min_size=1, max_size=5))
def test_labels_are_as_near_as_can_be(wanted):
    """Against a general solver of least squares under the same constraints."""
    wanted, gap = np.sort(wanted), 10.0
    apart = {"type": "ineq", "fun": lambda y: np.diff(y) - gap}
    start = 50 + gap * (np.arange(len(wanted)) - len(wanted) / 2)
    cost = lambda y: ((y - wanted) ** 2).sum()  # noqa: E731
    best = minimize(cost, start, constraints=[apart] if len(wanted) > 1 else [])
    placed = np.array(spread(wanted, gap, -1000, 1000))
    assert cost(placed) <= best.fun + 1e-4


def test_labels_with_room_stay_where_they_are():
    assert spread([10, 50, 30], 15, 0, 100) == [10, 50, 30]
    assert spread([], 15, 0, 100) == []


def test_the_page_places_them_the_same(js):
    @given(positions, st.floats(0.1, 30))
    def agree(wanted, gap):
        assert_allclose(js("spread", wanted, gap, 0, 100), spread(wanted, gap, 0, 100), atol=1e-9)

    agree()


def boxes(axis):
    """Draw, and return the boxes of the names of `axis` by text, in pixels."""
    canvas = FigureCanvasAgg(axis.figure)
    canvas.draw()
    (names,) = (child for child in axis.get_children() if isinstance(child, EndLabels))
    renderer = canvas.get_renderer()
    return {t.get_text(): t.get_window_extent(renderer) for t, _ in names._placed()}


def test_names_that_would_overlap_do_not(axis):
    for i in range(5):
        axis.plot([0, 1], [i, 1 + i / 100], label=f"line {i}")
    label_line_ends(axis)
    found = boxes(axis)
    assert len(found) == 5
    rows = sorted(found.values(), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 + 1 for below, above in itertools.pairwise(rows))


def test_names_stand_at_the_ends_though_limits_change_later(axis):
    (_line,) = axis.plot([1, 10, 100], [1, 2, 3], label="late")
    label_line_ends(axis)
    axis.set(xscale="log", ylim=(0, 30))
    box = boxes(axis)["late"]
    end = axis.transData.transform((100, 3))
    assert_allclose((box.y0 + box.y1) / 2, end[1], atol=3)
    assert 0 < box.x0 - end[0] < 30


def test_names_stay_in_the_figure(axis):
    axis.plot([0, 1], [0, 1], label="a name that is rather long for its place")
    label_line_ends(axis)
    (box,) = boxes(axis).values()
    assert box.x1 <= axis.figure.bbox.x1


def test_a_line_that_leaves_the_frame_is_named_at_its_edge(axis):
    axis.plot([0, 1, 2], [0, 1, 1e6], label="out")
    axis.plot([0, 1, 2], [0, np.nan, np.nan], label="early")
    label_line_ends(axis)
    axis.set(ylim=(0, 2))
    found = boxes(axis)
    assert abs(found["out"].y1 - axis.bbox.y1) < found["out"].height
    assert set(found) == {"out", "early"}


def test_names_and_their_leaders_stay_in_the_frame(axis):
    for i in range(6):
        axis.plot([0, 1], [i, -i - 1000], label=f"line {i}")
    label_line_ends(axis)
    axis.set(ylim=(0, 6))
    found, frame = boxes(axis), axis.bbox
    assert all(box.y0 > frame.y0 - box.height and box.y1 < frame.y1 for box in found.values())
    (names,) = (child for child in axis.get_children() if isinstance(child, EndLabels))
    for _, leader in names._placed():
        ys = leader.get_ydata()
        assert all(frame.y0 - 1 <= y <= frame.y1 for y in ys)


def test_dots_vertical_lines_and_unnamed_lines_are_left_to_the_legend(axis):
    axis.plot([0, 1], [0, 1], "o", label="dots")
    axis.plot([0, 1], [0, 1])
    axis.axvline(0.5, label="here")
    axis.axhline(0.5, label="chance")
    label_line_ends(axis)
    assert set(boxes(axis)) == {"chance"}
    _handles, labels = axis.get_legend_handles_labels()
    assert labels == ["dots", "here"]


def test_naming_twice_names_once(axis):
    axis.plot([0, 1], [0, 1], label="a")
    label_line_ends(axis)
    label_line_ends(axis)
    assert list(boxes(axis)) == ["a"]


def test_all_of_nothing_draws(axis):
    axis.plot([0, 1], [np.nan, np.nan], label="a")
    label_line_ends(axis)
    assert boxes(axis) == {}
