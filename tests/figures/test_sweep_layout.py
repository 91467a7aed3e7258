"""The layout of a Sweep: slots, limits, budget, and clear errors."""

import json

import numpy as np
import pytest

from reglab.figures.grid import Grid, read
from reglab.figures.sweep_layout import Panel, pack, renewed_slots

X = np.linspace(1, 10, 4)
GRID = Grid({"a": [1, 2, 3], "b": [1, 2]})
LINES = {"fit": np.arange(24.0).reshape(3, 2, 4), "truth": X}


def layout(readouts=None, **parts):
    (panel,), numbers, data = pack(
        GRID, [Panel(**{"x": X, "lines": LINES} | parts)], readouts or {}
    )
    return panel | {"readouts": numbers}, data


def test_numbers_are_where_the_layout_says():
    low, high = LINES["fit"] - 1, LINES["fit"] + 1
    xs, ys = np.arange(5.0), np.arange(15.0).reshape(3, 1, 5)
    error = np.arange(6.0).reshape(3, 2)
    chart, data = layout(
        bands={"fit": (low, high)}, dots={"data": (xs, ys)}, readouts={"error": error}
    )
    at = (2, 1)
    want = [
        (chart["x"], X),
        (chart["lines"][0]["y"], LINES["fit"][at]),
        (chart["lines"][1]["y"], X),
        (chart["bands"][0]["low"], low[at]),
        (chart["bands"][0]["high"], high[at]),
        (chart["dots"][0]["x"], xs),
        (chart["dots"][0]["y"], ys[2, 0]),
        (chart["readouts"][0]["value"], error[at]),
    ]
    for block, values in want:
        np.testing.assert_allclose(read(data, block, at), np.atleast_1d(values), rtol=1e-6)


def test_curves_are_stored_as_they_are_drawn():
    xs, ys = np.arange(15.0).reshape(3, 1, 5), np.arange(5.0) - 20
    curves = {"ring": (xs, ys), "fit": (ys, xs)}
    chart, data = layout(curves=curves, filled=["ring"], faint=["fit"])
    ring, fit = chart["curves"]
    for at in np.ndindex(3, 2):
        np.testing.assert_allclose(read(data, ring["x"], at), xs[at[0], 0])
        np.testing.assert_allclose(read(data, ring["y"], at), ys)
    assert (ring["filled"], ring["faint"], fit["filled"], fit["faint"]) == (
        True,
        False,
        False,
        True,
    )
    assert (ring["slot"], fit["slot"]) == (2, 0)  # after the lines, or as the line of that name
    assert [line["faint"] for line in chart["lines"]] == [True, False]
    assert -22 < chart["ylim"][0] < -20  # the limits hold every curve


def test_a_chart_says_what_it_controls():
    assert layout()[0]["controls"] is None
    along = {"knob": 0, "at": [1, 2, 3]}
    assert layout(controls=("a", None))[0]["controls"] == [along, None]


def test_what_no_knob_changes_is_stored_once():
    alone = layout(lines={"truth": X})[1]
    again = layout(lines={"truth": np.broadcast_to(X, (3, 2, 4))})[1]
    assert len(alone) == len(again) == 4 * (4 + 4)  # the line and x, 4 bytes a number


def test_slots_are_shared_by_name_and_references_take_none():
    band = (X - 1, X + 1)
    chart, _ = layout(
        lines={"truth": X, "fit": X, "other": X},
        bands={"other": band, "alone": band},
        dots={"fit": (X, X), "data": (X, X), "ink": (X, X)},
        reference=["truth", "ink"],
    )
    kinds = ("lines", "bands", "dots")
    slots = {(kind[0], s["name"]): s["slot"] for kind in kinds for s in chart[kind]}
    assert slots[("l", "truth")] == slots[("d", "ink")] == "ink"
    assert slots[("l", "fit")] == slots[("d", "fit")] == 0
    assert slots[("l", "other")] == slots[("b", "other")] == 1
    assert slots[("b", "alone")] == 2
    assert slots[("d", "data")] == 3


def test_limits_hold_every_line_and_dot_with_a_margin():
    lines = {"a": [0, 1, np.nan, 2], "b": [0, 0, 0, 2]}
    chart, _ = layout(lines=lines, dots={"d": ([1], [-8])})
    assert chart["xlim"] == [1, 10]
    low, high = chart["ylim"]
    assert -9 < low < -8 and 2 < high < 3


