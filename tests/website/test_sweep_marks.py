"""Cells, bars and a second chart of a Sweep in widget-host.js: drawn, chosen, told, on a phone."""

import re

import numpy as np
import pytest
from figure_page import opener

from reglab.figures import Sweep
from reglab.figures.style import DARK, LIGHT

ERROR = np.arange(6.0).reshape(2, 3) / 10  # rows: λ, columns: learning rate
EPOCH = np.arange(1, 11)
CURVES = ERROR.T[..., None] + 1 / EPOCH


def sweep(**changes):
    parts = {
        "title": "The map moves the curves",
        "knobs": {"rate": [1, 2, 3], "λ": [0, 1]},
        "x": ["r1", "r2", "r3"],
        "y": ["l0", "l1"],
        "cells": {"test error": ERROR},
        "controls": ("rate", "λ"),
        "xlabel": "learning rate",
        "ylabel": "λ",
        "beside": {"x": EPOCH, "lines": {"test": CURVES}, "xlabel": "epoch", "ylabel": "error"},
        "readouts": {"test error": ERROR.T},
        "alt": "A map of the error, and its curve.",
    }
    return Sweep(**parts | changes)


# Each row and each column has a 1, so that all of them can be told from what is drawn.
MASKS = np.stack([np.eye(4), np.tri(4), np.tri(4)[::-1]])


def mask(**changes):
    parts = {
        "title": "A mask",
        "knobs": {"p": [0.2, 0.5, 0.8]},
        "cells": {"kept": MASKS},
        "zlim": (0, 1),
        "readouts": {"kept": MASKS.mean((1, 2))},
        "alt": "A mask of four by four units.",
    }
    return Sweep(**parts | changes)


@pytest.fixture
def show(tmp_path, page):
    return opener(tmp_path, page)


def svgs(page):
    return page.locator(".reglab-stage > svg")


def box_of(path):
    """left, top, right, bottom of a path of one rectangle, in pixels of its svg."""
    x0, y0, x1, y1 = (float(v) for v in re.findall(r"-?[\d.]+", path)[:4])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def center_of_cell(page, column, row):
    """The middle of a cell of the 2 x 3 map on the page."""
    axes = svgs(page).nth(0).locator(".reglab-axes > .reglab-axis").first
    frame = axes.bounding_box()
    x = frame["x"] + (column + 0.5) * frame["width"] / 3
    return x, frame["y"] + (row + 0.5) * frame["height"] / 2


def values(page):
    return [radio.input_value() for radio in page.locator("input:checked").all()]


def press_right(page, knob):
    page.get_by_role("radiogroup", name=knob).locator(":checked").focus()
    page.keyboard.press("ArrowRight")


def test_a_click_on_a_cell_moves_both_knobs_and_the_curve(show):
    page = show(sweep())
    line = svgs(page).nth(1).locator(".reglab-line")
    before = line.get_attribute("d")
    page.mouse.click(*center_of_cell(page, 2, 1))
    assert values(page) == ["2", "1"]
    assert page.locator("td").inner_text() == "0.500"
    assert line.get_attribute("d") != before
    page.get_by_role("button", name="Reset").click()
    assert values(page) == ["0", "0"]


def test_a_click_beside_the_cells_moves_nothing(show):
    page = show(sweep(start={"rate": 2}))
    x, y = center_of_cell(page, 0, 1)
    page.mouse.click(x, y + 110)
    assert values(page) == ["1", "0"]


def test_a_drag_over_the_cells_moves_the_knobs_all_along(show):
    page = show(sweep())
    page.mouse.move(*center_of_cell(page, 0, 0))
    page.mouse.down()
    page.mouse.move(*center_of_cell(page, 1, 1))
    assert values(page) == ["1", "1"]
    page.mouse.up()
    page.mouse.move(*center_of_cell(page, 2, 0))
    assert values(page) == ["1", "1"]


