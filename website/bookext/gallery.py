"""Pictures of the interactive figures: stills for pages without scripts, and a gallery of them."""

import io
from html import escape
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext import notebooks
from bookext.notebooks import BookFigure

STILLS = "_images/figures"
THUMBNAIL = 480  # pixels wide: a column of the gallery on a screen of double density


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
    for name, notebook in notebooks.chapters(app.env):
        for figure in notebooks.figures(notebook):
            if figure.still:
                Path(app.outdir, still_name(name, figure)).write_bytes(figure.still)
                image = Image.open(io.BytesIO(figure.still))
                image.thumbnail((THUMBNAIL, 2 * THUMBNAIL))
                small = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
                small.save(Path(app.outdir, still_name(name, figure, small=True)), optimize=True)


class FigureGallery(SphinxDirective):
    """Thumbnails of all interactive figures; each leads to the figure in its chapter."""

    def run(self) -> list[nodes.Node]:
        builder = self.env.app.builder
        items = []
        for name, notebook in notebooks.chapters(self.env):
            self.env.note_dependency(self.env.doc2path(name))
            link = builder.get_relative_uri(self.env.docname, name)
            chapter = notebooks.title(notebook, name)
            items += [
                self.item(name, figure, link, chapter)
                for figure in notebooks.figures(notebook)
                if figure.still
            ]
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
    app.connect("build-finished", write_stills)