def test_limits_on_log_axes_leave_out_what_has_no_place():
    chart, _ = layout(
        x=[0, 1, 10, 100], lines={"a": [0, 1, 10, 100]}, logx=True, logy=True, dots={}
    )
    assert chart["xlim"] == [1, 100]
    assert 0.5 < chart["ylim"][0] < 1 and 100 < chart["ylim"][1] < 200


def test_limits_of_a_constant_have_a_width():
    chart, _ = layout(lines={"a": X * 0})
    assert chart["ylim"][0] < 0 < chart["ylim"][1]


def test_given_limits_are_kept():
    chart, _ = layout(xlim=(2, 3), ylim=(-1, 4))
    assert chart["xlim"] == [2, 3] and chart["ylim"] == [-1, 4]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"x": [[1, 2], [3, 4]]},
            r"x must hold 2 or more finite numbers or texts, \(P,\); got shape",
        ),
        ({"x": [1, 2, 3, np.nan]}, "x must hold 2 or more finite numbers"),
        ({"x": [1], "lines": {"a": [1]}}, "x must hold 2 or more"),
        ({"x": [-2, -1, 0, 0], "logx": True}, "no value of x is positive"),
        ({"lines": {}}, "a panel must hold lines, curves, bars, dots or cells; got none"),
        ({"x": None}, r"x must hold 2 or more finite numbers or texts, \(P,\); got shape \(0,\)"),
        ({"x": ["a"], "lines": {"a": [1]}}, "x must hold 2 or more"),
        ({"bars": {"b": X}, "logx": True}, "bars start at 0 .* linear axes"),
        ({"bars": {"b": X}, "logy": True}, "bars start at 0 .* linear axes"),
        ({"x": X[::-1], "bars": {"b": X}}, "bars need an x that rises"),
        ({"bars": {"b": X[:3]}}, r"'b' must broadcast to \(3, 2, 4\)"),
        ({"lines": {"a": X[:3]}}, r"'a' must broadcast to \(3, 2, 4\)"),
        ({"bands": {"fit": X}}, r"'fit' needs a pair, \(low, high\)"),
        ({"bands": {"fit": (X, X[:3])}}, r"'band of fit' must broadcast to \(3, 2, 4\)"),
        (
            {"dots": {"d": (X, X[:3])}},
            r"dots 'd' need as many x as y; got \(1, 1, 4\) and",
        ),
        ({"readouts": {"r": X}}, r"'r' must broadcast to \(3, 2\)"),
        (
            {"curves": {"c": (X, X[:3])}},
            r"curves 'c' need as many x as y; got \(1, 1, 4\) and",
        ),
        ({"curves": {"c": X}}, r"'c' needs a pair, \(low, high\) or \(xs, ys\)"),
        (
            {"reference": ["trueth"]},
            r"reference must name lines, curves or dots \(fit, truth\); got trueth",
        ),
        (
            {"dots": {"d": (X, X)}, "faint": ["d"]},
            r"faint must name lines or curves \(fit, truth\)",
        ),
        ({"filled": ["fit"]}, r"filled must name curves \(\); got fit"),
        ({"filled": "fit"}, "filled must be a list"),
        ({"xlim": (2, 1)}, r"xlim must be \(low, high\) with low < high; got \(2, 1\)"),
        ({"ylim": (0, 1), "logy": True}, "ylim must be .* with 0 < low < high on a log axis"),
        ({"ylim": (0, np.nan)}, "ylim must be"),
        ({"lines": {"a": X * np.nan}}, "nothing to draw"),
        ({"lines": {str(i): X for i in range(7)}}, "7 series cannot be told apart; at most 6"),
    ],
)
def test_errors_name_what_is_wrong(parts, message):
    with pytest.raises(ValueError, match=message):
        layout(**parts)


def test_six_series_and_a_reference_can_be_told_apart():
    lines = {str(i): X for i in range(7)}
    chart, _ = layout(lines=lines, reference=["3"])
    assert sorted(str(line["slot"]) for line in chart["lines"]) == [*"012345", "ink"]


