"""The website's Sphinx extension: pages that need no kernel and no other host.

assets       our style, scripts and MathJax; which of them a page loads
plain        links of the notebooks become citations, numbers and terms of the website
pages        repairs of each finished page: first paint, accessibility, unused scripts
folds        which code a page shows at first, and where
predictions  boxes to guess in before the answer opens
formulas     formulas set at build time, with MathJax
icons        the theme's icon font, reduced to the icons that the book shows
figures      a place on the page for each interactive figure, and a file for its data
quizzes      the questions of a quiz, each at the end of its section
gallery      the figures' pictures: for pages without scripts, and as a gallery
hero         the first screen of the home page, with a figure that moves
cards        the chapters on the home page: their cards, and those of each family
minutes      how long each chapter takes to read, in the contents of the book
ending       what to read after the last chapter
pictures     the size of each picture, so that nothing jumps when it is loaded
claims       the ledger: every claim of the book, from the committed notebooks
status       versions and run times of the chapters
benchmarks   the tables of `make bench`
api          one page per package of the library, from its docstrings
repository   launch buttons, once the project's address is known
description  one sentence about each page, for search engines
"""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from bookext import (
    api,
    assets,
    benchmarks,
    cards,
    claims,
    description,
    ending,
    figures,
    gallery,
    hero,
    icons,
    minutes,
    pages,
    pictures,
    plain,
    repository,
    status,
)

PARTS = [
    assets,
    plain,
    pages,
    icons,
    figures,
    gallery,
    hero,
    cards,
    minutes,
    ending,
    pictures,
    claims,
    status,
    benchmarks,
    api,
    repository,
    description,
]
HERE = Path(__file__).parent


def fingerprint(*files: Path) -> str:
    """Return a hash of the files' contents."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def remember_versions(app: Sphinx, config: Config) -> None:
    """Have Sphinx read every page again when this package changes, and write them for new styles.

    Without this a rebuild would keep the old pages, and not even copy a changed style sheet.
    """
    config.bookext_source = fingerprint(*HERE.glob("*.py"), *HERE.glob("*.js"))
    config.bookext_static = fingerprint(*HERE.parent.glob("static/*.*"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("bookext_source", "", "env", [str])
    app.add_config_value("bookext_static", "", "html", [str])
    app.connect("config-inited", remember_versions)
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
