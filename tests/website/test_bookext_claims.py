"""The page of claims: each claim of the notebooks has a row, and the row leads to its chapter."""

import book
import numpy as np
from bookext import claims
from bs4 import BeautifulSoup

from reglab.evidence import holm, ledger, p_value, trial

ROWS = ledger.read(book.ROOT / "chapters")


def claims_page(site) -> BeautifulSoup:
    return BeautifulSoup((site / "reference/claims.html").read_text(), "html.parser")


def plain(tag) -> str:
    return " ".join(tag.get_text().split()).replace("’", "'")  # Sphinx sets typographic quotes


def leads_somewhere(site, link) -> bool:
    chapter, _, anchor = link["href"].partition("#")
    return anchor in book.anchors(site / "reference" / chapter)


def test_the_cells_of_a_claim():
    sentence, chapter, claimed, margin = claims.cells(ROWS[0], "x.html")
    assert sentence["refuri"] == f"x.html#{ROWS[0].anchor}"
    assert sentence.astext() == ROWS[0].sentence
    assert (chapter, claimed) == ("Overfitting", "more than 0.1 nats")
    assert margin == f"{100 * (ROWS[0].low - 0.1) / 0.1:.0f} %"


def test_the_page_says_how_many_hold_alone_and_with_holms_correction(site):
    together = sum(holm([p_value(row.claim) for row in ROWS]))
    text = plain(claims_page(site))
    assert f"{len(ROWS)} claims in " in text and f"; {len(ROWS)} of them hold." in text
    assert f"Holm's correction leaves {together} of them standing" in text


def test_what_holms_correction_takes_away_is_not_counted():
    rng = np.random.default_rng(0)
    strong, weak = rng.normal(9, 1, 10), rng.normal(0.8, 1, 10)
    claims_made = [trial("strong", strong, unit="nats", more_than=0)]
    claims_made += [trial(f"weak {i}", weak, unit="nats", more_than=0) for i in range(9)]
    said = claims.multiplicity(claims_made)
    assert "among all 10" in said and "leaves 1 of them standing" in said


def test_each_chapter_has_a_forest_plot_of_its_claims(site):
    plots = claims_page(site).select(".reglab-claims")
    assert len(plots) == len({row.path for row in ROWS})
    shown = [plain(summary) for plot in plots for summary in plot.select("summary")]
    assert sorted(shown) == sorted(" ".join(row.sentence.split()) for row in ROWS)


def test_the_narrowest_margin_stands_first(site):
    rows = claims_page(site).select("table.ledger tbody tr")
    shares = [int(plain(row.select("td")[-1]).removesuffix(" %")) for row in rows]
    assert len(rows) == len(ROWS) and shares == sorted(shares)


def test_every_row_leads_to_its_chapter(site):
    page = claims_page(site)
    links = [*page.select("table.ledger td a"), *page.select(".reglab-claims details a")]
    assert len(links) == 2 * len(ROWS)
    for link in links:
        assert leads_somewhere(site, link), f"{link['href']} leads nowhere"
    assert not page.select(".reglab-claims tr[id]")
