"""{claims-ledger}: every claim of the book, as reglab's ledger reads it from the notebooks."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext import notebooks
from bookext.tables import Cell, count, link, seconds, table
from reglab.evidence import display, ledger

HEADERS = ["Claim", "Verdict", "Effect, 95 % interval", "Claimed", "Seeds", "Time"]


def together(text: str) -> str:
    """Return the text with each "≈", and the "s" of seconds, kept on the line of its number."""
    return re.sub("(?<=≈) | (?=s$)", "\N{NO-BREAK SPACE}", text)


def seeds(row: ledger.Row) -> str:
    """Return how many seeds a claim has, and which: "10 (400 to 409)", or "10 in 500 to 680"."""
    known = row.record["seeds"]
    if not known:
        return str(row.n)
    named = f"{min(known)} to {max(known)}"
    follow = sorted(known) == list(range(min(known), max(known) + 1))
    return f"{row.n} ({named})" if follow else f"{row.n} in {named}"


def cells(row: ledger.Row, uri: str) -> list[Cell]:
    """Return the cells of one claim; its sentence leads to its card in the chapter."""
    half = (row.high - row.low) / 2
    effect, low, high = (display.measured(v, half) for v in (row.effect, row.low, row.high))
    return [
        link(row.sentence, f"{uri}#{row.anchor}"),
        f"{display.MARKS[row.verdict]} {row.verdict}",
        together(f"≈ {effect} ({low} to {high})"),  # one cell: seven are too many for the page
        row.threshold,
        seeds(row),
        "" if row.run_seconds is None else together(seconds(row.run_seconds)),
    ]


class ClaimsLedger(SphinxDirective):
    """How many claims there are and how many hold, then a table for each chapter."""

    def run(self) -> list[nodes.Node]:
        app, every, parts = self.env.app, [], []
        for name, _ in notebooks.chapters(self.env):
            path = app.env.doc2path(name)
            self.env.note_dependency(path)
            if rows := ledger.read(path):
                uri = app.builder.get_relative_uri(self.env.docname, name)
                parts.append(self.chapter(name, uri, rows))
                every += rows
        hold = sum(row.verdict == "holds" for row in every)
        counts = (
            f"{count(len(every), 'claim')} in {count(len(parts), 'chapter')}; {hold} of them hold."
        )
        return [nodes.paragraph("", counts), *parts]

    def chapter(self, name: str, uri: str, rows: list[ledger.Row]) -> nodes.section:
        anchor = f"claims-of-{rows[0].slug}"
        part = nodes.section("", nodes.title("", rows[0].title), ids=[anchor], names=[anchor])
        intro = nodes.paragraph("", "", link("Read the chapter", uri))
        intro += nodes.Text(f"; all of it runs in {seconds(rows[0].chapter_seconds)}.")
        part += [intro, table(HEADERS, [cells(row, uri) for row in rows], ["ledger"])]
        return part


def setup(app: Sphinx) -> None:
    app.add_directive("claims-ledger", ClaimsLedger)
