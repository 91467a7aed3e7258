"""{claims-ledger}: every claim of the book, as reglab's ledger reads it from the notebooks."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext import notebooks
from bookext.tables import Cell, count, link, seconds, table
from reglab.evidence import Claim, display, holm, ledger, p_value

HEADERS = ["Claim", "Chapter", "Claimed", "Margin, of the threshold"]
Found = tuple[ledger.Row, str]  # a claim, and the address of its chapter


def cells(row: ledger.Row, uri: str) -> list[Cell]:
    """Return the cells of one claim; its sentence leads to its row in the chapter."""
    shown = display.turn(row.claim)
    return [
        link(row.sentence, f"{uri}#{row.anchor}"),
        row.title,
        f"{shown.where.words()} {row.unit}",
        f"{100 * row.margin_share:.0f} %",
    ]


def by_margin(found: list[Found]) -> table:
    """Return all claims in a table, those that are nearest to failing first."""
    order = sorted(found, key=lambda one: one[0].margin_share)
    return table(HEADERS, [cells(*one) for one in order], ["ledger"])


def multiplicity(claims: list[Claim]) -> str:
    """Say how many claims hold, each by itself and all together."""
    hold = sum(claim.verdict == "holds" for claim in claims)
    together = sum(holm([p_value(claim) for claim in claims]))
    return (
        f"{hold} of them hold. Each interval is at 95 % by itself: of claims that are just not "
        f"true, one in forty passes. If a false one anywhere among all {len(claims)} is to have a "
        f"probability of 5 % at most, Holm's correction leaves {together} of them standing."
    )


class ClaimsLedger(SphinxDirective):
    """How many claims there are and hold, a forest plot for each chapter, all by their margin."""

    def run(self) -> list[nodes.Node]:
        app, found, parts = self.env.app, [], []
        for name, _ in notebooks.chapters(self.env):
            path = app.env.doc2path(name)
            self.env.note_dependency(path)
            if rows := ledger.read(path):
                uri = app.builder.get_relative_uri(self.env.docname, name)
                parts.append(self.chapter(uri, rows))
                found += [(row, uri) for row in rows]
        claims = [row.claim for row, _ in found]
        counts = f"{count(len(found), 'claim')} in {count(len(parts), 'chapter')}"
        summary = nodes.paragraph("", f"{counts}; {multiplicity(claims)}")
        return [summary, *parts, self.margins(found)]

    def chapter(self, uri: str, rows: list[ledger.Row]) -> nodes.section:
        part = _section(f"claims-of-{rows[0].slug}", rows[0].title)
        intro = nodes.paragraph("", "", link("Read the chapter", uri))
        intro += nodes.Text(f"; all of it runs in {seconds(rows[0].chapter_seconds)}.")
        plot = display.html([row.claim for row in rows], home=uri)
        part += [intro, nodes.raw("", plot, format="html")]
        return part

    def margins(self, found: list[Found]) -> nodes.section:
        part = _section("claims-by-margin", "The narrowest margins first")
        part += nodes.paragraph(
            "",
            "A claim's margin is how far its interval stays from the threshold, here as a share of "
            "that threshold: of half the width of a region with two ends, and of the effect where "
            "the threshold is 0. What stands on top is the first to look at with other seeds.",
        )
        part += by_margin(found)
        return part


def _section(anchor: str, title: str) -> nodes.section:
    return nodes.section("", nodes.title("", title), ids=[anchor], names=[anchor])


def setup(app: Sphinx) -> None:
    app.add_directive("claims-ledger", ClaimsLedger)
