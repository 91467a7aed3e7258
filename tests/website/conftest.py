"""Fixtures of the website tests: the built site, its address, a browser.

Without a Chromium the browser tests are skipped; REQUIRE_BROWSER=1 makes that a failure (CI).
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "website")]

import book  # noqa: E402

NO_BROWSER = (
    "no Chromium found: install Debian's `chromium-headless-shell`, Chrome, or `playwright install "
    "chromium`; CHROMIUM=/path/to/it names one that lies elsewhere"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site; built first if it is missing or older than its sources."""
    if problem := book.build():
        pytest.fail(f"the site does not build:\n{problem}", pytrace=False)
    return book.HTML


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with book.serve(site) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium. Per module: an open one keeps asyncio from other tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = book.find_chromium()
        if path is None and Path(playwright.chromium.executable_path).exists():
            path = playwright.chromium.executable_path
        if path is None and os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER, pytrace=False)
        if path is None:
            pytest.skip(NO_BROWSER)
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser):
    """What the pages of a module share: above all, files that were loaded once."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A page of its own; what it keeps in the browser is gone for the next one."""
    page = context.new_page()
    yield page
    page.evaluate("() => { try { localStorage.clear() } catch { /* not on every page */ } }")
    page.close()
