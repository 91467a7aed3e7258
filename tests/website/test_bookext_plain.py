"""bookext.plain: links of a notebook become references of the website."""

import json

import pytest
from bookext import plain
from docutils import nodes

BIB = "../reference/references.md"


@pytest.mark.parametrize(
    "written, rewritten",
    [
        (f"[Wager et al. (2013)]({BIB}#wager2013dropout)'s", "{cite:t}`wager2013dropout`'s"),
        (f"so ([Wager, 2013]({BIB}#a-b)).", "so {cite:p}`a-b`."),
        (f"([A, 2013]({BIB}#a)) or ([B, 2014]({BIB}#b))", "{cite:p}`a` or {cite:p}`b`"),
        (f"([A, 2013]({BIB}#a);\n[B and C, 2014]({BIB}#b))", "{cite:p}`a,b`"),
        (f"([A (2013)]({BIB}#a), section 5)", "({cite:t}`a`, section 5)"),
        ("[Ä (2013)](references.md#a)", "{cite:t}`a`"),
        ("[decay](../reference/glossary.md#term-L2-x)", "{term}`decay <term-L2-x>`"),
        ("**[decay](reference/glossary.md#term-x)**", "**{term}`decay <term-x>`**"),
        ("[Figure 12](#fig-a-b): [(3)](#eq-a)", "{numref}`fig-a-b`: {eq}`eq-a`"),
        ('A:\n\n<a id="eq-a"></a>\n\n$$\nx \\tag{12}\n$$\n\nB', "A:\n\n$$\nx\n$$ (eq-a)\n\nB"),
        ('<a id="eq-a"></a>\n$$\nx\n= y \\tag{1}\n$$', "$$\nx\n= y\n$$ (eq-a)"),
    ],
)
def test_links_become_roles(written, rewritten):
    assert plain.to_myst(written) == rewritten


@pytest.mark.parametrize(
    "text",
    [
        "[a section](#in-short) and [a chapter](04-weight-decay.ipynb#in-short)",
        "[a page](../reference/glossary.md), [Python](https://www.python.org)",
        f"`[A (2013)]({BIB}#a)`",
        "```\n[Figure 1](#fig-a)\n```",
        "$$\nx\n$$\n\n| a | b |",
    ],
)
def test_other_text_stays(text):
    assert plain.to_myst(text) == text


def cell(kind, source, **metadata):
    return {"cell_type": kind, "source": source, "metadata": metadata}


def captioned(*cells):
    notebook = {"cells": list(cells)}
    plain.move_captions(notebook, "chapters/x")
    return notebook["cells"]


def test_a_caption_moves_to_the_figure_above():
    caption = ['<a id="fig-a"></a>**Figure 1.** One curve\n', "of [(1)](#eq-a).\n"]
    image = {"alt": "One curve."}
    plot, words = captioned(
        cell("code", "plot()", mystnb={"image": image}),
        cell("markdown", [*caption, "\n", "## Next\n"]),
    )
    figure = {"name": "fig-a", "caption": "One curve\nof {eq}`eq-a`."}
    assert plot["metadata"] == {"mystnb": {"image": image, "figure": figure}}
    assert words["source"] == "## Next\n"


def test_a_cell_that_holds_only_a_caption_disappears():
    source = '<a id="fig-a"></a>**Figure 2.** One curve.'
    first, plot = captioned(cell("code", "x"), cell("code", "plot()"), cell("markdown", source))
    assert plot["metadata"]["mystnb"]["figure"]["caption"] == "One curve."
    assert first["metadata"] == {}


def test_a_caption_without_a_figure_is_a_warning(monkeypatch):
    said = []
    monkeypatch.setattr(plain.log, "warning", lambda text, *words: said.append(text % words))
    source = '<a id="fig-a"></a>**Figure 1.** One curve.'
    cells = captioned(cell("markdown", "Words."), cell("markdown", source))
    assert [cell["source"] for cell in cells] == ["Words.", source]
    assert said == ["chapters/x: no code cell stands above the caption of fig-a"]


def test_how_to_install_is_not_said_on_the_website():
    cells = [cell("markdown", f"# A\n\n{plain.INSTALL}"), cell("code", "[Figure 1](#fig-a)")]
    done = json.loads(plain.rewrite_notebook(json.dumps({"cells": cells}), "x"))
    assert [cell["source"] for cell in done["cells"]] == ["# A\n\n", "[Figure 1](#fig-a)"]


class Book:
    """What `find_term` asks of Sphinx: the glossary's entries, and addresses of pages."""

    objects = {("term", "L2 penalty"): ("reference/glossary", "term-L2-penalty")}
    builder = property(lambda self: self)

    def get_domain(self, name):
        return self

    def get_relative_uri(self, start, end):
        return f"../{end}.html"


def find_term(anchor, kind="term"):
    node = {"reftype": kind, "reftarget": anchor, "refdoc": "chapters/x"}
    return plain.find_term(Book(), Book(), node, nodes.inline("", "decay"))


def test_a_term_is_found_by_its_anchor():
    found = find_term("term-L2-penalty")
    assert found["refuri"] == "../reference/glossary.html#term-L2-penalty"
    assert found.astext() == "decay"


def test_other_references_are_left_to_sphinx():
    assert find_term("term-unknown") is None
    assert find_term("term-L2-penalty", kind="doc") is None
