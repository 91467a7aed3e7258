"""Chapters are plain Markdown: here their links become what the website can do with them.

A notebook reads well in JupyterLab, in an editor and on a code host only without MyST's roles and
directives. So it holds links and anchors, and each source is rewritten as Sphinx reads it:

in the notebook                                           on the website
[Wager et al. (2013)](../reference/references.md#key)     citation within a sentence, with tooltip
([Wager et al., 2013](../reference/references.md#key))    citation in brackets; more behind ";"
[weight decay](../reference/glossary.md#term-x)           entry of the glossary
[Figure 3](#fig-x), [(2)](#eq-x)                          number of that figure, that equation
<a id="eq-x"></a> above a formula with \\tag{2}            numbered equation
<a id="fig-x"></a>**Figure 3.** The caption.              caption of the cell above
INSTALL, in the first cell                                nothing: pages need no installation

The file itself stays as it is, and so does the notebook that a page offers to download.
tests/website/test_plain_notebooks.py checks names, years, numbers and places of all these links.
index.md and the pages of reference/ have the same links; the glossary, a directive, has roles.
"""

import json
import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from bookext import notebooks

log = logging.getLogger(__name__)
INSTALL = "*If `import reglab` fails: `pip install ./code`, in a copy of the book's repository.*"

CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.M | re.S)
_CITED = r"\]\([\w./-]*\breferences\.md#([\w-]+)\)"
_IN_BRACKETS = rf"\[[^\[\]]+, \d{{4}}{_CITED}"
BRACKETS = re.compile(rf"\({_IN_BRACKETS}(?:;\s{_IN_BRACKETS})*\)")
SENTENCE = re.compile(rf"\[[^\[\]]+ \(\d{{4}}\){_CITED}")
TERM = re.compile(r"\[([^\[\]]+)\]\([\w./-]*\bglossary\.md#(term-[\w.-]+)\)")
NUMBER = re.compile(r"\[[^\[\]]+\]\(#(fig|eq)-([\w-]+)\)")
EQUATION = re.compile(r'^<a id="(eq-[\w-]+)"></a>\s*^\$\$\n(.*?)\n\$\$$', re.M | re.S)
TAG = re.compile(r"\s*\\tag\{(\d+)\}")
CAPTION = re.compile(r'<a id="(fig-[\w-]+)"></a>\*\*Figure (\d+)\.\*\* (.+?)(?:\n\n+|\s*\Z)', re.S)


def to_myst(markdown: str) -> str:
    """Return `markdown` with its links as roles and its equations with labels; code stays."""
    parts = CODE.split(markdown)
    parts[::2] = map(_to_roles, parts[::2])
    return "".join(parts)


def _to_roles(text: str) -> str:
    text = BRACKETS.sub(lambda m: "{cite:p}`" + ",".join(re.findall(_CITED, m[0])) + "`", text)
    text = SENTENCE.sub(r"{cite:t}`\1`", text)
    text = TERM.sub(r"{term}`\1 <\2>`", text)
    text = NUMBER.sub(lambda m: f"{_ROLE[m[1]]}`{m[1]}-{m[2]}`", text)
    return EQUATION.sub(lambda m: f"$$\n{TAG.sub('', m[2])}\n$$ ({m[1]})", text)


_ROLE = {"fig": "{numref}", "eq": "{eq}"}


def move_captions(notebook: dict[str, Any], name: str) -> None:
    """Move each caption from its cell to the figure above, where myst-nb looks for it."""
    above, kept = None, []
    for cell in notebook["cells"]:
        source = notebooks.text(cell["source"])
        found = CAPTION.match(source) if cell["cell_type"] == "markdown" else None
        if found and above is not None and above["cell_type"] == "code":
            figure = {"name": found[1], "caption": to_myst(found[3])}
            above["metadata"].setdefault("mystnb", {})["figure"] = figure
            cell["source"] = source[found.end() :]
        elif found:
            log.warning("%s: no code cell stands above the caption of %s", name, found[1])
        above = cell
        if cell["source"] or not found:
            kept.append(cell)
    notebook["cells"] = kept


def rewrite_notebook(content: str, name: str) -> str:
    """Return a notebook's JSON with captions in their places and Markdown for MyST."""
    notebook = json.loads(content)
    move_captions(notebook, name)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = notebooks.text(cell["source"]).replace(INSTALL, "")
            cell["source"] = to_myst(source)
    return json.dumps(notebook)


def rewrite(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrite a page's source (event source-read)."""
    path = app.env.doc2path(docname)
    if path.endswith(".ipynb"):
        source[0] = rewrite_notebook(source[0], docname)
    elif path.endswith(".md"):
        source[0] = to_myst(source[0])


def find_term(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Resolve a term by its anchor (event missing-reference: Sphinx looks for its name)."""
    if node.get("reftype") != "term":
        return None
    for (kind, _), (page, anchor) in env.get_domain("std").objects.items():
        if kind == "term" and anchor == node["reftarget"]:
            return make_refnode(app.builder, node["refdoc"], page, anchor, content)
    return None


def setup(app: Sphinx) -> None:
    app.connect("source-read", rewrite)
    app.connect("missing-reference", find_term)
