"""Which code a page shows at first: the rule on small cells, and the switch in a browser."""

import book
import pytest
from bookext import folds
from bs4 import BeautifulSoup

CLAIMS = '<table class="reglab-claims"></table>'


def folded(code: str, output: str | None = "", kind: str = "") -> BeautifulSoup:
    shown = "" if output is None else f'<div class="cell_output">{output}</div>'
    page = BeautifulSoup(
        f'<article><h1>Title</h1><div class="cell {kind}"><div class="cell_input">'
        f"<pre>{code}</pre></div>{shown}</div></article>",
        "html.parser",
    )
    folds.fold_code(page)
    folds.fold_first_reports(page)
    return page


@pytest.mark.parametrize(
    ("code", "output", "label"),
    [
        ("import numpy as np\nfrom a import (\n    b,\n)\n\nuse_house_style()", None, "Imports"),
        ("plot(x)", '<img src="a.png"/>', "Code of this figure"),
        ("Sweep(x)", '<div class="figure-slot"></div>', "Code of this figure"),
        ("claims(x)", CLAIMS, "Code of these claims"),
        ("print(inspect.getsource(f))", "<pre>def f</pre>", "Code that prints this"),
    ],
)
def test_code_that_does_not_teach_is_folded_below_its_output(code, output, label):
    cell = folded(code, output).select_one("div.cell")
    fold = cell.find_all(recursive=False)[-1]
    assert (fold.name, fold.summary.string, fold.pre.get_text()) == ("details", label, code)


@pytest.mark.parametrize(
    ("code", "output"),
    [("import os\nx = 1", None), ("print(x)", "<pre>1</pre>"), ("f = g(\n    x)", None)],
)
def test_code_that_prints_or_prepares_is_open(code, output):
    assert folded(code, output).find("details") is None


def test_a_fold_that_the_notebook_asks_for_becomes_one_of_ours():
    page = BeautifulSoup(
        '<div class="cell"><details class="hide"><summary>Show</summary><div class="cell_input">x'
        '</div></details><div class="cell_output"><pre>1</pre></div></div>',
        "html.parser",
    )
    folds.fold_code(page)
    assert [tag["class"] for tag in page.find_all("details")] == [["code-fold"]]


def test_the_report_on_a_template_is_folded_and_its_code_open():
    page = folded("def f(): pass", '<div class="reglab-check">no</div>')
    assert page.details["class"] == ["report-fold"]
    assert page.details.find(class_="reglab-check")
    assert page.select_one("div.cell > div.cell_input")


def test_solutions_stay_as_they_are():
    assert folded("x", CLAIMS, "tag_hide-cell").find("details") is None


CHAPTER = f"chapters/{book.NOTEBOOKS[0].stem}.html"


def test_the_switch_opens_and_hides_all_code_and_is_remembered(page, address):
    page.goto(address + CHAPTER)
    code = page.locator("div.cell:not(.tag_hide-cell) div.cell_input")
    visible = "cells => cells.filter(cell => cell.checkVisibility()).length"
    key = code.evaluate_all(visible)
    page.get_by_role("button", name="all", exact=True).click()
    assert 0 < key < code.evaluate_all(visible) == code.count()
    page.get_by_role("button", name="off", exact=True).click()
    assert code.evaluate_all(visible) == 0
    page.reload()
    assert code.evaluate_all(visible) == 0
    assert (
        page.get_by_role("button", name="off", exact=True).get_attribute("aria-pressed") == "true"
    )


def test_on_paper_answers_are_unfolded(page, address):
    page.goto(address + CHAPTER)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    closed = page.locator("article details:not([open], .code-fold)")
    assert closed.count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert closed.count() > 0
