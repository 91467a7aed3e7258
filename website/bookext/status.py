"""{status}: what each chapter was run with, how long it took, and how much it shows."""

from importlib.metadata import version
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext import notebooks
from bookext.tables import Cell, count, link, seconds, table
from reglab.evidence import ledger

BUILT_WITH = ["anywidget", "jupyter-book", "myst-nb", "sphinx", "sphinx-book-theme"]
CHAPTER = ["Chapter", "Run time", "Claims", "Interactive figures", "Code cells"]
PACKAGE = ["Package", "Version", "Used to"]


def run_of(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return what `make execute` wrote about the run: run_seconds and versions."""
    return notebook["metadata"].get("reglab", {})


def packages(runs: list[dict[str, Any]]) -> list[list[str]]:
    """Return name, version and use; several versions if the chapters were run with several."""
    found: dict[str, set[str]] = {}
    for run in runs:
        for name, number in run.get("versions", {}).items():
            found.setdefault(name, set()).add(number)
    ran = [[name, ", ".join(sorted(found[name])), "run the chapters"] for name in sorted(found)]
    return ran + [[name, version(name), "build these pages"] for name in BUILT_WITH]


class Status(SphinxDirective):
    """Two tables: the chapters, and the versions behind their numbers."""

    def run(self) -> list[nodes.Node]:
        chapters = list(notebooks.chapters(self.env))
        runs = [run_of(notebook) for _, notebook in chapters]
        total = sum(run.get("run_seconds") or 0 for run in runs)
        return [
            nodes.paragraph("", f"{count(len(runs), 'chapter')}, run in {seconds(total)}."),
            table(CHAPTER, [self.chapter(name, notebook) for name, notebook in chapters]),
            table(PACKAGE, packages(runs)),
        ]

    def chapter(self, name: str, notebook: dict[str, Any]) -> list[Cell]:
        path = self.env.doc2path(name)
        self.env.note_dependency(path)
        uri = self.env.app.builder.get_relative_uri(self.env.docname, name)
        return [
            link(notebooks.title(notebook, name), uri),
            seconds(run_of(notebook).get("run_seconds")),
            str(len(ledger.read(path))),
            str(len(notebooks.figures(notebook))),
            str(len(notebooks.code_cells(notebook))),
        ]


def setup(app: Sphinx) -> None:
    app.add_directive("status", Status)
