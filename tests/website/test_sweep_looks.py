"""Sweep in widget-host.js on a page of its own: widths, colors, words, motion."""

from itertools import combinations

import numpy as np
import pytest
from figure_page import opener

from reglab.figures import Sweep
from reglab.figures.style import DARK, LIGHT

X = np.linspace(0, 10, 21)
RISE = np.stack([X * k / 10 for k in range(1, 6)])[:, None, :] + np.array([0, 5])[:, None]


def sweep(**changes):
    parts = {
        "title": "It rises",
        "knobs": {"slope": [1, 2, 3, 4, 5], "offset": [0, 5]},
        "x": X,
        "lines": {"line": RISE, "half": RISE / 2, "nearly half": RISE / 2 + 0.05},
        "bands": {"line": (RISE - 1, RISE + 1)},
        "dots": {"data": ([2, 4, np.nan, 8], [1, 2, np.nan, 99])},
        "readouts": {"end": RISE[..., -1]},
        "xlabel": "time (s)",
        "ylabel": "height (m)",
        "ylim": (0, 12),
        "start": {"slope": 2},
        "band_label": "95 % interval, 10 seeds",
        "alt": "A line that rises.",
    }
    return Sweep(**parts | changes)


@pytest.fixture
def show(tmp_path, page):
    return opener(tmp_path, page)


def boxes(page, selector):
    return page.locator(selector).evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().toJSON())"
    )


def overlap(a, b):
    wide = min(a["right"], b["right"]) - max(a["left"], b["left"])
    high = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
    return wide > 1 and high > 1


def test_names_at_the_ends_keep_apart_and_in_the_page(show):
    page = show(sweep())
    for _ in range(4):
        names = boxes(page, ".reglab-end")
        assert len(names) == 3
        assert not any(overlap(a, b) for a, b in combinations(names, 2))
        assert all(box["right"] <= 800 for box in names)
        page.get_by_label("slope").focus()
        page.keyboard.press("ArrowRight")


def test_a_phone_gets_a_key_and_text_of_full_size(show):
    page = show(sweep(), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".reglab-end").count() == 0
    key = page.locator(".reglab-key li").all_inner_texts()
    assert key == ["line", "half", "nearly half", "data", "95 % interval, 10 seeds", ""]
    assert page.locator(".reglab-key path").evaluate_all("all => all.length") == 6
    assert min(box["height"] for box in boxes(page, ".reglab-axes text")) >= 13
    ticks = boxes(page, "svg .reglab-axes text")
    assert not any(overlap(a, b) for a, b in combinations(ticks, 2))
    assert all(box["height"] >= 24 for box in boxes(page, "input, button, select"))
    assert all(box["width"] >= 24 for box in boxes(page, "input, button, select"))


def test_lines_that_end_in_one_place_are_named_in_the_key(show):
    page = show(sweep(key=True))
    assert page.locator(".reglab-end").count() == 0
    key = page.locator(".reglab-key li").all_inner_texts()
    assert key[:3] == ["line", "half", "nearly half"]


def test_turning_the_phone_draws_anew(show):
    page = show(sweep(), width=390)
    page.set_viewport_size({"width": 800, "height": 390})
    page.locator(".reglab-end").first.wait_for()
    assert page.locator(".reglab-key li").all_inner_texts() == [
        "data",
        "95 % interval, 10 seeds",
        "",
    ]


def test_a_figure_in_a_closed_box_draws_itself_when_it_opens(show):
    page = show(sweep(), style=".figure-slot { display: none }")
    assert page.locator(".reglab-line").count() == 0
    page.add_style_tag(content=".figure-slot { display: block !important }")
    page.locator(".reglab-line").first.wait_for()


@pytest.mark.parametrize("theme, colors", [("light", LIGHT), ("dark", DARK)])
def test_colors_follow_the_page(show, theme, colors):
    page = show(sweep(), theme=theme)
    for kind, style in ((".reglab-line", "stroke"), (".reglab-end", "fill")):
        found = page.locator(f"svg[role=img] {kind}").evaluate_all(
            f"all => all.map((one) => getComputedStyle(one).{style})"
        )
        rgb = [f"rgb({', '.join(str(int(c[i : i + 2], 16)) for i in (1, 3, 5))})" for c in colors]
        assert found == rgb[:3]


def test_lines_differ_in_their_dashes_and_references_take_the_color_of_the_text(show):
    page = show(sweep(reference=["half"]), style="body { color: rgb(1, 2, 3) }")
    dashes = page.locator("svg[role=img] .reglab-line").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).strokeDasharray)"
    )
    assert len(set(dashes)) == 3
    half = page.locator(".reglab-line").nth(1)
    assert half.evaluate("path => getComputedStyle(path).stroke") == "rgb(1, 2, 3)"


