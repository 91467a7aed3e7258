"""Sweep in widget-host.js on a page of its own: what it draws, says and lets pass."""

import re

import numpy as np
import pytest
from figure_page import opener

from reglab.figures import Sweep
from reglab.figures.formats import write_readout
from reglab.figures.grid import read

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


def curve(page, name):
    """The points of a line read back from its path, by means of the ticks at the axes."""
    names = page.locator(".reglab-end").all_text_contents()
    path = page.locator(".reglab-line").nth(names.index(name)).get_attribute("d")
    points = np.array(re.findall(r"[ML]([-\d.]+),([-\d.]+)", path), dtype=float)
    ticks = page.locator("svg[role=img] .reglab-axes text:not(.reglab-name)").evaluate_all(
        """texts => texts.map((t) => {
          const y = t.getAttribute("text-anchor") === "end";
          const path = t.previousSibling.getAttribute("d").match(/^M([-\\d.]+),([-\\d.]+)/);
          return { y, value: +t.textContent.replace("−", "-"), pixel: +path[y ? 2 : 1] };
        })"""
    )
    axes = []
    for k, is_y in enumerate((False, True)):
        at = [(t["pixel"], t["value"]) for t in ticks if t["y"] == is_y]
        slope, start = np.polyfit(*zip(*at, strict=True), 1)
        axes.append(start + slope * points[:, k])
    return axes


def test_the_drawing_shows_the_numbers_at_every_position(show):
    figure = sweep()
    page = show(figure)
    slider = page.get_by_label("slope")
    slider.focus()
    page.keyboard.press("Home")
    for k in range(5):
        for name, line in zip(["line", "half"], figure.panels[0]["lines"], strict=False):
            xs, ys = curve(page, name)
            np.testing.assert_allclose(xs, X, atol=0.02)
            np.testing.assert_allclose(ys, read(figure.data, line["y"], [k, 0]), atol=0.02)
        page.keyboard.press("ArrowRight")


def test_dots_are_drawn_where_they_are_and_only_those_in_the_frame(show):
    page = show(sweep())
    path = page.locator("svg[role=img] .reglab-dots").get_attribute("d")
    assert path.count("M") == 2  # the third is missing, the fourth lies beyond the limits


def test_what_is_missing_breaks_the_line(show):
    gap = np.where(X == 5, np.nan, X)
    page = show(sweep(lines={"gap": gap, "log": X}, bands={}, logy=True, ylim=(1, 10)))
    assert page.locator(".reglab-line").nth(0).get_attribute("d").count("M") == 2
    assert page.locator(".reglab-line").nth(1).get_attribute("d").count("M") == 1


def test_lines_and_bands_are_clipped_to_the_frame(show):
    page = show(sweep(ylim=(0, 1)))
    for kind in ("line", "band"):
        clip = page.locator(f"svg[role=img] .reglab-{kind}").first.evaluate(
            "path => getComputedStyle(path.parentNode).clipPath"
        )
        (name,) = re.findall(r"#[\w-]+", clip)
        assert page.locator(f"clipPath{name} rect").count() == 1


def test_values_are_written_and_said(show):
    page = show(sweep())
    page.wait_for_timeout(700)
    status = page.locator("[role=status]")
    assert status.inner_text() == ""  # nothing is said before anything moves
    slider = page.get_by_label("slope")
    assert slider.get_attribute("aria-valuetext") == "2"
    page.evaluate(
        """() => { window.said = 0; new MutationObserver(() => window.said++).observe(
          document.querySelector("[role=status]"), { childList: true }); }"""
    )
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "4"
    assert page.locator("td").inner_text() == write_readout(4.0, whole=True) == "4"
    page.wait_for_timeout(700)
    assert status.inner_text() == "slope 4, offset 0: end 4"
    assert page.evaluate("said") == 1  # two steps, one sentence


def test_reset_returns_to_the_start(show):
    page = show(sweep())

    def drawn():
        return page.locator("svg[role=img]").inner_html().replace(' style=""', "")

    start = drawn()
    page.get_by_label("slope").focus()
    page.keyboard.press("End")
    page.get_by_role("radio", name="5").check()
    assert drawn() != start
    page.get_by_role("button", name="Reset").press("Enter")
    assert drawn() == start
    assert page.get_by_label("slope").input_value() == "1"


def test_two_views_of_one_figure_move_together(show):
    page = show(sweep(), views=2)
    page.get_by_label("slope").first.focus()
    page.keyboard.press("End")
    assert page.get_by_label("slope").last.input_value() == "4"
    ends = page.locator("td").all_inner_texts()
    assert ends == ["5", "5"]
    ids = page.locator("[id]").evaluate_all("all => all.map((one) => one.id)")
    assert len(set(ids)) == len(ids)


def test_keys_stay_in_the_figure_but_shortcuts_pass(show):
    """JupyterLab's command mode would take arrows, and delete the cell at "d d"."""
    page = show(sweep())
    page.evaluate("() => { heard = []; document.onkeydown = (e) => heard.push(e.key) }")
    page.get_by_label("slope").focus()
    for key in ("ArrowRight", "d", "Enter", "Escape", "Shift+Enter", "Control+s", "Alt+x"):
        page.keyboard.press(key)
    heard = set(page.evaluate("heard"))
    assert not heard & {"ArrowRight", "d"}
    assert {"Escape", "s", "x"} <= heard
    assert page.evaluate("heard.filter((key) => key === 'Enter').length") == 1
