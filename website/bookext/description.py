"""A description of each page for search engines: its first paragraph, unless it brings its own."""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 160  # characters that search engines show


def first_paragraph(doctree: nodes.document | None) -> str:
    """Return the first paragraph of running text as plain text, cut at a word; "" if none."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            return shorten(paragraph.astext())
    return ""


def shorten(text: str) -> str:
    """Return `text` on one line, cut after a sentence or a word where it is too long."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 2]
    end = cut.rfind(". ")
    return cut[: end + 1] if end > LONGEST // 2 else cut.rsplit(" ", 1)[0].rstrip(",;:") + " …"


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add <meta name="description"> to the page (event html-page-context)."""
    if 'name="description"' in context.get("metatags", ""):
        return
    words = first_paragraph(doctree) or f"{context.get('title', pagename)}: {app.config.html_title}"
    tag = f'<meta name="description" content="{escape(words)}" />'
    context["metatags"] = context.get("metatags", "") + tag


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe)
