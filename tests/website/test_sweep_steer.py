"""Knobs of a Sweep moved in its chart: by a click, a drag, and arrows from cell to cell."""

import numpy as np
import pytest
from cell_map import box_of, center_of_cell, press_right, svgs, sweep
from figure_page import opener

from reglab.figures import Sweep


@pytest.fixture
def show(tmp_path, page):
    return opener(tmp_path, page)


def values(page):
    return [radio.input_value() for radio in page.locator("input:checked").all()]


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
