"""Pictures of a page: the size in the tag, so that the text below does not jump when one arrives;
loaded as the reader comes near, so that they don't hold up the text; and never so small that their
letters could not be read: on a phone a wide figure scrolls sideways in a box of its own."""

import math
import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx

TAG = re.compile(r'<img\b(?![^>]*\bwidth=)([^>]*\bsrc="[^"]*_images/(?P<name>[^"/]+)"[^>]*?)(/?>)')

DPI = 150  # of the figures' PNGs: figure.dpi of house.mplstyle
NOTE = 8  # points: the line below a figure (reglab.figures.note) has the smallest letters, unless
FONT_SIZE = re.compile(r"fontsize=([\d.]+)")  # the code of its cell asks for smaller ones
LEGIBLE = 9  # pixels


def narrowest(width: int, code: str) -> int:
    """Return the pixels that a picture of `width` has to take for its letters to be legible."""
    points = min([NOTE, *map(float, FONT_SIZE.findall(code))])
    return math.ceil(LEGIBLE * width / (points * DPI / 72))


def keep_legible(page: BeautifulSoup) -> None:
    """Put each static figure into a box that scrolls where the page is too narrow for it."""
    for cell in page.select("div.cell"):
        source = cell.select_one("div.cell_input")
        for image in cell.select("div.cell_output img[width]:not(.figure-slot img)"):
            width = narrowest(int(image["width"]), source.get_text() if source else "")
            box = {"class": "wide-figure", "style": f"--legible: {width}px"}
            image.wrap(page.new_tag("div", attrs=box))


def sized(html: str, sources: dict[str, Path]) -> str:
    """Return `html` with size and lazy loading in each <img> with a file, by name, in `sources`."""

    def add_size(tag: re.Match[str]) -> str:
        if tag["name"] not in sources:
            return tag.group()
        with Image.open(sources[tag["name"]]) as image:
            size = f'width="{image.width}" height="{image.height}"'
        return f'<img {size} loading="lazy"{tag[1]}{tag[3]}'

    return TAG.sub(add_size, html)


def give_sizes(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Size the pictures of a page's text (event html-page-context); drawings (SVG) have no need."""
    if "_images/" in context.get("body", ""):
        sources = {
            name: Path(app.srcdir, source)
            for source, name in app.builder.images.items()
            if not name.endswith(".svg")
        }
        context["body"] = sized(context["body"], sources)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", give_sizes)
