"""Give the stored figures the present script and style: `make renew [CHAPTER=01-overfitting]`.

For changes of code/reglab/figures/js, and of a quiz.json. Nothing is run, and data, words and
picture of all other figures stay: where Python has changed what they draw, use `make execute`.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import nbformat
from execute import STATE, VIEW, find
from nbformat import NotebookNode

from reglab.figures import BookFigure, Quiz, Sweep
from reglab.figures.formats import spelled

KINDS: dict[str, type[BookFigure]] = {
    f"{kind.__module__}.{kind.__qualname__}": kind for kind in (Sweep, Quiz)
}


def models(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the saved models of the book's figures."""
    saved = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {}).values()
    return [one for one in saved if one["state"].get("_anywidget_id") in KINDS]


def renew(notebook: NotebookNode) -> int:
    """Renew the figures of `notebook` in place, and return how many of them changed."""
    changed = 0
    for model in models(notebook):
        before = dict(model["state"])
        after = KINDS[before["_anywidget_id"]].renewed(before)
        changed += after != before
        model["state"] = {name: after[name] for name in sorted(after)}  # as ipywidgets stores it
    return changed


def renew_words(notebook: NotebookNode) -> None:
    """Write the text of each figure, which stands beside its state, as it is written today."""
    state = notebook.metadata["widgets"][STATE]["state"]
    for output in [o for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]:
        shown = state.get(output.data.get(VIEW, {}).get("model_id"), {}).get("state", {})
        if shown.get("packaged"):
            quiz = Quiz(shown["packaged"], title=shown["title"])
            output.data["text/plain"] = quiz.describe()
        elif "knobs" in shown:
            output.data["text/plain"] = spelled(output.data["text/plain"])


def renew_file(path: Path) -> int:
    notebook = nbformat.read(path, as_version=4)
    if changed := renew(notebook):
        renew_words(notebook)
        nbformat.write(notebook, path)
    return changed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="such as 01-overfitting; none means all")
    try:
        for path in find(parser.parse_args(arguments).chapters):
            print(f"{path.stem}: {renew_file(path)} figures renewed", flush=True)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
