"""The built book as the tests see it: which pages there are, how they are built and served."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from bookext import api
from bs4 import BeautifulSoup
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / "built-for-tests"
SOURCES = ["_config.yml", "_toc.yml", "references.bib", "*.md", "chapters/*.ipynb",
           "reference/*.md", "website/**/*", "code/reglab/**/*.py"]  # fmt: skip
GENERATED = ["genindex", "search"]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def page_names() -> list[str]:
    """Return every page of the site, from the table of contents: known before it is built."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return sorted({toc["root"], *_entries(toc), *GENERATED})


def _entries(item: dict[str, Any] | list[Any]) -> Iterator[str]:
    if isinstance(item, list):
        for each in item:
            yield from _entries(each)
        return
    if "file" in item:
        yield item["file"]
    if "glob" in item:
        yield from _expand(item["glob"])
    for key in ("parts", "chapters", "sections", "subtrees", "entries"):
        yield from _entries(item.get(key, []))


def _expand(pattern: str) -> list[str]:
    if pattern == f"{api.FOLDER}/*":  # written by the build
        return [f"{api.FOLDER}/{name}" for name in api.packages(ROOT / "code" / api.LIBRARY)]
    found = [p for p in ROOT.glob(pattern) if p.suffix in (".ipynb", ".md", ".rst")]
    return [str(path.relative_to(ROOT).with_suffix("")) for path in found]


def build() -> str:
    """Build the site as `make book` does, warnings being errors; return "" or what it printed.

    Nothing is done if no source has changed since the last build that succeeded here. Workers of
    pytest-xdist wait for each other.
    """
    STAMP.parent.mkdir(exist_ok=True)
    with FileLock(f"{STAMP}.lock"):
        sources = [path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()]
        newest = max(path.stat().st_mtime for path in sources)
        if STAMP.exists() and STAMP.stat().st_mtime > newest and HTML.is_dir():
            return ""
        STAMP.unlink(missing_ok=True)
        main = "from jupyter_book.cli.main import main; main()"
        command = [sys.executable, "-c", main, "build", ".", "-W", "-n", "--keep-going", "-q"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode == 0:
            STAMP.touch()
            return ""
        return f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"


@functools.cache
def parsed(path: Path) -> BeautifulSoup:
    """Return a built page as a tree; large pages take a second, so each is read once."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(path: Path) -> frozenset[str]:
    """Return the ids of a built page: what a link into it may name."""
    return frozenset(re.findall(r'<[a-z][^<>]*? id="([^"]+)"', path.read_text(encoding="utf-8")))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve `folder` on a free local port; yields the address, with a slash at its end."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: $CHROMIUM, on the PATH, or where macOS has it.

    The shell without windows comes first: the same engine draws the same page for half the work.
    """
    names = ["chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser",
             "google-chrome", "google-chrome-stable", "chrome"]  # fmt: skip
    places = [
        os.environ.get("CHROMIUM"),
        *(shutil.which(name) for name in names),
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ]
    return next((place for place in places if place and Path(place).exists()), None)
