"""The page of claims: each claim of the notebooks has a row, and the row leads to its card."""

import dataclasses

import book
import pytest
from bookext import claims
from bs4 import BeautifulSoup

from reglab.evidence import ledger

ROWS = ledger.read(book.ROOT / "chapters")


def row_with(**changes) -> ledger.Row:
    return dataclasses.replace(ROWS[0], **changes)


@pytest.mark.parametrize(
    "known, n, words",
    [
        ([400, 401, 402], 3, "3 (400 to 402)"),
        ([402, 400, 401], 3, "3 (400 to 402)"),
        ([500, 520, 540], 3, "3 in 500 to 540"),
        (None, 12, "12"),
    ],
)
def test_seeds_are_counted_and_named(known, n, words):
    assert claims.seeds(row_with(n=n, record={"seeds": known})) == words


def test_a_number_stays_on_the_line_of_its_sign():
    row = row_with(effect=4.8, low=4.1, high=5.5, run_seconds=9.2)
    shown = [cell for cell in claims.cells(row, "x.html") if isinstance(cell, str)]
    measured = [cell for cell in shown if "≈" in cell]
    assert len(measured) == 2  # the effect with its interval, and the time
    assert not [cell for cell in measured if "≈ " in cell or cell.endswith(" s")]
    assert claims.cells(row_with(run_seconds=None), "x.html")[-1] == ""


def test_the_page_lists_every_claim_and_leads_to_its_card(site):
    page = BeautifulSoup((site / "reference/claims.html").read_text(), "html.parser")
    links = [a for a in page.select("table.ledger td a") if "#" in a["href"]]
    shown = [a.get_text().replace("’", "'") for a in links]  # Sphinx sets typographic quotes
    assert shown == [row.sentence for row in ROWS]
    for a in links:
        chapter, _, anchor = a["href"].partition("#")
        target = BeautifulSoup((site / "reference" / chapter).read_text(), "html.parser")
        assert target.find(id=anchor), f"{a['href']} leads nowhere"
