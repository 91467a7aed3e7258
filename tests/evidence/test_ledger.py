"""The ledger on hand-made notebooks, and the whole way through nbclient and nbval on a real one."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbclient
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from reglab.evidence import Claim, display, ledger


def shown(record):
    try:
        held = record if isinstance(record, list) else [record]
        text = "\n".join(display.text(Claim.from_record(one)) for one in held)
    except (KeyError, TypeError):
        text = "x"
    return new_output("execute_result", {"text/plain": text}, metadata={"reglab.claim": record})


def said(record, sentence, **changes):
    """The record of the same claim with another sentence, and then with false entries."""
    return replace(Claim.from_record(record), sentence=sentence).record() | changes


def cell(record=None, source='claim("s", a, b)', outputs=None):
    code = new_code_cell(source)
    code.outputs = [shown(record)] if outputs is None else outputs
    return code


def save(folder, name, *cells, **metadata):
    folder.mkdir(exist_ok=True)
    notebook = new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(notebook, folder / name)
    return folder


@pytest.fixture
def record(honest):
    return honest.record()


@pytest.fixture
def book(tmp_path, record):
    other = said(record, "Another one.", run_seconds=2.5)
    first = [
        new_markdown_cell("(label)=\n# Overfitting\n\nWords.\n```\n# no heading\n```\n"),
        cell(record, 'fit()\nclaim("s", a, b)'),
        new_markdown_cell("## Capacity\nWords."),
        cell(other),
    ]
    save(tmp_path / "chapters", "02-double-descent.ipynb", new_markdown_cell("# Descent"))
    return save(tmp_path / "chapters", "01-overfitting.ipynb", *first, reglab={"run_seconds": 41.5})


def test_rows(book, record):
    first, second = ledger.read(book)
    assert (first.number, first.slug, first.title) == ("01", "overfitting", "Overfitting")
    assert (first.section, first.cell, second.section, second.cell) == (
        "Overfitting", 1, "Capacity", 3,
    )  # fmt: skip
    assert (first.run_seconds, second.run_seconds, first.chapter_seconds) == (None, 2.5, 41.5)
    for name in ("sentence", "verdict", "effect", "low", "high", "n", "unit", "anchor"):
        assert getattr(first, name) == record[name]
    assert first.record == record
    assert first.claim.record() == record
    assert first.margin_share == pytest.approx((record["low"] - 2) / 2)
    assert first.threshold == "more than 2 percentage points"
    assert ledger.problems(book) == []
    assert ledger.read(book / "01-overfitting.ipynb") == [first, second]


def test_claims_shown_together_are_read_one_by_one(tmp_path, record):
    both = [record, said(record, "Another one.", verdict="fails")]
    together = cell(both, "claims(claim('s', a), claim('t', a))")
    folder = save(tmp_path / "c", "01-a.ipynb", together, cell(record))
    assert [(row.sentence, row.cell) for row in ledger.read(folder)] == [
        (record["sentence"], 0), ("Another one.", 0), (record["sentence"], 1),
    ]  # fmt: skip
    contradicts, fails, twice = ledger.problems(folder)
    assert contradicts.endswith("its differences give 'holds': Another one.")
    assert fails == "01-a.ipynb, cell 0: verdict 'fails': Another one."
    assert twice.endswith("(01-a.ipynb, cell 0; 01-a.ipynb, cell 1)")


def test_a_claim_missing_among_those_shown_together_is_noticed(tmp_path, record):
    short = cell([record], "claims(claim('s', a), claim('t', a))")  # the text is that of one
    folder = save(tmp_path / "c", "01-a.ipynb", short)
    assert ledger.problems(folder) == ["01-a.ipynb, cell 0: 2 claim(...) but 1 in the output"]


def test_notebooks_without_number_title_or_claims(tmp_path, record):
    save(tmp_path / "c", "index.ipynb", cell(record))
    (row,) = ledger.read(tmp_path / "c")
    assert (row.number, row.slug, row.title, row.section) == ("", "index", "index", "index")
    assert row.chapter_seconds is None
    (tmp_path / "empty").mkdir()
    assert ledger.read(tmp_path / "empty") == ledger.problems(tmp_path / "empty") == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("claim('s', a)", 1),
        ("evidence.claim('s', a)\nclaim('t', a)", 2),
        ("claim", 0),
        ("def claims(): pass\nclaims()\nreclaim(3)", 0),
        ("# claim(3)\n'claim(3)'", 0),
        ("%matplotlib inline\n!ls\nclaim('s', a)", 1),
        ("x = ?\nclaim('s', a)", 1),
        ("trial('s', a)", 0),
        ("claims(\n    claim('s', a),\n    claim('t', a),\n)", 2),
        ("claims(trial('s', a))", 0),
    ],
)
def test_claims_that_do_not_show_are_noticed(tmp_path, source, count):
    folder = save(tmp_path / "c", "01-a.ipynb", cell(source=source, outputs=[]))
    want = [f"01-a.ipynb, cell 0: {count} claim(...) but 0 in the output"] if count else []
    assert ledger.problems(folder) == want


def test_a_claim_that_raised_is_noticed(tmp_path):
    error = new_output("error", ename="ClaimError", evalue="", traceback=[])
    folder = save(tmp_path / "c", "01-a.ipynb", cell(outputs=[error]))
    assert ledger.problems(folder) == ["01-a.ipynb, cell 0: 1 claim(...) but 0 in the output"]


def test_verdicts_seeds_and_missing_fields_are_noticed(tmp_path, record):
    rows = [
        said(record, "A.", verdict="undecided"),
        said(record, "B.", n=9),
        {k: v for k, v in record.items() if k not in ("low", "unit")} | {"sentence": "C."},
        "not a record",
    ]
    folder = save(tmp_path / "c", "01-a.ipynb", *map(cell, rows))
    _, verdict, _, _, seeds, missing, nonsense = ledger.problems(folder)
    assert verdict == "01-a.ipynb, cell 0: verdict 'undecided': A."
    assert seeds == "01-a.ipynb, cell 1: only 9 seeds: B."
    assert missing.startswith("01-a.ipynb, cell 2: the claim's record lacks low, unit; run")
    assert "cell 3: the claim's record lacks sentence" in nonsense
    assert [row.sentence for row in ledger.read(folder)] == ["A.", "B."]


def test_a_sentence_said_twice_is_noticed_across_chapters(tmp_path, record):
    again = said(record, "stopping early  lowers the error")
    save(tmp_path / "c", "01-a.ipynb", cell(record))
    folder = save(tmp_path / "c", "02-b.ipynb", new_markdown_cell("x"), cell(again))
    (line,) = ledger.problems(folder)
    assert line == (
        "said twice: 'stopping early lowers the error' (01-a.ipynb, cell 0; 02-b.ipynb, cell 1)"
    )


def test_a_falsified_record_and_a_falsified_output_are_noticed(tmp_path, record):
    false = shown(record)
    false["data"]["text/plain"] = false["data"]["text/plain"].replace("≈ 5", "≈ 99")
    falsified = cell(said(record, "A.", effect=99.9))
    folder = save(tmp_path / "c", "01-a.ipynb", falsified, cell(outputs=[false]))
    first, *_, last = ledger.problems(folder)
    assert first.startswith("01-a.ipynb, cell 0: effect is 99.9, and its differences give")
    assert last.startswith("01-a.ipynb, cell 1: the output shows other numbers than the record")


def test_the_claims_of_the_book_follow_from_their_records():
    assert ledger.problems(Path(__file__).parents[2] / "chapters") == []


def test_bad_folders_and_files(tmp_path):
    with pytest.raises(ValueError, match="no notebook and no folder at .*nowhere"):
        ledger.read(tmp_path / "nowhere")
    for text in ("{", "[]", '{"nbformat": 3}'):
        (tmp_path / "bad.ipynb").write_text(text)
        with pytest.raises(ValueError, match="bad.ipynb is not a Jupyter notebook"):
            ledger.problems(tmp_path)


SANITIZER = Path(__file__).parents[1] / "nbval.cfg"
SETUP = """import os
import numpy as np
from reglab.evidence import claim, claims
a = 0.4 + float(os.environ["SHIFT"]) + np.sin(np.arange(12)) / 100"""


CALL = 'claim("{}", a, more_than=10, unit="percent", seeds=range(12))'


def test_from_nbclient_to_the_ledger_and_through_nbval(tmp_path, monkeypatch):
    first, second, third = map(CALL.format, ("The error is high.", "It is.", "So it is."))
    calls = [f"claims({first}, {second})", third]
    cells = [new_markdown_cell("# A chapter"), *map(new_code_cell, [SETUP, *calls])]
    notebook = new_notebook(cells=cells)
    monkeypatch.setenv("SHIFT", "0.01")
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    path = tmp_path / "01-chapter.ipynb"
    nbformat.write(notebook, path)

    row, *_ = ledger.read(tmp_path)
    assert len(ledger.read(tmp_path)) == 3
    assert (row.title, row.cell, row.verdict, row.n) == ("A chapter", 2, "holds", 12)
    assert 40 < row.low < row.effect < row.high < 43 and ledger.problems(tmp_path) == []

    saved = json.loads(path.read_text(encoding="utf-8"))
    saved["cells"][3]["outputs"][0]["data"]["text/html"][0] += "!"  # only this must be noticed
    path.write_text(json.dumps(saved), encoding="utf-8")
    # On another machine: other numbers, on the cards and in the metadata of both outputs.
    done = run_nbval(path, {"SHIFT": "0.09"})
    assert "1 failed, 2 passed" in done.stdout and "mismatch 'text/html'" in done.stdout


def run_nbval(path: Path, environment: dict[str, str]):
    options = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(SANITIZER)]
    command = [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", path.name]
    return subprocess.run(
        command, cwd=path.parent, env=os.environ | environment, capture_output=True, text=True
    )
