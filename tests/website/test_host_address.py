"""A figure's knobs in the page's address: written once a reader moves, read when a link says so."""

import json
from urllib.parse import unquote_plus

import book
import pytest
from figure_page import saved

from reglab.figures import Sweep

HOST = (book.ROOT / "website" / "static" / "widget-host.js").as_uri()


def sweep():
    return Sweep(
        title="It rises",
        alt="A line that rises.",
        knobs={"degree": [1, 2, 3, 4, 5], "noise σ": [0.0, 0.1]},
        start={"degree": 2},
        x=[0, 1],
        lines={"line": [0, 1]},
        readouts={"end": 1.0},
    )


@pytest.fixture
def visit(tmp_path, page):
    """Open a page with two figures far below its top, at an address."""
    models = {name: saved(sweep()) for name in "ab"}
    (tmp_path / "models.js").write_text(f"window.bookFigures = {json.dumps(models)};")
    slots = "".join(
        f'<p style="height: 2000px">text</p><div class="figure-slot" id="figure-{name}" '
        f'data-model="{name}"><noscript></noscript></div>'
        for name in models
    )
    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta charset="utf-8"><body>{slots}<p style="height: 2000px">end</p>'
        f'<script defer src="{HOST}" data-models="models.js"></script>'
    )

    def open_(hash=""):
        page.goto((tmp_path / "page.html").as_uri() + hash)
        page.locator(".figure-slot[data-state=drawn]").nth(1).wait_for(state="attached")
        return page

    return open_


def position(page, figure):
    slot = page.locator(f"#figure-{figure}")
    degree = slot.get_by_label("degree").get_attribute("aria-valuetext")
    return degree, slot.locator(":checked").input_value()


def hash_of(page):
    page.wait_for_timeout(500)
    return unquote_plus(page.evaluate("location.hash"))


def test_nothing_is_written_before_anything_moves(visit):
    assert hash_of(visit()) == ""
    assert hash_of(visit("#figure-b")) == "#figure-b"


def test_where_a_figure_stands_is_written_without_a_new_page_in_the_history(visit):
    page = visit()
    before = page.evaluate("history.length")
    page.locator("#figure-b").get_by_label("degree").focus()
    page.keyboard.press("End")
    assert hash_of(page) == "#figure-b?degree=5&noise σ=0"
    assert page.evaluate("history.length") == before


def test_at_the_start_only_the_name_of_the_figure_stays(visit):
    page = visit("#figure-b?degree=4")
    page.locator("#figure-b").get_by_role("button", name="Reset").click()
    assert hash_of(page) == "#figure-b"


def test_a_link_opens_the_figure_there_and_scrolls_to_it(visit):
    page = visit("#figure-b?degree=4&noise%20σ=0.1")
    assert position(page, "b") == ("4", "1")
    assert position(page, "a") == ("2", "0")
    assert abs(page.locator("#figure-b").bounding_box()["y"]) < 50


def test_what_was_written_can_be_opened(visit):
    page = visit()
    page.locator("#figure-a").get_by_label("0.1").check()
    hash_of(page)
    page.reload()
    page.locator("#figure-a[data-state=drawn]").wait_for()
    assert position(page, "a") == ("2", "1")


def test_a_link_in_the_page_moves_the_figure(visit):
    page = visit()
    page.evaluate("location.hash = '#figure-a?degree=3'")
    page.wait_for_timeout(200)
    assert position(page, "a") == ("3", "0")


@pytest.mark.parametrize("query", ["degree=9", "nothing=1", "degree", "%", "=&=?#"])
def test_what_no_knob_has_changes_nothing(visit, query):
    page = visit(f"#figure-a?{query}")
    assert position(page, "a") == ("2", "0")
