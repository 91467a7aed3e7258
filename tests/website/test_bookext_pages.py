"""What the extension does to a finished page: repairs, and formulas set at build time."""

import pytest
from bookext import (
    formulas,
    pages,
)
from bs4 import BeautifulSoup

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
    assert not repaired('<div class="figure-slot"></div>', MATHJAX).find("script")
    page = repaired('<div class="figure-slot" data-formulas></div>', MATHJAX)
    assert len(page.find_all("script")) == 2


def test_styles_of_cells_and_cards_are_loaded_only_where_there_are_some():
    head = '<link href="_static/mystnb.1a.css"><link href="_static/sphinx-design.min.css">'
    assert not repaired("<p>text</p>", head).find("link")
    page = repaired('<div class="cell">1</div>', head)
    assert [link["href"] for link in page.find_all("link")] == ["_static/mystnb.1a.css"]


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


def test_a_page_without_contents_has_no_button_for_them():
    button, contents = '<button class="secondary-toggle">', '<div id="pst-secondary-sidebar"></div>'
    assert not repaired(button).find("button")
    assert repaired(button + contents).find("button")


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
