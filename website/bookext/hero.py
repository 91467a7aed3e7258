"""{hero}: the first screen of the home page, with a figure of a chapter that moves there.

    ```{hero} double-descent
    One sentence about the book.
    ```
The argument is the slug of a chapter: the first figure of it that has a picture is shown. The
numbers are counted in the notebooks.
"""

from html import escape
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext import figures, gallery, notebooks
from bookext.cards import Chapter, chapters
from bookext.notebooks import BookFigure
from bookext.tables import count
from reglab.evidence import ledger

Found = list[tuple[Chapter, dict[str, Any]]]
SHOWN = "figure of"  # key in the page's metadata: [page name of the chapter, id of the model]
SCRIPT = "hero.js"


def moving(notebook: dict[str, Any]) -> list[BookFigure]:
    """Return the figures that move; a quiz has no picture."""
    return [figure for figure in notebooks.figures(notebook) if figure.still]


def buttons(first: Chapter, uri: str) -> str:
    """Return the link to the first chapter, and the button that moves the figure."""
    return (
        f'<p class="hero-buttons"><a class="hero-start" href="{escape(uri)}">Start: '
        f"{escape(first.title)} ({first.minutes} min)</a> "
        '<button class="hero-play" type="button" hidden>Play</button></p>'
    )


def proof(seeds: list[int], chapter_count: int, claims: str) -> str:
    """Return one line that says how much of the book is measured; `claims` is their address."""
    if not seeds:
        return ""
    return (
        f'<p class="hero-proof">{count(chapter_count, "chapter")}, <a href="{escape(claims)}">'
        f"{count(len(seeds), 'measured claim')}</a>, each with {min(seeds)} to {max(seeds)} seeds "
        "and a 95 % interval.</p>"
    )


class Hero(SphinxDirective):
    """Title, sentence, buttons and a line of proof beside one live figure."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        found = list(chapters(self.env))
        sentence = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, sentence)
        first = found[0][0]
        text = buttons(first, self.address(first.name)) + self.proof(found)
        return [
            _html('<div class="hero"><div class="hero-text">'),
            *sentence.children,
            _html(f'{text}</div><div class="hero-figure">{self.figure(found)}</div></div>'),
        ]

    def address(self, name: str) -> str:
        return self.env.app.builder.get_relative_uri(self.env.docname, name)

    def proof(self, found: Found) -> str:
        rows = [row for one, _ in found for row in ledger.read(self.env.doc2path(one.name))]
        return proof([row.n for row in rows], len(found), self.address("reference/claims"))

    def figure(self, found: Found) -> str:
        """Return the slot of the figure, the way to its chapter, and the way to all figures."""
        slug = self.arguments[0]
        shown = [
            (chapter, figure)
            for chapter, notebook in found
            for figure in moving(notebook)
            if chapter.name.endswith(f"-{slug}")
        ]
        if not shown:
            raise self.error(f"no chapter {slug!r} with a figure that moves")
        chapter, figure = shown[0]
        self.env.metadata[self.env.docname][SHOWN] = [chapter.name, figure.model_id]
        still = gallery.img(figure, gallery.still_name(chapter.name, figure))
        total = sum(len(moving(notebook)) for _, notebook in found)
        return (
            f"{figures.slot(figure, still)}<p>From "
            f'<a href="{self.address(chapter.name)}#{figure.anchor}">{escape(chapter.title)}</a>, '
            f'one of <a href="{self.address("reference/figures")}">{total} figures that move</a>.'
            "</p>"
        )


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def place_title(page: BeautifulSoup) -> None:
    """Put the page's title into the hero, above its sentence."""
    hero, title = page.select_one(".hero-text"), page.select_one("article h1")
    if hero and title:
        hero.insert(0, title.extract())


def load_figure(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the page the data of its figure (event html-page-context)."""
    if shown := app.env.metadata.get(pagename, {}).get(SHOWN):
        chapter, model_id = shown
        states = notebooks.widget_states(notebooks.load(app.env.doc2path(chapter)))
        figures.load_models(app, pagename, context, {model_id: states[model_id]})
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> None:
    app.add_directive("hero", Hero)
    app.connect("html-page-context", load_figure, priority=600)
