"""How long each chapter takes to read: below its title, and beside it in the book's contents.

Read from the notebooks before the build, since each page's contents name all chapters.
"""

import math
import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.config import Config

from bookext import notebooks

WORDS, LINES, STEP = 200, 15, 5  # words of text and lines of code in a minute; rounded up to five
NOT_READ = re.compile(r"\$\$.*?\$\$|```.*?```|</?[a-z][^>]*>|\{[\w:-]+\}(?=`)", re.S)
PICTURES = {"image/png", "image/svg+xml", notebooks.VIEW}


def reading_minutes(notebook: dict[str, Any]) -> int:
    """Return minutes to read a notebook, to the next five.

    200 words take a minute, and so do 15 lines of code, or one figure.
    """
    cells = [(cell["cell_type"], notebooks.text(cell["source"])) for cell in notebook["cells"]]
    words = sum(len(NOT_READ.sub(" ", text).split()) for kind, text in cells if kind == "markdown")
    lines = sum(len(text.splitlines()) for kind, text in cells if kind == "code")
    figures = sum(bool(PICTURES & data.keys()) for _, data in notebooks.outputs(notebook))
    return STEP * math.ceil((words / WORDS + lines / LINES + figures) / STEP)


def of_chapters(source: Path) -> dict[str, int]:
    """Return page name -> minutes for each chapter below `source`."""
    paths = sorted(source.glob("chapters/*.ipynb"))
    return {f"chapters/{path.stem}": reading_minutes(notebooks.load(path)) for path in paths}


def label_contents(page: BeautifulSoup, name: str, minutes: dict[str, int]) -> None:
    """Write the minutes of each chapter behind its title in the contents of the book."""
    for link in page.select(".bd-links a[href]"):
        shown = name if link["href"] == "#" else f"chapters/{Path(link['href']).stem}"
        if shown in minutes:
            label = page.new_tag("span", attrs={"class": "nav-minutes"})
            label.string = f"{minutes[shown]} min"
            link.extend([" ", label])


def count_minutes(app: Sphinx, config: Config) -> None:
    """Hand the minutes to all pages; when one changes, Sphinx writes all of them again."""
    config.html_context = {**config.html_context, "minutes": of_chapters(Path(app.srcdir))}


def setup(app: Sphinx) -> None:
    app.connect("config-inited", count_minutes)
