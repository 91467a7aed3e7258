"""The table "What to try first" quotes claims of other chapters, with about their effects.

A chapter that is executed on another processor prints slightly other effects: the one that is
quoted has to lie in the interval printed there.
"""

import re
from pathlib import Path

import measured
import nbformat
import pytest

[PAGE] = (Path(__file__).parents[3] / "chapters").glob("*-combining.ipynb")
ROW = re.compile(r"“(?P<says>[^”]+)” \[[^]]+\]\((?P<file>[^)]+)\) \| ≈ (?P<effect>[\d.]+) \|")


def rows():
    text = "\n".join(cell.source for cell in nbformat.read(PAGE, 4).cells)
    return [match.groupdict() for match in ROW.finditer(text)]


def printed(path):
    outputs = (out for cell in nbformat.read(path, 4).cells for out in cell.get("outputs", []))
    return "\n".join(out.get("data", {}).get("text/plain", "") for out in outputs)


def test_the_table_is_read():
    assert len(rows()) == 8


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["says"][:30])
def test_the_claim_stands_in_that_chapter_with_that_effect(row):
    lines = printed(PAGE.parent / row["file"]).splitlines()
    place = lines.index(f"Claim holds: {row['says']}")
    (found,) = measured.read(lines[place + 1])
    assert found.low <= float(row["effect"]) <= found.high
