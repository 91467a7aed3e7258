"""The extension's parts: figures of notebooks, icons, descriptions, tables, packages, pictures."""

import base64
import dataclasses
import io

import pytest
from bookext import (
    api,
    description,
    figures,
    icons,
    notebooks,
    pictures,
    tables,
)
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image

# ---- notebooks, icons, descriptions, tables, api


def png(width: int = 40, height: int = 20) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def figure_cell(model_id: str) -> dict:
    data = {notebooks.VIEW: {"model_id": model_id}, "image/png": png()}
    output = {"output_type": "display_data", "data": data}
    return {"cell_type": "code", "source": "", "metadata": {}, "outputs": [output]}


def two_figures() -> dict:
    model = {"model_module": "anywidget", "state": {"title": "A Title, twice", "alt": "It shows."}}
    return {
        "cells": [
            {"cell_type": "markdown", "source": ["# The chapter\n", "Text."], "metadata": {}},
            *map(figure_cell, ["m", "n", "m"]),
        ],
        "metadata": {"widgets": {notebooks.STATE: {"state": {"m": model, "n": model}}}},
    }


def test_figures_of_a_notebook_are_read_once_each_with_different_anchors():
    found = notebooks.figures(two_figures())
    assert [figure.anchor for figure in found] == ["figure-a-title-twice", "figure-a-title-twice-2"]
    assert found[0].alt == "It shows."
    assert Image.open(io.BytesIO(found[0].still)).size == (40, 20)
    assert notebooks.title(two_figures(), "?") == "The chapter"


def test_figures_share_their_code_and_style_in_the_file_of_a_page(page):
    code, style = 'export default {\n  render() { return "</script> \\n"; },\n};\n', "p {\n}\n"
    models = {
        "m": {"state": {"title": "one", "_esm": code, "_css": style}, "buffers": []},
        "n": {"state": {"title": "two", "_esm": code, "_css": ""}},
        "o": {"state": {"title": ""}},
        "p": None,
    }
    script = figures.models_script(models)
    page.evaluate(script)
    assert page.evaluate("window.bookFigures") == models
    assert script.count("render()") == 1


def test_widgets_become_slots_with_their_still(monkeypatch):
    said = []
    monkeypatch.setattr(figures.log, "warning", lambda text, *words: said.append(text % words))
    found = notebooks.figures(two_figures())
    found[1] = dataclasses.replace(found[1], kind="@jupyter-widgets/controls", still=None)
    view = '<script type="{}">{{"model_id": "{}"}}</script>'
    body = "<p>a</p>".join(view.format(notebooks.VIEW, name) for name in "mn")
    page = BeautifulSoup(figures.place_slots(body, "chapters/x", "../", found), "html.parser")
    first, second = page.select(".figure-slot")
    assert (first["id"], first["data-model"]) == ("figure-a-title-twice", "m")
    assert first.img["src"] == "../_images/figures/chapters-x-figure-a-title-twice.png"
    assert (first.img["alt"], first.img["width"], first.img["height"]) == ("It shows.", "40", "20")
    assert second.p.get_text() == "It shows."
    assert said == [
        "chapters/x shows a widget that only a kernel can draw: @jupyter-widgets/controls"
    ]


def test_formulas_are_seen_in_texts_but_not_in_scripts():
    assert notebooks.has_formulas({"questions": [{"text": "Is $x > 0$?"}]})
    assert not notebooks.has_formulas({"_esm": "`${a} ${b}`", "title": "It costs 5 $."})


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text("{}")
    with pytest.raises(ValueError, match="x.ipynb is not a Jupyter notebook"):
        notebooks.load(path)


def test_icons_are_found_in_pages_and_rules():
    style = '.fa-x:before,.fa-y:before{content:"\\f00d"}.fa-z:before{content:"\\f001"}'
    style += '--pst-icon-bell:"\\f0f3";--pst-icon-plus:"+"'
    assert icons.wanted(style, {"fa-solid", "fa-y"}) == {0xF00D, 0xF0F3, ord("+")}
    assert icons.reduce_style(style, {"fa-y"}) == style.replace(
        '.fa-z:before{content:"\\f001"}', ""
    )


def test_the_reduced_icon_font_keeps_its_license(site):
    font = TTFont(site / "_static" / "icons-solid.woff")
    assert 0xF019 in font.getBestCmap()  # download
    assert len(font.getBestCmap()) < 100
    assert "Font Awesome" in font["name"].getDebugName(1)


@pytest.mark.parametrize(
    "text, short",
    [
        ("One sentence.", "One sentence."),
        ("two\n lines", "two lines"),
        ("a" * 100 + ". " + "b " * 60, "a" * 100 + "."),
        ("word " * 50, " ".join(["word"] * 31) + " …"),
    ],
)
def test_descriptions_are_cut_where_a_reader_would(text, short):
    assert description.shorten(text) == short


def test_run_times_are_marked_as_measured():
    assert tables.seconds(3.14159) == "≈ 3.1 s"
    assert tables.seconds(41.7) == "≈ 42 s"
    assert tables.seconds(None) == "not recorded"


def test_packages_are_found_without_a_list(tmp_path):
    for name in ("alpha/__init__.py", "alpha/one.py", "alpha/_hidden.py", "notes/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert api.packages(tmp_path) == {"alpha": ["one"]}
    assert ".. automodule:: reglab.alpha.one" in api.page("alpha", ["one"])


def test_pictures_get_their_size_and_wait_for_the_reader(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    sources = {"x.png": tmp_path / "a.png"}
    html = '<img alt="A" src="../_images/x.png"/><img src="_images/y.png"><img src="x.png">'
    assert pictures.sized(html, sources) == html.replace(
        '<img alt="A"', '<img width="30" height="20" loading="lazy" alt="A"'
    )
    done = '<img src="_images/x.png" width="5">'
    assert pictures.sized(done, sources) == done
