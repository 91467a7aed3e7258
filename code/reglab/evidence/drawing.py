"""A claim as a small picture: one dot per seed, the interval, the claimed region.

Why apart   The picture's coordinates differ from machine to machine, so it may not ride in a cell's
            output, which nbval compares. The website draws it from the output's metadata instead.
"""

from html import escape
from typing import Any

WIDTH, HEIGHT, MARGIN = 360, 74, 16
DOTS_Y, INTERVAL_Y, FLOOR_Y = 18, 36, 50


def draw(record: dict[str, Any]) -> str:
    """Return an inline SVG for a claim's record (`Claim.record()`): no id, no color of its own.

    It takes the page's text color, so it works in light and dark, and says in its label what it
    shows. Dots: differences per seed. Bar: 95 % interval with the mean. Tinted: claimed region.
    """
    low_edge, high_edge = record["edges"]
    edges = [edge for edge in (low_edge, high_edge) if edge is not None]
    x = _scale([*record["differences"], record["low"], record["high"], *edges])
    left = MARGIN / 2 if low_edge is None else x(low_edge)
    right = WIDTH - MARGIN / 2 if high_edge is None else x(high_edge)
    parts = [
        _line(MARGIN / 2, FLOOR_Y, WIDTH - MARGIN / 2, FLOOR_Y, 'stroke-opacity="0.4"'),
        f'<rect x="{left:.1f}" y="4" width="{right - left:.1f}" height="{FLOOR_Y - 4}" '
        'fill="currentColor" fill-opacity="0.08"/>',
        *(_line(x(edge), 4, x(edge), FLOOR_Y, 'stroke-dasharray="4 3"') for edge in edges),
        *(
            f'<circle cx="{x(value):.1f}" cy="{DOTS_Y}" r="3" fill="currentColor" '
            'fill-opacity="0.55"/>'
            for value in record["differences"]
        ),
        _line(x(record["low"]), INTERVAL_Y, x(record["high"]), INTERVAL_Y, 'stroke-width="3"'),
        _line(x(record["effect"]), INTERVAL_Y - 6, x(record["effect"]), INTERVAL_Y + 6, ""),
        *(_number(x(edge), edge) for edge in edges),
    ]
    return (
        f'<svg class="reglab-claim-drawing" role="img" aria-label="{escape(_label(record))}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" style="max-width:100%;height:auto" '
        f'stroke-width="1.5" font-size="12">{"".join(parts)}</svg>'
    )


def _scale(values: list[float]) -> Any:
    """Return the map from data to x; all values get the same place if they are equal."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return lambda value: MARGIN + (value - low) / span * (WIDTH - 2 * MARGIN)


def _line(x1: float, y1: float, x2: float, y2: float, more: str) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="currentColor" {more}/>'


def _number(x: float, value: float) -> str:
    anchor = "start" if x < WIDTH / 4 else "end" if x > 3 * WIDTH / 4 else "middle"
    return (
        f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}" fill="currentColor">'
        f"{value:g}</text>"
    )


def _label(record: dict[str, Any]) -> str:
    return (
        f"{record['n']} seeds, mean {record['effect']:.3g}, 95 % interval {record['low']:.3g} to "
        f"{record['high']:.3g}, claimed {record['threshold']}"
    )
