"""The home page's parts without a build: cards, minutes, hero, predictions, legible figures."""

import json

import book
import pytest
from bookext import cards, ending, hero, minutes, pages, pictures
from bs4 import BeautifulSoup


def parse(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


# ---- cards


@pytest.mark.parametrize("notebook", book.NOTEBOOKS, ids=lambda path: path.stem)
def test_each_chapter_has_a_card_whose_family_is_on_the_map(notebook):
    card = cards.read_card(f"chapters/{notebook.stem}")
    assert card, f"write {cards.card_path(notebook.stem)}"
    assert card["question"].endswith("?") and len(card["question"]) < 100
    assert f"{{family}}`{card['family']}`" in (book.ROOT / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("notebook", book.NOTEBOOKS, ids=lambda path: path.stem)
def test_drawings_take_their_colors_from_the_page(notebook):
    drawing = parse(cards.read_card(f"chapters/{notebook.stem}")["drawing"])
    shapes = drawing.find_all(True)
    assert 0 < len(shapes) <= 40
    assert {shape.name for shape in shapes} <= {"path", "rect", "circle"}
    assert not [shape for shape in shapes if shape.has_attr("fill") or shape.has_attr("stroke")]


def test_drawings_differ():
    drawings = [cards.read_card(f"chapters/{path.stem}")["drawing"] for path in book.NOTEBOOKS]
    assert len(set(drawings)) == len(drawings)


def test_a_chapter_without_a_card_is_shown_by_its_title():
    assert cards.read_card("chapters/99-not-written") == {}
    item = parse(cards.card(cards.Chapter("chapters/99-x", 99, "A & B", 35), "x.html"))
    assert item.a["href"] == "x.html"
    assert item.strong.string == "A & B"
    assert item.select_one(".card-facts").get_text() == "Chapter 99 35 min"


def test_a_card_that_lacks_a_part_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(cards, "PACKAGES", tmp_path)
    path = tmp_path / "a_b" / "card.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"question": "Why?"}))
    with pytest.raises(ValueError, match="must hold drawing, family, question; got question"):
        cards.read_card("chapters/07-a-b")


# ---- minutes


def notebook(text: str, lines: int = 0, figures: int = 0) -> dict:
    shown = [{"data": {"image/png": ""}}] * figures + [{"data": {"text/plain": ""}}]
    return {
        "cells": [
            {"cell_type": "markdown", "source": text},
            {"cell_type": "code", "source": lines * "x\n", "outputs": shown},
        ]
    }


@pytest.mark.parametrize(
    ("text", "lines", "figures", "expected"),
    [
        ("word " * 1000, 0, 0, 5),
        ("word " * 1001, 0, 0, 10),
        ("", 75, 0, 5),
        ("", 0, 6, 10),
        ("word " * 400, 30, 1, 5),
        ("word " * 400, 30, 2, 10),
        ("$$\n" + "x " * 2000 + "\n$$", 15, 0, 5),
        ("<details><summary>a</summary> " + "</details> " * 2000, 15, 0, 5),
    ],
)
def test_minutes_count_words_lines_and_figures(text, lines, figures, expected):
    assert minutes.reading_minutes(notebook(text, lines, figures)) == expected


def test_the_contents_name_the_minutes_of_chapters_only():
    page = parse(
        '<nav class="bd-links"><a href="#">1. One</a><a href="02-two.html">2. Two</a>'
        '<a href="../reference/x.html">X</a></nav>'
    )
    minutes.label_contents(page, "chapters/01-one", {"chapters/01-one": 40, "chapters/02-two": 5})
    assert [a.get_text() for a in page.find_all("a")] == ["1. One 40 min", "2. Two 5 min", "X"]


def test_a_page_says_its_minutes_and_other_pages_none():
    html = '<html lang="en"><head></head><body><article><h1>T</h1><div class="cell">'
    html += '<div class="cell_input">x</div></div></article></body></html>'
    facts = parse(pages.repair(html, "chapters/a", {"chapters/a": 45})).select_one(".chapter-facts")
    assert facts.span.string == "45 minutes to read"
    assert not parse(pages.repair(html, "reference/b", {"chapters/a": 45})).select(".chapter-facts")


# ---- hero


def test_the_proof_counts_claims_and_seeds():
    line = parse(hero.proof([10, 40, 12], 2, "claims.html"))
    assert line.get_text() == (
        "2 chapters, 3 measured claims, each with 10 to 40 seeds and a 95 % interval."
    )
    assert line.a["href"] == "claims.html"
    assert hero.proof([], 2, "claims.html") == ""


def test_the_title_moves_into_the_hero():
    page = parse('<article><h1>T</h1><div class="hero-text"><p>S</p></div></article>')
    hero.place_title(page)
    assert [tag.name for tag in page.select_one(".hero-text").find_all(True)] == ["h1", "p"]
    other = parse("<article><h1>T</h1></article>")
    hero.place_title(other)
    assert other.article.h1


# ---- ending


def test_the_ending_leads_on():
    part = parse(ending.section("../", ending.WAYS))
    links = [a["href"] for a in part.find_all("a")]
    assert links == [f"../{page}.html" for page in ending.WAYS]
    assert set(ending.WAYS) <= set(book.page_names())


# ---- predictions


def test_boxes_that_ask_for_a_prediction_are_marked():
    html = "".join(
        f"<details><summary><b>{words}</b> Why?</summary>Text.</details>"
        for words in ("Predict.", "Predict before you run.", "Solution")
    )
    page = parse(pages.repair(f"<html><head></head><body><article>{html}</article></body></html>"))
    assert len(page.select(".predict > details.prediction")) == 2
    assert page.select("details")[2].parent.name == "article"


# ---- legible figures


def test_the_smallest_letters_decide_how_narrow_a_figure_may_become():
    # 8 points at 150 dots an inch are 16.7 of 1200 pixels, so they are 9 of 648
    assert pictures.narrowest(1200, "plot()") == 648
    assert pictures.narrowest(1200, "text(0, 0, 'a', fontsize=7)") == 741
    assert pictures.narrowest(1200, "text(0, 0, 'a', fontsize=12)") == 648


def test_the_resolution_is_the_one_of_the_style():
    sheet = (book.ROOT / "code/reglab/figures/house.mplstyle").read_text(encoding="utf-8")
    assert f"figure.dpi: {pictures.DPI}\n" in sheet
    charts = (book.ROOT / "code/reglab/figures/charts.py").read_text(encoding="utf-8")
    assert f"fontsize={pictures.NOTE}," in charts


def test_static_figures_get_a_box_and_moving_ones_none():
    page = parse(
        '<div class="cell"><div class="cell_input">fontsize=6</div><div class="cell_output">'
        '<img width="1000" src="a"/><div class="figure-slot"><img width="1000" src="b"/></div>'
        "</div></div>"
    )
    pictures.keep_legible(page)
    (box,) = page.select(".wide-figure")
    assert (box.img["src"], box["style"]) == ("a", "--legible: 720px")
