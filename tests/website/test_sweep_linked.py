"""The small chart of a Sweep, the values told in its charts, where it started, and its presets."""

import re

import numpy as np
import pytest
from figure_page import opener

from reglab.figures import Sweep

X = np.linspace(0, 10, 11)
SLOPES = [1.0, 2.0, 3.0, 4.0, 5.0]
RISE = np.array(SLOPES)[:, None, None] * X + np.array([0.0, 5, 10])[:, None]
ERROR = (np.array(SLOPES)[:, None] - 3) ** 2 + np.array([0.0, 5, 10])


def sweep(**changes):
    parts = {
        "title": "It rises",
        "knobs": {"slope": SLOPES, "offset": [0, 5, 10]},
        "x": X,
        "lines": {"line": RISE, "always": X},
        "bands": {"line": (RISE - 1, RISE + 1)},
        "readouts": {"error": ERROR, "end": RISE[..., -1]},
        "xlabel": "time (s)",
        "ylim": (0, 60),
        "start": {"slope": 2.0},
        "presets": {"Take the best slope.": {"slope": 3.0}, "Lift it.": {"offset": 10}},
        "alt": "A line that rises.",
    }
    return Sweep(**parts | changes)


@pytest.fixture
def show(tmp_path, page):
    return opener(tmp_path, page)


def test_numbers_of_a_group_stand_below_its_name(show):
    names = ["end", "this set: training", "this set: test", "all sets: test"]
    page = show(sweep(readouts=dict.fromkeys(names, ERROR)))
    rows = page.locator(".reglab-readouts tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == [
        *("end", "this set", "training", "test", "all sets", "test"),
    ]
    assert page.locator(".reglab-readouts td").count() == 4
    heads = page.locator("th[scope=rowgroup]")
    assert heads.all_inner_texts() == ["this set", "all sets"]
    assert "this set: test" in page.locator("select option").all_inner_texts()


def small(page):
    return page.locator(".reglab-linked")


def points(page, kind):
    """The points of a path of the small chart in pixels, from left to right."""
    path = small(page).locator(kind).get_attribute("d")
    return np.array(re.findall(r"[ML]([-\d.]+),([-\d.]+)", path), dtype=float)


def here(page):
    return points(page, ".reglab-dots >> nth=-1")[0]


def test_the_small_chart_shows_a_readout_against_the_knob(show):
    curve = points(show(sweep()), ".reglab-line")
    heights = (curve[:, 1].max() - curve[:, 1]) / np.ptp(curve[:, 1])
    np.testing.assert_allclose(heights, [1, 0.25, 0, 0.25, 1], atol=0.01)
    np.testing.assert_allclose(np.diff(curve[:, 0]), np.diff(curve[:, 0])[0], atol=0.2)


def test_the_dot_stands_where_the_reader_stands(show):
    page = show(sweep())
    np.testing.assert_allclose(here(page), points(page, ".reglab-line")[1], atol=0.2)
    page.get_by_label("slope").focus()
    page.keyboard.press("End")
    np.testing.assert_allclose(here(page), points(page, ".reglab-line")[4], atol=0.2)


def test_the_knob_moved_last_is_the_axis(show):
    page = show(sweep())
    axis = small(page).locator(".reglab-name")
    assert axis.text_content() == "slope"
    page.get_by_role("radio", name="5", exact=True).check()
    assert axis.text_content() == "offset"
    assert len(points(page, ".reglab-line")) == 3
    page.get_by_role("button", name="Reset").click()
    assert axis.text_content() == "offset"


def test_the_knob_of_a_preset_is_the_axis_also_after_another_preset(show):
    page = show(sweep())
    axis = small(page).locator(".reglab-name")
    for preset, knob in (("best slope", "slope"), ("Lift it", "offset"), ("best slope", "slope")):
        page.get_by_role("button", name=preset).click()
        assert axis.text_content() == knob


def test_a_line_stands_in_the_small_chart_where_the_reader_is(show):
    page = show(sweep())
    mark = small(page).locator(".reglab-here")
    for preset in ("best slope", "Lift it"):
        page.get_by_role("button", name=preset).click()
        line = re.match(r"M([\d.]+),[\d.]+V[\d.]+", mark.get_attribute("d"))
        assert abs(float(line[1]) - here(page)[0]) < 0.2


