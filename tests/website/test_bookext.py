"""The Sphinx extension, piece by piece, without a build."""

import base64
import io
import json

import pytest
from bookext import (
    api,
    description,
    docstrings,
    formulas,
    icons,
    notebooks,
    pages,
    pictures,
    repository,
    tables,
)
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from fontTools.ttLib import TTFont
from PIL import Image

# ---- repository: buttons only where they lead somewhere


@pytest.mark.parametrize(
    "remote, address",
    [
        ("https://github.com/ann/book.git", "https://github.com/ann/book"),
        ("https://github.com/ann/book", "https://github.com/ann/book"),
        ("http://github.com/ann/book/", "https://github.com/ann/book"),
        ("git@github.com:ann/book.git", "https://github.com/ann/book"),
        ("ssh://git@gitlab.com:22/ann/my.book.git", "https://gitlab.com/ann/my.book"),
        ("https://ann:secret@github.com/ann/book.git", "https://github.com/ann/book"),
        ("git@GitHub.com:ann/book.git", "https://github.com/ann/book"),
        ("", None),
        ("/srv/git/book.git", None),
        ("../book", None),
        ("file:///srv/git/book.git", None),
        ("C:\\git\\book", None),
        ("https://git.example.org/ann/book.git", None),
        ("https://github.com.evil.example/ann/book.git", None),
        ("https://github.com/book.git", None),
        ("https://github.com/a/b/c.git", None),
        ('https://github.com/ann/"><script>', None),
    ],
)
def test_public_address(remote, address):
    assert repository.public_address(remote) == address


def test_no_address_no_buttons():
    options = repository.theme_options(None, "main")
    assert not options["launch_buttons"]
    assert not any(options[f"use_{what}_button"] for what in ("repository", "issues", "source"))


def test_colab_is_offered_for_github_only():
    github = repository.theme_options("https://github.com/a/b", "main")["launch_buttons"]
    gitlab = repository.theme_options("https://gitlab.com/a/b", "main")["launch_buttons"]
    assert "colab_url" in github
    assert "colab_url" not in gitlab
    assert "binderhub_url" in gitlab


def test_git_says_nothing_where_there_is_no_repository(tmp_path):
    assert repository.git(tmp_path, "remote", "get-url", "origin") == ""
    assert repository.git(tmp_path / "missing", "status") == ""


# ---- docstrings: plain text becomes RST without losing a sign


def words(docstring: str) -> str:
    """Parse as the site does (napoleon apart), warnings being errors, and return the text."""
    rst = "\n".join(docstrings.to_rst(docstring.splitlines()))
    settings = {"report_level": 2, "halt_level": 2, "warning_stream": False}
    return publish_doctree(rst, settings_overrides=settings).astext()


@pytest.mark.parametrize(
    "line",
    [
        "The norm |w| of a weight, and |v|.",
        "A product a*b, x* and *args, **kwargs.",
        "A trailing_ underscore_ and sum_i x_i.",
        "A lone ` tick, a back\\slash and (*knobs, P).",
        "y = x W^T + b: shapes (B..., I) -> (B..., O)",
        "see <https://example.org/a_b_>",
    ],
)
def test_signs_of_formulas_survive(line):
    assert words(line) == line


def test_names_in_backticks_become_code():
    doctree = publish_doctree("\n".join(docstrings.to_rst(["Uses `a_b` and ``c``."])))
    assert [node.astext() for node in doctree.findall(nodes.literal)] == ["a_b", "c"]


def test_labels_become_a_field_list_with_their_continuation_lines():
    doctree = publish_doctree(
        "\n".join(
            docstrings.to_rst([
                "A title.",
                "",
                "Room        dropout -- tests/x.py",
                "Source      Wan et al. (2013), a title that goes on",
                "            on the next line.",
                "Shapes: x (B, I), weight (O, I)",
                "Memory: B * O numbers",
                "    when masks differ.",
            ])
        )
    )  # fmt: skip
    fields = {
        field[0].astext(): field[1].astext().replace("\n", " ")
        for field in doctree.findall(nodes.field)
    }
    assert fields == {
        "Room": "dropout -- tests/x.py",
        "Source": "Wan et al. (2013), a title that goes on on the next line.",
        "Shapes": "x (B, I), weight (O, I)",
        "Memory": "B * O numbers when masks differ.",
    }


def test_an_indented_formula_is_kept_as_it_is():
    text = words("It computes\n    y = |x| * w_\n    z = y**2\nand returns z.")
    assert "y = |x| * w_\nz = y**2" in text
    assert text.endswith("and returns z.")


def test_a_list_right_below_a_paragraph_becomes_one():
    doctree = publish_doctree("\n".join(docstrings.to_rst(["Two:", "- a*", "- b", "  goes on"])))
    assert [item.astext() for item in doctree.findall(nodes.list_item)] == ["a*", "b\ngoes on"]


def test_google_sections_are_left_to_napoleon():
    lines = ["Do.", "", "Args:", "    a, b: (*knobs, P) arrays.", "    c: one", "        more."]
    rst = docstrings.to_rst(lines)
    assert "Args:" in rst
    assert "    a, b: (\\*knobs, P) arrays." in rst
    assert "        more." in rst


# ---- pages: repairs


def repaired(body: str = "", head: str = "") -> BeautifulSoup:
    html = f'<html lang="en"><head>{head}</head><body>{body}</body></html>'
    return BeautifulSoup(pages.repair(html), "html.parser")


