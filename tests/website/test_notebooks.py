"""Hygiene of the committed notebooks: what nbval passes in silence and a page would show.

`complaints` takes any notebook, so that each rule can be seen to fail on a bad one.
"""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import book
import nbformat
import pytest
from bookext import notebooks

LONGEST_CELL = 15  # lines
LONGEST_FUNCTION = 10
ALT_AT_LEAST = 20  # characters: "A plot." tells nobody anything
REMOTE = re.compile(r"""(<script[^>]+src|<link[^>]+href|<img[^>]+src|url\()\s*=?\s*["']?https?:""")
CLOCK = re.compile(r"(?<!≈ )(?<![\d.])\d+(\.\d+)?\s?(ms|s|sec|seconds|minutes)\b")

Notebook = dict[str, Any]
Rule = Callable[[Notebook], Iterator[str]]


def cells_with_place(notebook: Notebook) -> list[tuple[str, Notebook]]:
    return [(f"cell {k}", cell) for k, cell in enumerate(notebook["cells"])]


def code_with_place(notebook: Notebook) -> list[tuple[str, Notebook]]:
    return [(place, c) for place, c in cells_with_place(notebook) if c["cell_type"] == "code"]


def bundles(notebook: Notebook) -> Iterator[tuple[str, Notebook, Notebook]]:
    for place, cell in code_with_place(notebook):
        for output in cell["outputs"]:
            if "data" in output:
                yield place, cell, output["data"]


def trees(notebook: Notebook) -> Iterator[tuple[str, str, ast.Module]]:
    for place, cell in code_with_place(notebook):
        lines = notebooks.text(cell["source"]).splitlines()
        source = "\n".join("" if line.startswith(("%", "!")) else line for line in lines)
        yield place, source, ast.parse(source)