@pytest.mark.parametrize("y", [["l0", "l1"], [0, 1]])  # the first row is on top, or below
def test_arrows_go_from_cell_to_cell_and_tell_where_they_are(show, y):
    page = show(sweep(y=y))
    cells = page.get_by_role("slider", name="Cells by rate and λ")
    assert cells.get_attribute("aria-valuetext") == "rate 1, λ 0: test error 0"
    cells.focus()
    further, back = ("ArrowDown", "ArrowUp") if y[0] == "l0" else ("ArrowUp", "ArrowDown")
    for key, at in [("ArrowLeft", "00"), ("ArrowRight", "10"), (further, "11"), (further, "11")]:
        page.keyboard.press(key)
        assert values(page) == [*at]
    assert cells.get_attribute("aria-valuetext") == "rate 2, λ 1: test error 0.400"
    page.keyboard.press(back)
    assert values(page) == ["1", "0"]


def draggable(**changes):
    line = np.array([1.0, 2, 3])[:, None, None] + np.linspace(0, 1, 3)
    parts = {
        "title": "A line to draw",
        "knobs": {"size": [10, 20, 30], "height": [1, 2]},
        "x": [5.0, 20, 35],
        "lines": {"line": line + np.array([0.0, 1])[:, None]},
        "controls": ("size", None),
        "readouts": {"end": line[..., -1]},
        "alt": "A line.",
    }
    return Sweep(**parts | changes)


def drag(page, *fractions):
    """Press in the frame of the chart and go from place to place: shares of width and height."""
    page.locator("svg[role=img]").scroll_into_view_if_needed()
    frame = page.evaluate(
        """() => {
          const [first, ...others] = document.querySelectorAll("svg[role=img] .reglab-grid");
          const boxes = [first, others.at(-1)].map((one) => one.getBoundingClientRect());
          return [boxes[0].left, boxes[1].top, boxes[0].right, boxes[0].top];
        }"""
    )
    left, top, right, bottom = frame
    for k, (across, up) in enumerate(fractions):
        page.mouse.move(left + across * (right - left), bottom - up * (bottom - top))
        if k == 0:
            page.mouse.down()
    page.mouse.up()


def test_a_line_along_x_can_be_drawn(show):
    page = show(draggable())
    mark = page.locator("svg[role=img] .reglab-here")
    before = mark.get_attribute("d")
    drag(page, (0.1, 0.5), (0.5, 0.2), (0.8, 0.9))
    assert values(page) == ["2", "0"]
    assert page.locator("td").inner_text() == "4"
    assert mark.get_attribute("d") != before
    drag(page, (0.5, 0.9))  # a click
    assert values(page) == ["1", "0"]


def test_a_drag_in_both_directions_moves_two_knobs(show):
    page = show(draggable(controls=("size", "height"), ylim=(0.5, 2.5)))
    drag(page, (0.1, 0.1), (0.9, 0.9))
    assert values(page) == ["2", "1"]
    page = show(draggable(controls=(None, "height"), ylim=(0.5, 2.5)))
    drag(page, (0.1, 0.1), (0.9, 0.9))
    assert values(page) == ["0", "1"]
    assert page.locator("svg[role=img] .reglab-here").get_attribute("d") is None


def test_the_frame_follows_the_sliders_by_keyboard(show):
    page = show(sweep())
    mark = svgs(page).nth(0).locator(".reglab-here")
    at = [box_of(mark.get_attribute("d"))]
    press_right(page, "rate")
    at.append(box_of(mark.get_attribute("d")))
    press_right(page, "λ")
    at.append(box_of(mark.get_attribute("d")))
    assert abs(at[0][2] - at[1][0]) < 0.2 and at[0][1] == at[1][1]  # one column to the right
    assert abs(at[1][3] - at[2][1]) < 0.2 and at[1][0] == at[2][0]  # one row down


def test_the_value_under_the_pointer_is_told(show):
    page = show(sweep())
    page.mouse.move(*center_of_cell(page, 1, 1))
    tip = page.locator(".reglab-tip").first
    assert tip.inner_text() == "0.400"
    page.mouse.move(5, 5)
    assert tip.inner_text() == ""


