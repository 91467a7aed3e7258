"""Measured numbers far from the stored ones fail; times and small changes do not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from measured import FACTOR, Measured, differences, read, texts
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]


def test_read_finds_numbers_with_and_without_intervals_but_no_times():
    found = read("≈ −4.5 (−13 to 1e−05) nats, ≈ 1,234.5 of it, ≈ 7 %; ≈ 12 s, ≈ 3 ms; 5 (4 to 6)")
    assert found == [
        Measured(-4.5, -13.0, 1e-5),
        Measured(1234.5, 1234.5, 1234.5),
        Measured(7.0, 7.0, 7.0),
    ]


@pytest.mark.parametrize(
    ("now", "stored"),
    [
        ("≈ 4.8 (3.1 to 6.5) points", "≈ 6.9 (6.4 to 7.4) points"),  # the intervals meet
        ("≈ 0.3", "≈ -0.4"),
        ("≈ 29", "≈ 10"),
        ("≈ 1 s", "≈ 50 s"),
        ("4", "9"),
        ("≈ 1, ≈ 2", "≈ 1"),  # nbval itself sees that a number is missing
    ],
)
def test_near(now, stored):
    assert differences(now, stored) == differences(stored, now) == []


@pytest.mark.parametrize(
    ("now", "stored"),
    [
        ("≈ 4.8 (3.1 to 6.5) points", "≈ 9.8 (6.6 to 13) points"),
        ("≈ 31", "≈ 10"),
        ("≈ 0.1", "≈ 0.6"),
        ("≈ 1.5", "≈ -1.5"),
    ],
)
def test_far(now, stored):
    (sentence,) = differences(now, stored)
    assert re.fullmatch(r"measured [-\d.]+, but [-\d.]+ is stored", sentence)
    assert len(differences(stored, now)) == 1


def test_texts_of_all_kinds_of_outputs():
    outputs = [{"text": "a"}, {"data": {"text/plain": "b", "text/html": "c"}}, {"data": {}}]
    assert texts(outputs) == "a\nb\n"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What nbval says of cells that print ≈ 10 where something else is stored."""
    notebook, folder = new_notebook(), tmp_path_factory.mktemp("measured")
    for stored in ("≈ 12", f"≈ {10 * FACTOR + 1:g}", "11"):
        output = new_output("stream", name="stdout", text=f"{stored}\n")
        notebook.cells.append(new_code_cell("print('≈ 10')", execution_count=1, outputs=[output]))
    nbformat.write(notebook, path := folder / "one.ipynb")
    command = [sys.executable, "-m", "pytest", "-v", "--nbval", "-p", "measured", path]
    command += ["-c", ROOT / "pyproject.toml", "--rootdir", folder, "-p", "no:cacheprovider"]
    env = os.environ | {"PYTEST_ADDOPTS": "", "PYTHONPATH": str(ROOT / "tools"), "COLUMNS": "200"}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True).stdout


def test_nbval_fails_where_the_stored_number_is_far(said):
    verdicts = re.findall(r"Cell \d+ (PASSED|FAILED)", said)
    assert verdicts == ["PASSED", "FAILED", "FAILED"]
    assert set(re.findall("measured 10, .* is stored", said)) == {"measured 10, but 31 is stored"}