def run_in_order_from_one(notebook: Notebook) -> Iterator[str]:
    counts = [cell["execution_count"] for _, cell in code_with_place(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"run it from top to bottom and save it; the cells were run as {counts}"


def no_error_or_warning_is_shown(notebook: Notebook) -> Iterator[str]:
    for place, cell in code_with_place(notebook):
        tags = cell["metadata"].get("tags", [])
        for output in cell["outputs"]:
            if output["output_type"] == "error" and "raises-exception" not in tags:
                yield f"{place} ended in {output['ename']}"
            if output.get("name") == "stderr":
                yield f"{place} wrote to stderr: {notebooks.text(output['text'])[:80]!r}"


def every_widget_has_its_state(notebook: Notebook) -> Iterator[str]:
    for figure in notebooks.figures(notebook):
        if figure.kind == "no saved state":
            yield f"a widget has no saved state and would stay blank: {figure.model_id}"
        elif figure.kind != "anywidget":
            yield f"only BookFigures have a host on the pages, not {figure.kind}"
        elif len(figure.alt) < ALT_AT_LEAST:
            yield f"the figure {figure.title!r} needs an alt that says what it shows"


def every_picture_has_alt_text(notebook: Notebook) -> Iterator[str]:
    for place, cell, data in bundles(notebook):
        hidden = {"remove-cell", "remove-output"} & set(cell["metadata"].get("tags", []))
        if "image/png" in data and notebooks.VIEW not in data and not hidden:
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            if len(alt) < ALT_AT_LEAST:
                yield f"{place}: its picture needs alt text (cell metadata, mystnb.image.alt)"


def nothing_comes_from_another_host(notebook: Notebook) -> Iterator[str]:
    for place, _, data in bundles(notebook):
        for kind, content in data.items():
            written = kind in ("text/html", "text/markdown", "image/svg+xml")
            if written and REMOTE.search(notebooks.text(content)):
                yield f"{place}: its output loads something from another host"
            if kind == "application/javascript":
                yield f"{place}: its output is a script; only BookFigures may be"


def cells_are_short(notebook: Notebook) -> Iterator[str]:
    for place, cell in code_with_place(notebook):
        count = len(notebooks.text(cell["source"]).splitlines())
        if count > LONGEST_CELL:
            yield f"{place} has {count} lines, more than {LONGEST_CELL}"


def no_class_and_no_long_function(notebook: Notebook) -> Iterator[str]:
    for place, _, tree in trees(notebook):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield f"{place} defines the class {node.name}; it belongs into the library"
            if isinstance(node, ast.FunctionDef):
                count = node.end_lineno - node.lineno + 1
                if count > LONGEST_FUNCTION:
                    yield f"{place}: {node.name} has {count} lines, more than {LONGEST_FUNCTION}"


def no_interact(notebook: Notebook) -> Iterator[str]:
    """On a page its slider moves and the output stays as it was."""
    for place, source, _ in trees(notebook):
        if re.search(r"\binteract(ive|_manual)?\b *\(|@interact|\.observe\(", source):
            yield f"{place} uses interact or observe, which lies on a page without a kernel"


def times_are_marked(notebook: Notebook) -> Iterator[str]:
    """A measured time differs on every machine; nbval's comparison leaves out "≈ 1.2 s" only."""
    for place, cell in code_with_place(notebook):
        for output in cell["outputs"]:
            shown = notebooks.text(output.get("text", output.get("data", {}).get("text/plain", "")))
            if found := CLOCK.search(shown):
                yield f"{place} prints a time without its ≈: {found.group()!r}"


RULES: list[Rule] = [
    run_in_order_from_one,
    no_error_or_warning_is_shown,
    every_widget_has_its_state,
    every_picture_has_alt_text,
    nothing_comes_from_another_host,
    cells_are_short,
    no_class_and_no_long_function,
    no_interact,
    times_are_marked,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", book.NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, rule):
    assert not list(rule(notebooks.load(path)))


@pytest.mark.parametrize("path", book.NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_valid_and_says_how_it_was_run(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    run = notebooks.load(path)["metadata"].get("reglab", {})
    assert run.get("run_seconds", 0) > 0, "`make execute` writes this"
    assert {"python", "torch", "numpy"} <= {name.lower() for name in run.get("versions", {})}


PNG = {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}
VIEWED = {notebooks.VIEW: {"model_id": "m"}, "text/plain": "Sweep"}


def shown(data: Notebook) -> Notebook:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def notebook(source: str = "1 + 1", *outputs: Notebook, state: Notebook | None = None, **cell):
    code = {"cell_type": "code", "source": source, "metadata": {}, "execution_count": 1}
    code |= {"outputs": list(outputs), **cell}
    widgets = {"widgets": {notebooks.STATE: {"state": state}}} if state else {}
    return {"cells": [code], "metadata": widgets}


def model(kind: str = "anywidget", **values) -> Notebook:
    return {"m": {"model_module": kind, "state": values}}


STREAM = {"output_type": "stream", "name": "stderr", "text": "UserWarning: x"}
PRINTED = {"output_type": "stream", "name": "stdout", "text": "took 3.1 s"}
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}
SCRIPT = {"text/html": "<script src='https://cdn.example/x.js'></script>"}
BAD = [
    (run_in_order_from_one, notebook(execution_count=None)),
    (run_in_order_from_one, notebook(execution_count=2)),
    (no_error_or_warning_is_shown, notebook("1", ERROR)),
    (no_error_or_warning_is_shown, notebook("1", STREAM)),
    (every_widget_has_its_state, notebook("1", shown(VIEWED))),
    (every_widget_has_its_state, notebook("1", shown(VIEWED), state=model("@jupyter/x"))),
    (every_widget_has_its_state, notebook("1", shown(VIEWED), state=model(title="T", alt="short"))),
    (every_picture_has_alt_text, notebook("1", shown(PNG))),
    (nothing_comes_from_another_host, notebook("1", shown(SCRIPT))),
    (nothing_comes_from_another_host, notebook("1", shown({"application/javascript": "1"}))),
    (cells_are_short, notebook("x = 1\n" * 16)),
    (no_class_and_no_long_function, notebook("class Net: pass")),
    (no_class_and_no_long_function, notebook("def f():\n" + "    x = 1\n" * 10)),
    (no_interact, notebook("@interact(x=3)\ndef f(x): pass")),
    (times_are_marked, notebook("1", PRINTED)),
]


@pytest.mark.parametrize("rule, bad", BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_each_rule_sees_what_it_forbids(rule, bad):
    assert list(rule(bad))


def test_a_good_notebook_breaks_no_rule():
    said = {"mystnb": {"image": {"alt": "Two curves that cross at n = 40."}}}
    good = notebook("%matplotlib inline\nplot()", shown(PNG), metadata=said)
    figure = model(title="T", alt="Two curves that cross at n = 40.")
    shows = notebook("Sweep()", shown(VIEWED | PNG), state=figure, execution_count=2)
    times = {"output_type": "stream", "name": "stdout", "text": "took ≈ 3.1 s"}
    ends = notebook("def f():\n    return 1", times, execution_count=3)
    good["cells"] += shows["cells"] + ends["cells"]
    good["metadata"] = shows["metadata"]
    assert not [complaint for rule in RULES for complaint in rule(good)]
