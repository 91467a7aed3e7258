"""Tables of docutils nodes, and how they write a run time."""

from collections.abc import Sequence

from docutils import nodes

Cell = str | nodes.Node


def link(text: str, uri: str) -> nodes.reference:
    """Return a link within the site."""
    return nodes.reference("", text, refuri=uri, internal=True)


def seconds(value: float | None) -> str:
    """Write a run time; it differs from machine to machine, so it carries the book's "≈"."""
    if value is None:
        return "not recorded"
    return f"≈ {value:.1f} s" if value < 10 else f"≈ {value:.0f} s"


def count(number: int, thing: str) -> str:
    """Write "1 claim", "2 claims"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def table(
    headers: Sequence[str], rows: Sequence[Sequence[Cell]], classes: Sequence[str] = ()
) -> nodes.table:
    """Return a table; a cell is text or an inline node."""
    group = nodes.tgroup("", cols=len(headers))
    group += [nodes.colspec("", colwidth=1) for _ in headers]
    group += nodes.thead("", _row(headers))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=list(classes))


def _row(cells: Sequence[Cell]) -> nodes.row:
    inline = [nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", node)) for node in inline))
