"""The chapters on the home page: a card for each, and the chapters of each family of techniques.

What a notebook does not say stands in the chapter's package, reglab/chapters/<name>/card.json:
    question   what the chapter answers, in one sentence
    family     the row of the home page's map that it belongs to
    drawing    shapes of an SVG of 120 x 64; classes: fill, pale, accent (see book.css)
A chapter without a card is shown by its title alone.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from bookext import minutes, notebooks
from bookext.tables import link

log = logging.getLogger(__name__)
PACKAGES = Path(find_spec("reglab").submodule_search_locations[0], "chapters")
FIELDS = {"question", "family", "drawing"}


@dataclass(frozen=True)
class Chapter:
    """What the home page tells about a chapter."""

    name: str  # of its page
    number: int
    title: str
    minutes: int
    question: str = ""
    family: str = ""
    drawing: str = ""


def card_path(name: str) -> Path:
    """Return where the card of the page chapters/NN-some-slug lies."""
    slug = re.sub(r"^\d+-", "", Path(name).name)
    return PACKAGES / slug.replace("-", "_") / "card.json"


def read_card(name: str) -> dict[str, str]:
    """Return a chapter's card; empty if it has none."""
    path = card_path(name)
    if not path.exists():
        return {}
    card = json.loads(path.read_text(encoding="utf-8"))
    if card.keys() != FIELDS:
        raise ValueError(f"{path} must hold {', '.join(sorted(FIELDS))}; got {', '.join(card)}")
    return card


def chapters(env: BuildEnvironment) -> Iterator[tuple[Chapter, dict[str, Any]]]:
    """Yield (chapter, notebook) in the order of the book; the page depends on all of them."""
    for number, (name, notebook) in enumerate(notebooks.chapters(env), start=1):
        env.note_dependency(env.doc2path(name))
        env.note_dependency(str(card_path(name)))
        title, length = notebooks.title(notebook, name), minutes.reading_minutes(notebook)
        yield Chapter(name, number, title, length, **read_card(name)), notebook


def card(chapter: Chapter, uri: str) -> str:
    """Return a chapter's card as a list item."""
    return (
        f'<li><a href="{escape(uri)}"><svg viewBox="0 0 120 64" aria-hidden="true">'
        f'{chapter.drawing}</svg><span class="card-facts">Chapter {chapter.number} '
        f"<span>{chapter.minutes} min</span></span><strong>{escape(chapter.title)}</strong>"
        f'<span class="card-question">{escape(chapter.question)}</span></a></li>'
    )


class ChapterCards(SphinxDirective):
    """A numbered card for each chapter."""

    def run(self) -> list[nodes.Node]:
        address = self.env.app.builder.get_relative_uri
        items = [card(one, address(self.env.docname, one.name)) for one, _ in chapters(self.env)]
        html = f'<ul class="chapter-cards">{"".join(items)}</ul>'
        return [nodes.raw("", html, format="html")]


class Family(SphinxRole):
    """{family}`penalize`: links to the chapters of a family, in their order."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        address, found = self.env.app.builder.get_relative_uri, []
        for chapter, _ in chapters(self.env):
            if chapter.family == self.text:
                words = f"{chapter.number}.\N{NO-BREAK SPACE}{chapter.title}"
                uri = address(self.env.docname, chapter.name)
                found += [nodes.Text(", "), link(words, uri)]
        if not found:
            log.warning("no chapter has the family %r in its card.json", self.text)
        return found[1:], []


def setup(app: Sphinx) -> None:
    app.add_directive("chapter-cards", ChapterCards)
    app.add_role("family", Family())