def test_cells_are_where_the_matrix_says(show):
    page = show(mask())
    for drawn in MASKS > 0:
        full = page.locator("path[fill-opacity='1.000']").get_attribute("d")
        lefts = {box_of(one)[:2] for one in full.split("Z")[:-1]}
        assert len(lefts) == drawn.sum()
        columns = sorted({left for left, _ in lefts})
        rows = sorted({top for _, top in lefts})
        found = np.zeros((4, 4), bool)
        for left, top in lefts:
            found[rows.index(top), columns.index(left)] = True
        np.testing.assert_array_equal(found, drawn)
        press_right(page, "p")


@pytest.mark.parametrize("width", [390, 800])
def test_cells_without_places_are_square(show, width):
    page = show(mask(), width=width)
    full = page.locator("path[fill-opacity='1.000']").get_attribute("d")
    left, top, right, bottom = box_of(full)
    assert abs((right - left) - (bottom - top)) < 0.3
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_equal_axes_make_circles_round(show):
    turn = np.linspace(0, 2 * np.pi, 50)
    ring = {"ring": (np.cos(turn), np.sin(turn))}
    page = show(Sweep(title="t", alt="A ring.", knobs={"a": [1, 2]}, x=[-1.5, 1.5], dots=ring,
                      readouts={"radius": 1.0}, ylim=(-1.2, 1.2), equal=True))  # fmt: skip
    path = page.locator("svg[role=img] .reglab-dots").get_attribute("d")
    points = np.array(re.findall(r"M([-\d.]+),([-\d.]+)", path), dtype=float)
    wide, high = np.ptp(points, axis=0)
    assert wide > 230 and abs(wide / high - 1) < 0.01  # a small chart beside it takes no height


@pytest.mark.parametrize("theme, colors", [("light", LIGHT), ("dark", DARK)])
def test_colors_of_cells_and_bars_follow_the_page(show, theme, colors):
    page = show(
        mask(center=0.5, beside={"x": ["a", "b"], "bars": {"n": [1, 2], "m": [2, 1]}}), theme=theme
    )
    rgb = [f"rgb({', '.join(str(int(c[i : i + 2], 16)) for i in (1, 3, 5))})" for c in colors[:2]]
    strong = page.locator("svg[role=img] path[fill-opacity='1.000']").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).fill)"
    )
    assert set(strong) == set(rgb)
    bars = svgs(page).nth(1).locator(".reglab-bars")
    assert bars.evaluate_all("all => all.map((one) => getComputedStyle(one).fill)") == rgb


def test_bars_reach_their_values(show):
    bars = {"a": np.array([[1.0, 4], [2, 8]]), "b": np.array([[2.0, -2], [2, -2]])}
    page = show(
        Sweep(
            title="t",
            alt="Bars.",
            knobs={"k": [1, 2]},
            x=["p", "q"],
            bars=bars,
            readouts={"sum": 1.0},
        )
    )

    def heights(k):
        path = page.locator("svg[role=img] .reglab-bars").nth(k).get_attribute("d")
        ends = [[float(v) for v in re.findall(r"-?[\d.]+", one)] for one in path.split("Z")[:-1]]
        return np.array([zero - tip for _, zero, _, tip, *_ in ends])

    unit = heights(0)[0]
    np.testing.assert_allclose(heights(0) / unit, [1, 4], atol=0.02)
    np.testing.assert_allclose(heights(1) / unit, [2, -2], atol=0.02)
    press_right(page, "k")
    np.testing.assert_allclose(heights(0) / unit, [2, 8], atol=0.04)