def test_a_page_cannot_carry_everything():
    grid = Grid({"a": range(20), "b": range(20)})
    big = np.random.default_rng(0).normal(size=(20, 20, 700))
    with pytest.raises(ValueError, match="take 1,122,800 bytes, more than the 1,000,000"):
        pack(grid, [Panel(x=np.arange(700), lines={"a": big})], {})


def test_bars_stand_on_zero_and_have_room_at_both_ends():
    bars = np.arange(24.0).reshape(3, 2, 4)
    chart, data = layout(lines={}, bars={"n": bars})
    np.testing.assert_allclose(read(data, chart["bars"][0]["y"], (2, 1)), bars[2, 1])
    assert chart["xlim"] == [-0.5, 11.5]
    assert chart["ylim"][0] == 0 and 23 < chart["ylim"][1] < 25
    assert layout(lines={}, bars={"n": bars + 5})[0]["ylim"][0] == 0
    assert layout(lines={}, bars={"n": -bars - 5})[0]["ylim"][0] < -28
    assert layout(lines={}, bars={"n": -bars - 5})[0]["ylim"][1] > 0


def test_texts_stand_at_whole_numbers():
    chart, data = layout(x=["a", "b", "c", "d"], bars={"n": X})
    assert chart["xnames"] == [*"abcd"] and chart["xlim"] == [-0.5, 3.5]
    np.testing.assert_allclose(read(data, chart["x"], (0, 0)), [0, 1, 2, 3])
    assert layout()[0]["xnames"] is None and layout()[0]["ynames"] is None


def test_words_and_switches_are_in_the_layout():
    words = {"xlabel": "x (s)", "ylabel": "y", "band_label": "95 %", "equal": True}
    chart, _ = layout(**words)
    assert {name: chart[name] for name in words} == words
    assert layout()[0]["equal"] is False


def test_a_name_has_one_color_in_both_panels():
    panels = [
        Panel(x=X, lines={"truth": X, "a": X}, reference=["truth"]),
        Panel(x=X, lines={"b": X, "truth": X}, bars={"a": X}),
    ]
    (first, second), _, _ = pack(GRID, panels, {})
    assert [one["slot"] for one in first["lines"]] == ["ink", 0]
    assert [one["slot"] for one in second["lines"]] == [1, "ink"]
    assert [one["slot"] for one in second["bars"]] == [0]


def test_training_test_and_validation_have_one_color_in_all_sweeps():
    orders = [["test error", "training"], ["fit", "training error", "its test error"], ["test"]]
    for names in [*orders, ["validation", "test"], ["a", "b", "c", "validation error"]]:
        slots = {
            one["name"]: one["slot"] for one in layout(lines=dict.fromkeys(names, X))[0]["lines"]
        }
        assert len(set(slots.values())) == len(names) and max(slots.values()) <= max(2, len(names))
        for slot, word in enumerate(["training", "test", "validation"]):
            assert all(slots[name] == slot for name in names if word in name.split())


def test_the_first_of_two_test_errors_has_the_color():
    lines = dict.fromkeys(["test, dropout", "test, none", "contest"], X)
    assert [one["slot"] for one in layout(lines=lines)[0]["lines"]] == [1, 0, 2]


def test_stored_slots_become_those_of_today():
    parts = {"lines": {"truth": X, "test": X, "training": X}, "bands": {"test": (X, X)}}
    today, _ = layout(**parts, dots={"training": (X, X)}, reference=["truth"])
    old = json.loads(json.dumps(today))
    for kind in ("lines", "bands", "dots"):
        for one in old[kind]:
            one["slot"] = {"test": 0, "training": 1, "truth": "ink"}[one["name"]]
    assert old != today
    assert renewed_slots([old]) == [{name: today[name] for name in old}]


def test_both_panels_count_for_the_colors():
    panels = [Panel(x=X, lines={str(4 * p + k): X for k in range(4)}) for p in range(2)]
    with pytest.raises(ValueError, match="8 series cannot be told apart"):
        pack(GRID, panels, {})


@pytest.mark.parametrize(("values", "whole"), [([1.0, 2], True), ([1.5, 2], False), (np.nan, True)])
def test_counts_are_known_as_such(values, whole):
    assert layout(readouts={"n": values})[0]["readouts"][0]["whole"] is whole
