"""A chapter in JupyterLab: opened, run from top to bottom, read, and its figure moved.

The server works on a copy without outputs, with settings of its own, on this machine only. The
chapter is the one that `make execute` ran in the shortest time.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import book
import pytest
from bookext import notebooks
from test_notebooks import no_error_or_warning_is_shown, run_in_order_from_one

START = 60  # seconds that the server may take; a busy machine is slow
RUN = 240  # seconds that the chapter may take: usually 15
CHAPTER = min(
    book.NOTEBOOKS, key=lambda path: notebooks.load(path)["metadata"]["reglab"]["run_seconds"]
)
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight stay in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
KERNEL = "window.jupyterapp?.shell.currentWidget?.context?.sessionContext.session?.kernel?.status"
RUN_ALL = """() => {
  jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.allRun = true; });
}"""
PICTURE = """area => [...area.querySelectorAll('svg, canvas, output, td')]
  .map((el) => el.tagName === 'CANVAS' ? el.toDataURL() : el.outerHTML).join('')"""


def prepare(folder: Path) -> None:
    """Write the chapter without outputs, what it links to, and JupyterLab's settings."""
    notebook = notebooks.load(CHAPTER)
    notebook["metadata"].pop("widgets", None)
    for cell in notebooks.code_cells(notebook):
        cell["outputs"], cell["execution_count"] = [], None
    files = {f"chapters/{CHAPTER.name}": json.dumps(notebook), "reference/glossary.md": "# Words"}
    for name, values in SETTINGS.items():
        files[f"settings/@jupyterlab/{name}.jupyterlab-settings"] = json.dumps(values)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def environment(folder: Path) -> dict[str, str]:
    """Return variables that keep the reader's own settings and this server apart."""
    own = {f"JUPYTER_{what}_DIR": str(folder / what) for what in ("CONFIG", "DATA", "RUNTIME")}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    own["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    return os.environ | own | {"PYTHONPATH": str(book.ROOT / "code"), "OMP_NUM_THREADS": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, server: subprocess.Popen) -> None:
    """Return when the server answers; RuntimeError if it ends or takes too long."""
    end = time.monotonic() + START
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}api/status")
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start")


@pytest.fixture(scope="module")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running JupyterLab (`browser` comes first: without one, none is started)."""
    folder = tmp_path_factory.mktemp("lab")
    prepare(folder)
    port = free_port()
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser", "--ip=127.0.0.1"]
    options += [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/", server)
        yield f"http://127.0.0.1:{port}/lab/tree/chapters/{CHAPTER.name}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def chapter(browser: Any, lab: str) -> Iterator[Any]:
    """The chapter in JupyterLab, after "Run All Cells" has ended."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    page.set_default_timeout(1000 * START)
    page.goto(lab)
    page.wait_for_function(f"{KERNEL} === 'idle'")  # before that JupyterLab asks which kernel
    page.evaluate(RUN_ALL)
    page.wait_for_function("window.allRun", timeout=1000 * RUN)
    yield page
    context.close()


def test_every_cell_runs_without_an_error(chapter):
    notebook = chapter.evaluate("jupyterapp.shell.currentWidget.model.toJSON()")
    assert len(notebook["cells"]) == len(notebooks.load(CHAPTER)["cells"])
    assert not list(run_in_order_from_one(notebook))
    assert not list(no_error_or_warning_is_shown(notebook))


def test_text_formulas_and_links_are_set(chapter):
    text = chapter.locator(".jp-MarkdownOutput")
    assert text.locator("mjx-container").count() > 10
    assert not [each for each in text.all_inner_texts() if "{" in each and "}`" in each]
    assert text.locator('a[href*="reference/glossary.md"]').count() > 0
    assert text.locator('[data-jupyter-id^="fig-"], [id^="fig-"]').count() > 0


def test_a_slider_moves_its_figure(chapter):
    area = chapter.locator(
        ".jp-OutputArea-output", has=chapter.locator('input[type="range"]')
    ).first
    slider = area.locator('input[type="range"]').first
    slider.scroll_into_view_if_needed()
    slider.focus()
    before = area.evaluate(PICTURE)
    at_end = slider.input_value() == slider.get_attribute("max")
    chapter.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
    chapter.wait_for_timeout(500)  # figures glide
    assert before
    assert area.evaluate(PICTURE) != before