@pytest.mark.parametrize(
    "source",
    ["_static/scripts/fontawesome.js?digest=1", "../_static/sphinx-thebe.js", "../searchindex.js"],
)
def test_unused_scripts_are_dropped(source):
    assert not repaired(head=f'<script src="{source}"></script>').find("script")


def test_the_search_page_keeps_its_scripts_in_order():
    page = repaired('<div id="search-results"></div>', '<script src="searchindex.js"></script>')
    assert page.find("script", src="searchindex.js")
    assert not page.find("script", defer=True)


def test_scripts_wait_but_for_the_options_that_inline_scripts_use():
    page = repaired(
        head='<script src="documentation_options.js"></script><script src="doctools.js"></script>'
    )
    assert [tag.has_attr("defer") for tag in page.find_all("script")] == [False, True]


MATHJAX = '<script>window.MathJax = {}</script><script src="_static/vendor/mathjax/a.js"></script>'


def test_mathjax_is_loaded_only_for_figures_that_write_formulas():
    def scripts(**state):
        saved = json.dumps({"state": {"m": {"state": state}}})
        page = repaired(
            "<p>text</p>", f'<script type="{notebooks.STATE}">{saved}</script>{MATHJAX}'
        )
        return len(page.select("script:not([type])"))

    assert scripts(questions=[{"text": "Is $x > 0$?"}]) == 2
    assert scripts(_esm="`${a} ${b}`", title="costs 5 $") == 0


def test_styles_of_cells_and_cards_are_loaded_only_where_there_are_some():
    head = '<link href="_static/mystnb.1a.css"><link href="_static/sphinx-design.min.css">'
    assert not repaired("<p>text</p>", head).find("link")
    page = repaired('<div class="cell">1</div>', head)
    assert [link["href"] for link in page.find_all("link")] == ["_static/mystnb.1a.css"]


def test_widget_state_moves_behind_the_text():
    state = f'<script type="{notebooks.STATE}">{{"a": "<\\/p>"}}</script>'
    page = repaired("<p>text</p>", state)
    assert not page.head.find("script")
    assert json.loads(page.body.find("script").string) == {"a": "</p>"}


def test_controls_are_called_what_they_show():
    page = repaired(
        '<button class="search-button-field" aria-label="Search">Search Ctrl+K</button>'
        '<nav><ul><li><a href="x">Library</a><details><summary><i class="fa-solid fa-x"></i>'
        "</summary></details></li></ul></nav>"
    )
    assert not page.button.has_attr("aria-label")
    assert page.summary["aria-label"] == "Pages under Library"
    assert page.i["aria-hidden"] == "true"


def test_empty_header_cells_and_roles_of_citations_go():
    page = repaired(
        '<table><tr><th></th><th>a</th></tr></table><div class="citation" role="x"></div>'
    )
    assert [cell.name for cell in page.find_all(["th", "td"])] == ["td", "th"]
    assert not page.select_one(".citation").has_attr("role")


# ---- formulas


def test_formulas_are_set_with_their_style_and_their_mathml():
    page = repaired(
        r'<p>Let <span class="math">\(x &lt; y\)</span> be.</p>'
        r'<div class="math"><span class="eqno">(1)</span>\[\sum_i \lambda_i\]</div>'
        r'<div class="amsmath math">\begin{align} a &amp;= b \end{align}</div>'
        r"<pre>re.compile('\(x\)')</pre>"
    )
    assert len(page.select("mjx-container")) == 3
    assert len(page.select('mjx-container[display="true"]')) == 2
    assert page.select_one("mjx-assistive-mml math").get_text() == "x<y"
    assert page.select_one(".eqno").get_text() == "(1)"
    assert "mjx-c3C" in page.head.style.string
    assert "./_static/vendor/mathjax/output/chtml/fonts/woff-v2/" in page.head.style.string
    assert page.pre.get_text() == r"re.compile('\(x\)')"


def test_packages_that_authors_may_use():
    fine = [r"\boldsymbol{w}", r"\cancel{x}", r"\braket{a|b}", r"\color{red} x"]
    fine += [r"x \coloneqq y", r"\begin{cases} a & b \\ c & d \end{cases}"]
    done, _ = formulas.set_all([(tex, False) for tex in fine], "fonts")
    assert all(isinstance(html, str) for html in done)
    wrong, _ = formulas.set_all([(r"\R", False)], "fonts")
    assert wrong == [{"error": "Undefined control sequence \\R"}]


def test_a_formula_that_cannot_be_set_is_named_and_left(monkeypatch):
    said = []
    monkeypatch.setattr(
        formulas.log, "warning", lambda text, *words, **_: said.append(text % words)
    )
    page = repaired(r'<span class="math">\(\foo x\)</span><span class="math">\(y\)</span>')
    assert said == ["formula in : Undefined control sequence \\foo: \\foo x"]
    assert page.select_one(".math").get_text() == r"\(\foo x\)"
    assert len(page.select("mjx-container")) == 1


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


def test_rooms_are_found_without_a_list(tmp_path):
    for name in ("alpha/__init__.py", "alpha/one.py", "alpha/_hidden.py", "notes/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert api.rooms(tmp_path) == {"alpha": ["one"]}
    assert ".. automodule:: reglab.alpha.one" in api.page("alpha", ["one"])


def test_pictures_get_their_size(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    sources = {"x.png": tmp_path / "a.png"}
    html = '<img alt="A" src="../_images/x.png"/><img src="_images/y.png"><img src="x.png">'
    assert pictures.sized(html, sources) == html.replace(
        '<img alt="A"', '<img width="30" height="20" alt="A"'
    )
    done = '<img src="_images/x.png" width="5">'
    assert pictures.sized(done, sources) == done
