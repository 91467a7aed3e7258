"""Pictures of a page: the size in the tag, so that the text below does not jump when one arrives;
and loaded as the reader comes near, so that they don't hold up the text."""

import re
from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

TAG = re.compile(r'<img\b(?![^>]*\bwidth=)([^>]*\bsrc="[^"]*_images/(?P<name>[^"/]+)"[^>]*?)(/?>)')


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