def test_a_reader_chooses_the_readout(show):
    page = show(sweep())
    before = points(page, ".reglab-line")
    page.get_by_label("Number in the small chart").select_option("end")
    after = points(page, ".reglab-line")
    assert (np.diff(after[:, 1]) < 0).all()
    assert not (np.diff(before[:, 1]) < 0).all()


def test_the_author_chooses_the_first_readout_or_none(show):
    page = show(sweep(linked="end"))
    assert page.get_by_label("Number in the small chart").input_value() == "1"
    assert not small(show(sweep(linked=False))).is_visible()


def test_one_readout_needs_no_choice(show):
    page = show(sweep(readouts={"error": ERROR}))
    assert small(page).locator("p").inner_text() == "error"
    assert small(page).locator("select").count() == 0


def test_a_click_moves_the_knob_to_the_nearest_point(show):
    page = show(sweep())
    box = small(page).locator("svg").bounding_box()
    x, _ = points(page, ".reglab-line")[3]
    page.mouse.click(box["x"] + x + 3, box["y"] + 60)
    assert page.get_by_label("slope").input_value() == "3"


def test_the_dot_can_be_drawn_along(show):
    page = show(sweep())
    box = small(page).locator("svg").bounding_box()
    first, last = points(page, ".reglab-line")[[0, 4]]
    page.mouse.move(box["x"] + first[0], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + last[0], box["y"] + 60)
    assert page.get_by_label("slope").input_value() == "4"
    page.mouse.up()


def test_where_the_curve_was_stays_when_another_knob_moves(show):
    page = show(sweep())
    ghost = small(page).locator(".reglab-ghost")
    assert ghost.get_attribute("d") == ""
    page.get_by_role("radio", name="10").check()
    page.get_by_label("slope").focus()
    page.keyboard.press("ArrowRight")
    assert ghost.get_attribute("d").count("L") == 4


def test_log_spaced_knobs_get_a_log_axis_with_their_zero(show):
    lam = [0.0, 0.001, 0.01, 0.1]
    page = show(sweep(knobs={"λ": lam}, start={}, presets={}, lines={"line": X}, bands={},
                      readouts={"error": [4.0, 3, 2, 1]}))  # fmt: skip
    steps = np.diff(points(page, ".reglab-line")[:, 0])
    np.testing.assert_allclose(steps, steps[0], atol=0.2)
    ticks = small(page).locator(".reglab-axes text[text-anchor=middle]").all_text_contents()
    assert set(ticks) == {"0", "0.001", "0.01", "0.1", "λ"}


def test_texts_and_two_values_have_no_small_chart(show):
    knobs = {"method": ["none", "L1", "L2"], "n": [1, 2]}
    page = show(sweep(knobs=knobs, start={}, presets={}, lines={"line": X}, bands={},
                      readouts={"error": 1.0}))  # fmt: skip
    assert not small(page).is_visible()


