"""What the committed notebooks hold: read as they are, nothing is executed.

A figure's script, data, title and alt text stand in the notebook's widget state; its picture for
places without scripts (the still) stands in the cell's output, beside the reference to the widget.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


Question = dict[str, Any]  # see reglab.figures.quiz


@dataclass(frozen=True)
class BookFigure:
    """One interactive figure, where it is first shown in its notebook."""

    model_id: str
    kind: str  # the module of its model: "anywidget" for every figure of this book
    anchor: str  # id on the page
    title: str
    alt: str
    min_height: int  # pixels to keep free until it is drawn; 0 if it does not say
    still: bytes | None  # PNG
    formulas: bool  # does it write formulas, so that it needs MathJax?
    questions: tuple[Question, ...]  # of a quiz


def names(env: BuildEnvironment) -> list[str]:
    """Return the page names of the notebooks of the book, in their order."""
    return [name for name in sorted(env.found_docs) if env.doc2path(name).endswith(".ipynb")]


def chapters(env: BuildEnvironment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (page name, notebook) for each notebook of the book, in the order of their names."""
    for name in names(env):
        yield name, load(env.doc2path(name))


def load(path: str | Path) -> dict[str, Any]:
    """Return the notebook at `path`; ValueError if it is none."""
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        notebook["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a Jupyter notebook: {error!r}") from error
    return notebook


def text(source: str | list[str]) -> str:
    """Return a cell's source; notebooks may store it as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def outputs(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (cell, MIME bundle) for each output that shows something."""
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if "data" in output:
                yield cell, output["data"]


def widget_states(notebook: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return model id -> saved model; empty if the notebook was saved without widget state."""
    return notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})


def has_formulas(saved: Any) -> bool:
    """Does a widget's saved state hold a text with a formula between dollars?

    Scripts and styles do not count: JavaScript has dollars of its own.
    """
    if isinstance(saved, dict):
        return any(has_formulas(v) for key, v in saved.items() if key not in ("_esm", "_css"))
    if isinstance(saved, list):
        return any(map(has_formulas, saved))
    return isinstance(saved, str) and re.search(r"\$[^$]+\$", saved) is not None


def title(notebook: dict[str, Any], default: str) -> str:
    """Return the text of the first heading."""
    for cell in notebook["cells"]:
        found = re.search(r"^#\s+(.+?)\s*$", text(cell["source"]), flags=re.M)
        if found and cell["cell_type"] == "markdown":
            return found.group(1)
    return default


def figures(notebook: dict[str, Any]) -> list[BookFigure]:
    """Return the widgets that the notebook shows, each once, in order."""
    states, found = widget_states(notebook), {}
    for _, data in outputs(notebook):
        if VIEW in data:
            model_id = data[VIEW]["model_id"]
            model = states.get(model_id, {})
            taken = {figure.anchor for figure in found.values()}
            found.setdefault(model_id, _figure(model_id, model, data.get("image/png"), taken))
    return list(found.values())


def _figure(
    model_id: str, model: dict[str, Any], png: str | list[str] | None, taken: set[str]
) -> BookFigure:
    state = model.get("state", {})
    name = state.get("title") or "figure"
    return BookFigure(
        model_id=model_id,
        kind=model.get("model_module", "no saved state"),
        anchor=_free(f"figure-{slug(name)}", taken),
        title=name,
        alt=state.get("alt") or name,
        min_height=int(state.get("min_height") or 0),
        still=base64.b64decode(text(png)) if png else None,
        formulas=has_formulas(state),
        questions=tuple(state.get("questions", [])),
    )


def slug(words: str, most: int = 6) -> str:
    """Return the first words, as an id."""
    return "-".join(re.findall(r"[a-z0-9]+", words.lower())[:most]) or "untitled"


def _free(anchor: str, taken: set[str]) -> str:
    candidates = [anchor, *(f"{anchor}-{k}" for k in range(2, len(taken) + 2))]
    return next(name for name in candidates if name not in taken)
