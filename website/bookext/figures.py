"""Interactive figures on a page: a slot for each, its still for pages without scripts, a gallery.

The slot keeps the figure's height free, so nothing jumps when it is drawn; widget-host.js draws
into it. Stills and thumbnails are written beside the page's other images.
"""

import io
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from bookext import notebooks
from bookext.notebooks import BookFigure

log = logging.getLogger(__name__)
VIEW_SCRIPT = re.compile(rf'<script type="{re.escape(notebooks.VIEW)}">(.*?)</script>', re.S)
STILLS = "_images/figures"
THUMBNAIL = 480  # pixels wide: a column of the gallery on a screen of double density


def chapters(app: Sphinx) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (page name, notebook) for each notebook of the book, in the order of their names."""
    for name in sorted(app.env.found_docs):
        if app.env.doc2path(name).endswith(".ipynb"):
            yield name, notebooks.load(app.env.doc2path(name))


def still_name(pagename: str, figure: BookFigure, small: bool = False) -> str:
    """Return where the figure's picture lies, from the top of the site."""
    return f"{STILLS}/{pagename.replace('/', '-')}-{figure.anchor}{'-small' if small else ''}.png"


def img(figure: BookFigure, src: str, width: int | None = None) -> str:
    """Return an <img> of the still that tells the browser its size before it is loaded."""
    wide, high = Image.open(io.BytesIO(figure.still)).size
    shown = min(width or wide, wide)
    return (
        f'<img src="{src}" alt="{escape(figure.alt)}" '
        f'width="{shown}" height="{round(high * shown / wide)}">'
    )


def write_stills(app: Sphinx, exception: Exception | None) -> None:
    """Write each figure's PNG and its thumbnail into the site (event build-finished)."""
    if exception or app.builder.format != "html":
        return
    Path(app.outdir, STILLS).mkdir(parents=True, exist_ok=True)
    for name, notebook in chapters(app):
        for figure in notebooks.figures(notebook):
            if figure.still:
                Path(app.outdir, still_name(name, figure)).write_bytes(figure.still)
                image = Image.open(io.BytesIO(figure.still))
                image.thumbnail((THUMBNAIL, 2 * THUMBNAIL))
                small = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
                small.save(Path(app.outdir, still_name(name, figure, small=True)), optimize=True)


def slot(figure: BookFigure, image: str) -> str:
    """Return the place where widget-host.js draws `figure`, with its still for other readers."""
    height = f' style="min-height:{figure.min_height}px"' if figure.min_height else ""
    still = image or f"<p>{escape(figure.alt)}</p>"
    return (
        f'<div class="figure-slot" id="{figure.anchor}" data-model="{figure.model_id}"{height}>'
        f"<noscript>{still}<p>This figure moves when JavaScript is on.</p></noscript></div>"
    )


def place_figures(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put a slot in the place of each widget of the page (event html-page-context)."""
    if notebooks.VIEW not in context.get("body", ""):
        return
    found = notebooks.figures(notebooks.load(app.env.doc2path(pagename)))
    slots = {}
    for figure in found:
        if figure.kind != "anywidget":
            log.warning(
                "%s shows a widget that no page can draw (%s); only BookFigures have a host",
                pagename, figure.kind, type="bookext", subtype="widget",
            )  # fmt: skip
        src = context["content_root"] + still_name(pagename, figure)
        slots[figure.model_id] = slot(figure, img(figure, src) if figure.still else "")
    context["body"] = VIEW_SCRIPT.sub(lambda m: _slot_of(m.group(1), slots), context["body"])


def _slot_of(view: str, slots: dict[str, str]) -> str:
    for model_id, html in slots.items():
        if model_id in view:
            return html
    return ""


class FigureGallery(SphinxDirective):
    """Thumbnails of all interactive figures; each leads to the figure in its chapter."""

    def run(self) -> list[nodes.Node]:
        builder = self.env.app.builder
        items = []
        for name, notebook in chapters(self.env.app):
            self.env.note_dependency(self.env.doc2path(name))
            link = builder.get_relative_uri(self.env.docname, name)
            chapter = notebooks.title(notebook, name)
            for figure in notebooks.figures(notebook):
                if figure.still:
                    items.append(self.item(name, figure, link, chapter))
        if not items:
            return []
        html = f'<ul class="figure-gallery">{"".join(items)}</ul>'
        return [nodes.raw("", html, format="html")]

    def item(self, name: str, figure: BookFigure, link: str, chapter: str) -> str:
        src = "../" * self.env.docname.count("/") + still_name(name, figure, small=True)
        image = img(figure, src, THUMBNAIL).replace("<img ", '<img loading="lazy" ')
        return (
            f'<li><a href="{link}#{figure.anchor}">{image}<strong>{escape(figure.title)}</strong>'
            f"<span>{escape(chapter)}</span></a></li>"
        )


def setup(app: Sphinx) -> None:
    app.add_directive("figure-gallery", FigureGallery)
    app.connect("html-page-context", place_figures)
    app.connect("build-finished", write_stills)
