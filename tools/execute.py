"""Run chapters from top to bottom and store their outputs: `make execute [CHAPTER=01-overfitting]`.

What is written depends on the code and the machine's arithmetic only, so that a second run changes
as little as possible: no times of day, no traces of a particular kernel or editor, no widgets that
are not shown, and names for widgets that follow from their place in the notebook.

A cell that fails leaves the chapter's file as it was.
"""

import argparse
import hashlib
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"
TIMEOUT = 600  # seconds for one cell, the same as in `make nbval`
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"}
COMPUTED_WITH = [
    *["reglab", "torch", "numpy", "scipy", "scikit-learn"],
    *["xarray", "mnist1d", "matplotlib"],
]
TRACES = {"ExecuteTime", "execution", "collapsed", "scrolled"}  # what editors leave in a cell


def find(names: list[str], folder: Path = CHAPTERS) -> list[Path]:
    """Return the notebooks called `names` (01-overfitting, with or without .ipynb), or all."""
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    stems = [Path(name).stem for name in names] or list(known)
    unknown = sorted(set(stems) - set(known))
    if unknown:
        raise ValueError(f"no chapter {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[stem] for stem in stems]


def run(notebook: NotebookNode, folder: Path) -> float:
    """Execute `notebook` in place, in a fresh kernel started in `folder`; return the seconds."""
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        timeout=TIMEOUT,
        coalesce_streams=True,  # else the pieces of a print depend on timing
        extra_arguments=["--log-level=ERROR"],  # no warnings about the connection to the kernel
        resources={"metadata": {"path": str(folder)}},
    )
    start = time.perf_counter()
    client.execute(env=os.environ | {"REGLAB_PROGRESS": "0"})
    return time.perf_counter() - start


def views(notebook: NotebookNode) -> list[str]:
    """Return the ids of the widgets that the outputs show, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.data for output in outputs if "data" in output]
    return [bundle[VIEW]["model_id"] for bundle in data if VIEW in bundle]


def strings(value: Any) -> list[str]:
    """Return every string inside nested lists and dicts."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in strings(part)]


def keep_shown_widgets(notebook: NotebookNode) -> None:
    """Drop the widgets that no output shows, such as finished progress bars and edited figures."""
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    queue, kept = views(notebook), {}
    while queue:
        name = queue.pop()
        if name in state and name not in kept:
            kept[name] = state[name]
            inside = [text for text in strings(state[name]) if text.startswith("IPY_MODEL_")]
            queue += [text.removeprefix("IPY_MODEL_") for text in inside]
    if kept:
        ordered = {name: kept[name] for name in state if name in kept}
        notebook.metadata.widgets[STATE].state = ordered
    else:
        notebook.metadata.pop("widgets", None)


def name_widgets_by_place(notebook: NotebookNode, title: str) -> NotebookNode:
    """Return `notebook` with random widget ids replaced by ids that the next run gives again."""
    text = nbformat.writes(notebook)
    counts: dict[str, int] = {}
    for name, model in notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {}).items():
        kind = model["model_name"] + model["state"].get("_anywidget_id", "")
        counts[kind] = counts.get(kind, 0) + 1
        stable = hashlib.sha256(f"{title} {kind} {counts[kind]}".encode()).hexdigest()[: len(name)]
        text = text.replace(name, stable)
    return nbformat.reads(text, as_version=4)


def tidy(notebook: NotebookNode, title: str) -> NotebookNode:
    """Return `notebook` without what would differ from run to run or from editor to editor."""
    notebook.metadata.update(kernelspec=KERNEL, language_info=LANGUAGE)
    for cell in notebook.cells:
        for trace in TRACES & set(cell.metadata):
            del cell.metadata[trace]
    keep_shown_widgets(notebook)
    return name_widgets_by_place(notebook, title)


def execute(path: Path) -> float:
    """Run the chapter at `path`, store it there, and return how many seconds the run took."""
    notebook = nbformat.read(path, as_version=4)
    seconds = run(notebook, path.parent)
    notebook = tidy(notebook, path.stem)
    versions = {"python": platform.python_version()} | {n: version(n) for n in COMPUTED_WITH}
    notebook.metadata["reglab"] = {"run_seconds": round(seconds, 1), "versions": versions}
    nbformat.validate(notebook)
    unfinished = path.with_suffix(".part")
    nbformat.write(notebook, unfinished)
    unfinished.replace(path)
    return seconds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="such as 01-overfitting; none means all")
    try:
        for path in find(parser.parse_args(arguments).chapters):
            print(f"{path.stem} ... ", end="", flush=True)
            print(f"{execute(path):.1f} s", flush=True)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"stopped, nothing stored\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
