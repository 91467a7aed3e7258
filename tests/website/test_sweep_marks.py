"""Cells, bars, curves and a second chart of a Sweep in widget-host.js: drawn, told, on a phone."""

import itertools
import re

import numpy as np
import pytest
from cell_map import CURVES, EPOCH, box_of, center_of_cell, press_right, svgs, sweep
from figure_page import opener

from reglab.figures import Sweep
from reglab.figures.style import DARK, LIGHT

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


def test_cells_of_zeros_and_ones_say_no_and_yes(show):
    key = show(mask()).locator(".reglab-key li")
    assert key.inner_text().split() == ["kept:", "no", "yes"]
    assert key.locator("rect").count() == 2
    gray = show(mask(cells={"kept": MASKS * 0.5})).locator(".reglab-key li")
    assert gray.inner_text().split() == ["kept:", "0", "1"]


def numbers_of(page, k=0):
    """The texts on both axes of a chart, without the names of the axes."""
    return svgs(page).nth(k).locator(".reglab-axes text:not(.reglab-name)").all_text_contents()


def test_rows_and_columns_without_names_are_counted(show):
    page = show(mask(xlabel="unit", ylabel="example"))
    assert numbers_of(page) == ["1", "4"] * 2
    first, last = (svgs(page).locator(f"text:text-is('{n}')").first for n in (1, 4))
    assert first.bounding_box()["y"] < last.bounding_box()["y"]  # the first row is on top
    assert numbers_of(show(mask())) == []  # of an image


@pytest.mark.parametrize("width", [320, 800])
def test_many_numbered_rows_and_columns_are_thinned(show, width):
    names = [str(k) for k in range(1, 41)]
    cells = {"kept": np.zeros((40, 40))}
    page = show(mask(cells=cells, x=names, y=names), width=width)
    assert not svgs(page).first.locator("text[transform]").count()
    boxes = [one.bounding_box() for one in svgs(page).first.locator(".reglab-axes text").all()]
    rows = sorted(box["y"] for box in boxes if box["y"] < boxes[-1]["y"] - 15)
    assert len(rows) > 5 and min(np.diff(rows)) >= 13
    columns = sorted(boxes[len(rows) :], key=lambda box: box["x"])
    assert len(columns) > 5
    assert all(a["x"] + a["width"] < b["x"] for a, b in itertools.pairwise(columns))


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