def rows(page):
    return {box["top"] for box in boxes(page, ".reglab-choices label")}


@pytest.mark.parametrize("width", [320, 390, 800])
def test_nothing_jumps_when_another_value_is_chosen(show, width):
    wide = ["as it was at first", "a little more", "much more of it"]
    readout = np.array([1.0, 1.5e-5, 0.0])[:, None]
    page = show(sweep(knobs={"rate": wide, "slope, in its longest form": [0, 1e-5, 1, 2, 1234567]},
                      lines={"line": X}, bands={}, readouts={"squared error, test": readout},
                      start={}), width=width)  # fmt: skip
    height = boxes(page, ".reglab")[0]["height"]
    for k in (1, 2, 0):
        page.get_by_role("radio").nth(k).check()
        page.get_by_label("slope").press("End" if k else "Home")
        assert boxes(page, ".reglab")[0]["height"] == height
    labels = page.locator(".reglab-choices label")
    edges = labels.evaluate_all("all => all.map((one) => getComputedStyle(one).borderLeftWidth)")
    assert set(edges) == {"1px"}  # also of the first in a second row
    assert len(rows(page)) == 1 or width < 400


@pytest.mark.parametrize("width", [390, 800])
def test_chart_and_knobs_are_near_and_numbers_below(show, width):
    page = show(sweep(presets={"Take more of it.": {"offset": 5}}), width=width)
    chart, knobs, presets, numbers = (
        boxes(page, f".reglab-{part}")[0] for part in ("charts", "knobs", "presets", "readouts")
    )
    assert 0 <= knobs["top"] - chart["bottom"] < 20
    assert presets["top"] >= knobs["bottom"]
    assert (numbers["top"] >= presets["bottom"]) == (width < 400)


def test_an_axis_has_more_than_one_number(show):
    beside = {"x": [1, 13], "lines": {"other": [0, 1]}, "xlabel": "degree"}
    page = show(sweep(beside=beside), width=700)
    texts = page.locator(".reglab-stage > svg").nth(1).locator("text[text-anchor=middle]")
    assert len(texts.all_text_contents()) > 2  # the numbers, and "degree"


def test_numbers_on_a_log_axis_keep_apart(show):
    page = show(sweep(x=np.geomspace(30, 2000, 21), logx=True), width=320)
    texts = boxes(page, "svg[role=img] .reglab-axes text[text-anchor=middle]")
    assert len(texts) > 3
    assert not any(overlap(a, b) for a, b in combinations(texts, 2))


def test_a_key_does_not_repeat_the_axis(show):
    page = show(sweep(lines={}, bands={}, dots={"error": (X, X / 10)}, ylabel="test error (%)"))
    assert not page.locator(".reglab-key li").count()
    page = show(sweep(lines={}, bands={}, dots={"error": (X, X / 10)}, ylabel="share"))
    assert page.locator(".reglab-key li").all_inner_texts() == ["error"]


def test_on_paper_charts_fit_and_words_stand_for_the_knobs(show):
    page = show(sweep(beside={"x": X, "lines": {"other": X}}), width=800)
    page.emulate_media(media="print")
    page.add_style_tag(content=".figure-slot { width: 400px }")
    assert all(box["right"] <= 408 + 1 for box in boxes(page, ".reglab-charts svg"))
    for part in ("input", "button"):
        assert not page.locator(part).first.is_visible()
    page.get_by_text("At slope 2, offset 0.", exact=True).wait_for(state="visible")
    page.emulate_media(media="screen")
    assert not page.locator(".reglab-paper").is_visible()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_is_short_and_left_out_on_request(show, motion):
    page = show(sweep(), motion=motion)
    page.get_by_label("slope").focus()
    now, later = page.evaluate(
        """async () => {
          const slider = document.querySelector("input");
          slider.value = 3;
          slider.dispatchEvent(new Event("input"));
          const path = () => document.querySelector(".reglab-line").getAttribute("d");
          const now = path();
          await new Promise((done) => setTimeout(done, 400));
          return [now, path()];
        }"""
    )
    assert (now == later) == (motion == "reduce")


def test_the_picture_has_its_words(show):
    page = show(sweep())
    assert page.get_by_role("img", name="A line that rises.").count() == 1
    assert page.get_by_role("group", name="It rises").count() == 1
    text = page.locator("svg[role=img]").text_content()
    assert "time (s)" in text and "height (m)" in text