@pytest.mark.parametrize("width", [320, 390, 800])
def test_the_small_chart_is_beside_or_below_and_fits(show, width):
    page = show(sweep(), width=width)
    chart = page.locator("svg[role=img]").bounding_box()
    box = small(page).bounding_box()
    assert (box["x"] > chart["x"] + chart["width"]) == (width == 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert small(page).locator("svg").get_attribute("aria-hidden") == "true"


def told(page):
    return page.locator(".reglab-tip").first.inner_text().split("\n")


def test_values_are_told_under_the_pointer(show):
    page = show(sweep())
    box = page.locator("svg[role=img]").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    title, *rows = told(page)
    at = round(float(title.removeprefix("time (s) ")))
    assert rows == [
        "line",
        f"{2 * at}.00 ({2 * at - 1}.00 to {2 * at + 1}.00)",
        "always",
        f"{at}.00",
    ]
    page.mouse.move(5, 5)
    assert told(page) == [""]


def test_values_are_told_by_keyboard_and_to_screen_readers(show):
    page = show(sweep())
    values = page.get_by_role("slider", name="Values along time (s)")
    values.focus()
    assert told(page)[0] == "time (s) 5"
    for key, title in (("ArrowRight", "6"), ("Home", "0"), ("PageUp", "5"), ("End", "10")):
        page.keyboard.press(key)
        assert told(page)[0] == f"time (s) {title}"
    assert values.get_attribute("aria-valuetext") == (
        "time (s) 10: line 20.0 (19.0 to 21.0), always 10.0"
    )
    page.get_by_label("slope").focus()
    assert told(page) == [""]


def test_values_follow_the_knobs(show):
    page = show(sweep())
    values = page.get_by_role("slider", name="Values along time (s)")
    page.get_by_role("button", name="Lift it.").click()
    assert values.get_attribute("aria-valuetext").startswith("time (s) 5: line 20.0 ")


def test_the_box_of_values_stays_in_the_figure(show):
    page = show(sweep(), width=320)
    page.get_by_role("slider", name="Values along time (s)").focus()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        box = page.locator(".reglab-tip").first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320


def test_dots_are_told(show):
    page = show(sweep(lines={}, bands={}, dots={"data": ([5], [30])}))
    box = page.locator("svg[role=img]").bounding_box()
    dot = page.locator("svg[role=img] .reglab-dots").get_attribute("d")
    x, y = map(float, re.match(r"M([\d.]+),([\d.]+)", dot).groups())
    page.mouse.move(box["x"] + x + 3, box["y"] + y)
    assert told(page) == ["data", "5, 30"]
    page.mouse.move(box["x"] + x + 40, box["y"] + y)
    assert told(page) == [""]


def test_the_start_is_drawn_once_a_line_has_moved(show):
    page = show(sweep())
    ghosts = page.locator("svg[role=img] .reglab-ghost")
    key = page.locator(".reglab-key li").last
    line = page.locator("svg[role=img] .reglab-line").first.get_attribute("d")
    assert [one.get_attribute("d") for one in ghosts.all()] == ["", ""]
    assert not key.is_visible()
    page.get_by_role("button", name="Lift it.").click()
    assert [one.get_attribute("d") for one in ghosts.all()] == [line, ""]  # one line never moves
    assert key.inner_text() == "before your changes"
    page.get_by_role("button", name="Reset").click()
    assert not key.is_visible()


def test_a_chart_may_do_without_the_start(show):
    page = show(sweep(ghosts=False))
    page.get_by_role("button", name="Lift it.").click()
    ghosts = page.locator("svg[role=img] .reglab-ghost")
    assert not any(one.get_attribute("d") for one in ghosts.all())
    assert "before your changes" not in page.locator(".reglab-key").all_inner_texts()[0]


def test_a_preset_moves_the_knobs_and_is_marked(show):
    page = show(sweep())
    lift, best = (page.get_by_role("button", name=name) for name in ("Lift it.", "Take the best"))
    best.click()
    lift.click()
    assert page.get_by_label("slope").get_attribute("aria-valuetext") == "2"  # as at the start
    assert page.get_by_role("radio", name="10").is_checked()
    assert [one.get_attribute("aria-pressed") for one in (lift, best)] == ["true", "false"]
    page.get_by_label("slope").focus()
    page.keyboard.press("Home")
    assert lift.get_attribute("aria-pressed") == "false"


def test_few_values_are_radio_buttons_and_many_a_slider(show):
    page = show(sweep(knobs={"slope": SLOPES, "offset": [0, 5, 10]}))
    group = page.get_by_role("radiogroup", name="offset")
    assert group.get_by_role("radio").count() == 3
    group.get_by_role("radio", name="0", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert group.get_by_role("radio", name="5").is_checked()
    assert page.locator("input[type=range]").count() == 1


def test_more_texts_than_buttons_are_a_list(show):
    methods = ["none", "L1", "L2", "dropout", "stopping"]
    page = show(sweep(knobs={"method": methods, "slope": SLOPES}, start={}, presets={}, bands={},
                      lines={"line": X}, readouts={"error": np.arange(5.0)[:, None]}))  # fmt: skip
    method = page.get_by_label("method")
    assert method.locator("option").all_inner_texts() == methods
    method.select_option("L2")
    assert page.locator("td").inner_text() == "2"
    page.get_by_role("button", name="Reset").click()
    assert method.input_value() == "0"
    assert page.locator("input[type=range]").count() == 1  # of numbers


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_value_can_be_read(show, theme):
    page = show(sweep(), theme=theme)
    colors = page.locator("label:has(:checked)").evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    )
    dark, light = sorted(luminance(one) for one in colors)
    assert (light + 0.05) / (dark + 0.05) > 4.5


def luminance(rgb):
    parts = np.array([int(v) for v in re.findall(r"\d+", rgb)][:3]) / 255
    linear = np.where(parts > 0.04045, ((parts + 0.055) / 1.055) ** 2.4, parts / 12.92)
    return linear @ [0.2126, 0.7152, 0.0722]