def test_curves_turn_back_are_filled_or_faint_and_move(show):
    turn = np.linspace(0, 2 * np.pi, 9)
    ring = (np.array([1.0, 2, 3])[:, None] * np.cos(turn), np.sin(turn))
    page = show(Sweep(title="t", alt="A ring.", knobs={"a": [1, 2, 3]}, x=[-3.0, 3], xlabel="u",
                      curves={"ring": ring, "way": ([-1, 1], [0, 1])}, filled=["ring"],
                      faint=["way"], dots={"way": ([0], [0.5])},
                      readouts={"width": [1.0, 2, 3]}))  # fmt: skip
    drawn = page.locator("svg[role=img] .reglab-curve")

    def width():
        path = drawn.first.get_attribute("d")
        assert path.endswith("Z") and path.count("L") == 8
        return np.ptp(np.array(re.findall(r"[ML]([-\d.]+)", path), dtype=float))

    before = width()
    press_right(page, "a")
    assert abs(width() / before - 2) < 0.01
    looks = (
        "all => all.map((one) => [getComputedStyle(one).fill, getComputedStyle(one).strokeOpacity])"
    )
    (fill, strong), (none, pale) = drawn.evaluate_all(looks)
    assert fill.startswith("rgb") and none == "none" and float(pale) < float(strong)
    key = page.locator(".reglab-key li").all_inner_texts()
    assert key == ["ring", "way"]  # a curve and its dots share an entry
    assert page.locator(".reglab-key li").nth(1).locator("path").count() == 2


def test_two_charts_stand_side_by_side_and_on_a_phone_below_each_other(show):
    for width, side_by_side in ((800, True), (390, False)):
        page = show(sweep(), width=width)
        first, second = (svgs(page).nth(k).bounding_box() for k in (0, 1))
        assert (second["x"] > first["x"] + first["width"]) == side_by_side
        assert (second["y"] > first["y"] + first["height"]) != side_by_side
        if side_by_side:
            assert abs(first["y"] + first["height"] - second["y"] - second["height"]) < 2
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 800])
def test_equal_x_stand_below_each_other_in_a_chart_below(show, width):
    below = {"x": [0, 10], "lines": {"a long name": [0, 1]}, "ylim": (-10_000, 10_000)}
    page = show(sweep(cells={}, y=None, controls=None, beside=None, x=EPOCH, below=below,
                      lines={"test": CURVES}, xlim=(0, 10)), width=width)  # fmt: skip
    first, second = (svgs(page).nth(k).bounding_box() for k in (0, 1))
    assert second["y"] > first["y"] + first["height"]
    ends = "one => [one.getBoundingClientRect().left, one.getBoundingClientRect().right]"
    grids = [svgs(page).nth(k).locator(".reglab-grid").first.evaluate(ends) for k in (0, 1)]
    np.testing.assert_allclose(grids[0], grids[1], atol=0.1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_alt_text_is_said_once_for_both(show):
    page = show(sweep())
    assert page.get_by_role("img", name="A map of the error, and its curve.").count() == 1
    assert svgs(page).nth(1).get_attribute("aria-hidden") == "true"


def test_the_key_shows_the_colors_of_cells_with_their_ends(show):
    page = show(sweep())
    key = page.locator(".reglab-key").nth(0).locator("li")
    assert key.all_inner_texts() == ["test error: 0\n0.5"]
    assert key.locator(".reglab-ramp rect").count() > 5
    assert page.locator(".reglab-key").nth(1).locator("li").all_inner_texts() == ["test", ""]


def test_names_below_x_keep_apart(show):
    names = ["nothing", "dropout", "weight decay", "label smoothing", "early stopping"]
    for width in (800, 390):
        page = show(
            Sweep(
                title="t",
                alt="Bars.",
                knobs={"k": [1, 2]},
                x=names,
                bars={"n": np.ones(5)},
                readouts={"sum": 5.0},
            ),
            width=width,
        )
        texts = page.locator(".reglab-axes text[transform], .reglab-axes text[text-anchor=middle]")
        leaning = page.locator(".reglab-axes text[transform]").count()
        assert leaning == (5 if width < 400 else 0)
        assert texts.count() >= 5
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_room_kept_for_it_is_about_right(show):
    flat = {"cells": {}, "y": None, "controls": None, "bars": {"n": [1, 2, 3]}}
    stacked = {"beside": None, "below": {"x": EPOCH, "lines": {"test": CURVES}}, "linked": False}
    for figure in (sweep(), mask(), sweep(**flat), sweep(**flat | stacked)):
        page = show(figure)
        height = page.locator(".reglab").bounding_box()["height"]
        assert 0.75 < figure.min_height / height < 1.3
