"""The website's Sphinx extension: pages that need no kernel and no other host.

assets       our style, scripts and MathJax; which of them a page loads
pages        repairs of each finished page: first paint, accessibility, unused scripts
icons        the theme's icon font, reduced to the icons that the book shows
figures      a place on the page for each interactive figure, and the gallery of all of them
claims       the ledger: every claim of the book, from the committed notebooks
status       versions and run times of the chapters
api          one page per room of the library, from its docstrings
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
    claims,
    description,
    figures,
    icons,
    pages,
    repository,
    status,
)

PARTS = [assets, pages, icons, figures, claims, status, api, repository, description]


def fingerprint() -> str:
    """Return a hash of this package's source."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def remember_version(app: Sphinx, config: Config) -> None:
    """Have Sphinx write every page anew when this package has changed."""
    config.bookext_fingerprint = fingerprint()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("bookext_fingerprint", "", "env", [str])
    app.connect("config-inited", remember_version)
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
