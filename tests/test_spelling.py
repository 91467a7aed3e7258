"""The book is spelled the American way, in prose, comments and names alike."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
# Words of a private dialect. The field's own terms: package, layer, mistake, again, except, other.
BANNED = re.compile(
    r"\b(anew|slips?|whoever|but for|is no (number|tensor|notebook|fraction)|rooms?|ground floor"
    r"|lend|lent|company|mend|mended)\b",
    re.IGNORECASE,
)
PROSE = {".md", ".py", ".toml", ".txt", ".yml", ".js", ".css", ".cff", ".json"}


def misspelled(folder, *files):
    """Return codespell's lines: file, line, word ==> the right spelling."""
    command = [sys.executable, "-m", "codespell_lib", "--toml", ROOT / "pyproject.toml", *files]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


def test_files():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    listed = [Path(name) for name in done.stdout.splitlines()]
    files = [p for p in listed if p.suffix in PROSE and "vendor" not in str(p)]
    assert not misspelled(ROOT, *[path for path in files if (ROOT / path).exists()])


@pytest.mark.parametrize("path", sorted(ROOT.glob("chapters/*.ipynb")), ids=lambda p: p.stem)
def test_chapters(path, tmp_path):
    """Cell by cell: outputs hold pictures, whose letters mean nothing."""
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
        (tmp_path / f"cell {number:02}").write_text(cell.source, encoding="utf-8")
    assert not misspelled(tmp_path, ".")


def test_a_british_word_is_found(tmp_path):
    (tmp_path / "page.md").write_text("We " + "regular" + "ise the col" + "our.\n")
    assert misspelled(tmp_path, ".").count("==>") == 2


@pytest.mark.parametrize("folder", ["code", "tools", "website"])
def test_code_speaks_in_the_terms_of_the_field(folder):
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if known := BANNED.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {known[0]}")
    assert not found, "\n".join(found)


def test_a_private_word_is_found():
    assert BANNED.search("computed " + "anew")
