"""nbval overlooks a number behind "≈", an address and a widget's name, and nothing else.

One small notebook is run with the project's own options (pyproject.toml); each of its cells prints
something that differs from its stored output.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
A, B = "c0ffee00" * 4, "feedbeef" * 4
OVERLOOKED = {  # printed now: stored
    "error ≈ 12.3 %": "error ≈ 4.56 %",
    "≈ -0.5 pp, 95 % interval ≈ -1.5 to ≈ 0.5": "≈ 1 pp, 95 % interval ≈ 0.25 to ≈ 2",
    "loss ≈ 1.2e-05, n = 10": "loss ≈ 3, n = 10",
    "≈    7 of 1,000": "≈ 1,234.5 of 1,000",
    "<b>≈ 4.8 s</b>": "<b>≈ 51.2 s</b>",
    "≈ 4.8 (3.1 to 6.5) nats": "≈ −4.5 (−13.25 to 1e−05) nats",
    '<span class="reglab-drawn x"><svg>\n1</svg></span>': '<span class="reglab-drawn"></span>',
    "<Axes at 0x7f12ab34cd56>": "<Axes at 0x7f99ab34cd56>",
    f"HBox {A}": f"HBox {B}",
}
SEEN = {
    "error 12.3 %": "error 12.4 %",
    "≈ 4.8 of 11": "≈ 4.8 of 12",
    "≈ 4.8, 3.1": "≈ 4.8, 3.2",
    "≈ 4.8, 95 % interval": "≈ 4.8, 99 % interval",
    "≈ 4.8 (3.1 to 6.5)": "≈ 4.8",
    "≈ 4.8 (3.1 of 6.5)": "≈ 4.8 (3.2 of 6.5)",
    "4.8 (3.1 to 6.5)": "4.8 (3.2 to 6.5)",
    '<span class="reglab-drawn">1</span> 2': '<span class="reglab-drawn">1</span> 3',
    '<span class="reglab">1</span>': '<span class="reglab">2</span>',
    "≈ 4.8 pp": "≈ 4.8 percent",
    "≈ nan": "≈ 1.0",
    "≈ inf": "≈ 1.0",
    "4.8 ≈ 5": "4.7 ≈ 5",
    "about 4.8 s": "about 5.1 s",
    "0x1f": "0x2f",
    "holds": "fails",
    "one": "one\ntwo",
    A[:-1]: B[:-1],
}


def run(path, *cells):
    """Return {cell number: PASSED or FAILED} for a notebook of (source, stored output) cells."""
    notebook = new_notebook()
    for number, (source, stored) in enumerate(cells, 1):
        output = [new_output("stream", name="stdout", text=stored)] if stored else []
        notebook.cells.append(new_code_cell(source, execution_count=number, outputs=output))
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "-v", "--nbval", "-p", "no:cacheprovider"]
    command += ["-c", ROOT / "pyproject.toml", "--rootdir", path.parent, path]
    env = os.environ | {"PYTEST_ADDOPTS": "", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    found = re.findall(r"Cell (\d+) (PASSED|FAILED|XFAIL)", done.stdout)
    assert len(found) == len(cells), done.stdout + done.stderr
    return {int(number): verdict for number, verdict in found}


OWN_KERNEL = f"import sys; assert sys.executable == {sys.executable!r}"
# Means and minima over a group of arms leave diverged networks out; this keeps them out.
WARNING = "import warnings; warnings.warn('2 of 60 networks diverged', RuntimeWarning)"
NEW_AND_MISSING = {"print(1)": "", "1": "1\n", "1 / 0": ""}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What nbval says of each source, all run in one notebook by one kernel."""
    printed = {f"print({now!r})": f"{stored}\n" for now, stored in (OVERLOOKED | SEEN).items()}
    cells = printed | {OWN_KERNEL: "", WARNING: ""} | NEW_AND_MISSING
    found = run(tmp_path_factory.mktemp("nbval") / "pairs.ipynb", *cells.items())
    return {source: found[number] for number, source in enumerate(cells)}


@pytest.mark.parametrize("now", OVERLOOKED)
def test_overlooked(verdicts, now):
    assert verdicts[f"print({now!r})"] == "PASSED"


@pytest.mark.parametrize("now", SEEN)
def test_seen(verdicts, now):
    assert verdicts[f"print({now!r})"] == "FAILED"


def test_the_kernel_is_our_own(verdicts):
    assert verdicts[OWN_KERNEL] == "PASSED"


@pytest.mark.parametrize("source", [*NEW_AND_MISSING, WARNING])
def test_new_and_missing_outputs_and_warnings_are_seen(verdicts, source):
    assert verdicts[source] == "FAILED"


@pytest.mark.parametrize("path", sorted(ROOT.glob("chapters/*.ipynb")), ids=lambda p: p.stem)
def test_no_cell_relies_on_a_semicolon(path):
    """nbval runs cells outside the history, where a closing ";" silences nothing."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if "outputs" in cell]
    quiet = [source for source in cells if source.rstrip().endswith(";")]
    assert not quiet, "name the value instead, as in `legend = axis.legend()`"


def test_a_cell_may_take_two_minutes():
    options = (ROOT / "pyproject.toml").read_text()
    assert "--nbval-cell-timeout=600" in options
