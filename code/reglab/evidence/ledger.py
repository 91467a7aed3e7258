"""The ledger: every claim of the book, read from the outputs of its committed notebooks.

A claim rides in the metadata of its output (`reglab.claim`), so the ledger is what readers see on
the pages, not a list that somebody keeps up to date. Nothing is executed here.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reglab.evidence.arms import LEAST_SEEDS
from reglab.evidence.claims import KEY, Claim
from reglab.evidence.records import contradictions

FIELDS = ("sentence", "anchor", "verdict", "effect", "low", "high", "unit", "threshold", "n")
WHOLE = (*FIELDS, "differences", "edges", "paired")  # what a record is computed again from


@dataclass(frozen=True)
class Row:
    """One claim and where it stands. Effect, low and high are in `unit`."""

    path: str  # of the notebook, as given
    number: str  # "01", or "" when the file name has none
    slug: str  # "overfitting"
    title: str  # the chapter's first heading
    section: str  # the nearest heading above the claim
    cell: int  # index of its cell in the notebook
    anchor: str  # id of the claim's card on the page
    sentence: str
    verdict: str
    effect: float
    low: float
    high: float
    unit: str
    threshold: str  # "more than 2 percentage points"
    n: int
    run_seconds: float | None  # the runs that the claim rests on; other claims may share them
    chapter_seconds: float | None  # the whole notebook, from its metadata
    record: dict[str, Any]  # all of `Claim.record()`

    @property
    def claim(self) -> Claim:
        """The claim itself, to be shown again."""
        return Claim.from_record(self.record)

    @property
    def margin_share(self) -> float:
        """How far the interval stays from the nearest edge, as a share of the threshold."""
        return self.claim.where.margin_share(self.low, self.high)


def read(folder: str | Path = "chapters") -> list[Row]:
    """Return the claims of a notebook, or of all notebooks of a folder, in reading order.

    A record that lacks a field is left out; `problems` names it.
    Raises: ValueError if `folder` is not there, or a file is not a notebook.
    """
    return [
        _row(path, notebook, index, record)
        for path, notebook in _notebooks(folder)
        for index, record in _records(notebook)
        if not _missing(record)
    ]


def problems(folder: str | Path = "chapters") -> list[str]:
    """Return what is wrong with the book's claims, one line each; an empty list is what we want.

    Looked for: a cell that calls claim(...) but shows no record (not run, call not last, output
    cleared, or it raised); a record that lacks a field, that its own differences contradict, or
    that is not what the output shows; a verdict other than holds; fewer than 10 seeds; a sentence
    that stands twice.
    """
    found, places = [], {}
    for path, notebook in _notebooks(folder):
        for index, cell in enumerate(notebook["cells"]):
            where = f"{path.name}, cell {index}"
            shown = list(_claims_in(cell))
            calls = _count_calls(_text(cell["source"])) if cell["cell_type"] == "code" else 0
            if len(shown) < calls:
                found.append(f"{where}: {calls} claim(...) but {len(shown)} in the output")
            for record, text in shown:
                found += [f"{where}: {complaint}" for complaint in _complaints(record, text)]
                sentence = " ".join(str(record.get("sentence")).lower().split()).rstrip(".!")
                places.setdefault(sentence, []).append(where)
    twice = {sentence: at for sentence, at in places.items() if len(at) > 1}
    return found + [f"said twice: {said!r} ({'; '.join(at)})" for said, at in twice.items()]


def _notebooks(folder: str | Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder = Path(folder)
    if not folder.exists():
        raise ValueError(f"no notebook and no folder at {folder}; run this from the top folder")
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.ipynb")):
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            notebook["cells"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is not a Jupyter notebook (format 4): {error!r}") from error
        yield path, notebook


def _records(notebook: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    for index, cell in enumerate(notebook["cells"]):
        yield from ((index, record) for record, _ in _claims_in(cell))


def _claims_in(cell: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each record of a cell, with the text of the output that carries it."""
    for output in cell.get("outputs", []):
        if KEY in output.get("metadata", {}):
            held = output["metadata"][KEY]  # one record, or a list of those shown together
            records = held if isinstance(held, list) else [held]
            text = _text(output.get("data", {}).get("text/plain", ""))
            yield from ((record if isinstance(record, dict) else {}, text) for record in records)


def _missing(record: dict[str, Any], names: tuple[str, ...] = FIELDS) -> list[str]:
    return [name for name in names if record.get(name) is None]


def _complaints(record: dict[str, Any], shown: str) -> Iterator[str]:
    if missing := _missing(record, WHOLE):
        yield f"the claim's record lacks {', '.join(missing)}; run the notebook again"
        return
    for contradiction in contradictions(record, shown):
        yield f"{contradiction}: {record['sentence']}"
    if record["verdict"] != "holds":
        yield f"verdict {record['verdict']!r}: {record['sentence']}"
    if record["n"] < LEAST_SEEDS:
        yield f"only {record['n']} seeds: {record['sentence']}"


def _row(path: Path, notebook: dict[str, Any], index: int, record: dict[str, Any]) -> Row:
    before, _, after = path.stem.partition("-")
    number, slug = (before, after) if before.isdigit() and after else (None, path.stem)
    chapter = notebook.get("metadata", {}).get("reglab", {})
    return Row(
        path=str(path),
        number=number or "",
        slug=slug,
        title=next(_headings(notebook["cells"]), slug),
        section=next(_headings(notebook["cells"][:index], last_first=True), slug),
        cell=index,
        run_seconds=record.get("run_seconds"),
        chapter_seconds=chapter.get("run_seconds"),
        record=record,
        **{name: record[name] for name in FIELDS},
    )


def _headings(cells: list[dict[str, Any]], last_first: bool = False) -> Iterator[str]:
    texts = [_text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    lines = [line for text in texts for line in _outside_fences(text)]
    for line in reversed(lines) if last_first else lines:
        if heading := re.fullmatch(r"#{1,6}\s+(.+?)\s*#*", line):
            yield heading.group(1)


def _outside_fences(text: str) -> list[str]:
    """Lines outside ``` blocks, where "#" starts a comment and not a heading."""
    return re.sub(r"(?ms)^(```+|~~~+).*?^\1\s*$", "", text).splitlines()


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _count_calls(source: str) -> int:
    """Count calls of claim(...) in a cell's code; lines of Jupyter magic are not Python."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line
                      for line in source.splitlines())  # fmt: skip
    try:
        calls = [node.func for node in ast.walk(ast.parse(plain)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return len(re.findall(r"(?<!\w)claim\(", plain))
    return sum("claim" in (getattr(f, "id", None), getattr(f, "attr", None)) for f in calls)
