"""Claims as a forest plot: an axis for rows of one unit, and one picture per row.

Source: Lewis, Clarke (2001), "Forest plots: trying to see the wood and the trees", BMJ 322.

Departures: no squares whose size is a weight (all claims weigh the same); each seed has a tick, and
the claimed region is tinted.

Symbols: positions run from 0 to 100 percent of the picture's width, so that a row is as wide as its
cell and nothing is distorted. The drawing takes the color of the text around it. Its numbers differ
from machine to machine: `display` marks it so that a comparison of outputs overlooks it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reglab.evidence.claims import Claim

PAD = 0.05  # of the span, at both ends
TICKS = 5  # about so many numbers on an axis


@dataclass(frozen=True)
class Axis:
    """The range of values that some rows share, with the values written on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, value: float) -> str:
        """Return the place of `value`, "37.5%"; what lies outside stands at the end."""
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def axis_of(claims: Sequence["Claim"]) -> Axis:
    """Return the axis that shows all seeds, intervals and edges of `claims`, and 0 for effects.

    >>> from reglab.evidence import trial
    >>> axis_of([trial("s", [0.1 * k for k in range(11)], more_than=0.2, unit="nats")]).ticks
    (0.0, 0.5, 1.0)
    """
    values = [0.0] if any(claim.paired for claim in claims) else []
    for claim in claims:
        ends = [claim.low, claim.high, claim.where.low, claim.where.high]
        values += [*claim.differences, *filter(math.isfinite, ends)]
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    low, high = low - PAD * span, high + PAD * span
    return Axis(low, high, _ticks(low, high))


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten, about TICKS of them in [low, high]."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= 0.999 * rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(float(f"{k * step:.12g}") for k in range(first, last + 1))


def draw_axis(axis: Axis) -> str:
    """Return the written ticks of `axis` as SVG, at the lower end of their cell."""
    numbers = (
        f'<text x="{axis.x(tick)}" y="100%" dy="-3" text-anchor="middle" fill="currentColor" '
        f'font-size="12">{tick:g}</text>'.replace(">-", ">\N{MINUS SIGN}")
        for tick in axis.ticks
    )
    return _svg("".join(numbers))


def draw_row(claim: "Claim", axis: Axis, narrow: bool = False) -> str:
    """Return one row as SVG: the claimed region, a tick per seed, the interval and its mean.

    The mean is a dot, or where `narrow` (the interval comes near an edge) a diamond.
    """
    region = claim.where
    left = 0.0 if math.isinf(region.low) else float(axis.x(region.low)[:-1])
    right = 100.0 if math.isinf(region.high) else float(axis.x(region.high)[:-1])
    edges = [edge for edge in (region.low, region.high) if math.isfinite(edge)]
    # Beside the lines for 0 and the ticks, y is counted in pixels from the middle.
    middle = [
        *(_line(axis.x(v), -13, axis.x(v), -7, 0.55) for v in claim.differences),
        _line(axis.x(claim.low), 0, axis.x(claim.high), 0, 1, 2.5),
        *(_line(axis.x(end), -4, axis.x(end), 4, 1) for end in (claim.low, claim.high)),
        _mean(axis.x(claim.effect), narrow),
    ]
    return _svg(
        f'<rect x="{left:.2f}%" y="10%" width="{right - left:.2f}%" height="80%" '
        'fill="currentColor" fill-opacity="0.09"/>',
        *(_line(axis.x(tick), "0", axis.x(tick), "100%", 0.65 if tick == 0 else 0.1)
          for tick in axis.ticks),
        *(_line(axis.x(edge), "10%", axis.x(edge), "90%", 0.8, 1.2, "3 3") for edge in edges),
        f'<svg y="50%" style="position:static;overflow:visible">{"".join(middle)}</svg>',
    )  # fmt: skip


def _mean(x: str, narrow: bool) -> str:
    shape = "M-6.5,0L0,-6.5L6.5,0L0,6.5Z" if narrow else "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z"
    color = "var(--claims-amber,currentColor)" if narrow else "currentColor"
    return (
        f'<svg x="{x}" style="position:static;overflow:visible">'
        f'<path d="{shape}" fill="{color}"/></svg>'
    )


def _line(
    x1: str, y1: object, x2: str, y2: object, opacity: float, width: float = 1.2, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor" '
        f'stroke-opacity="{opacity:g}" stroke-width="{width:g}"{dashes}/>'
    )


def _svg(*parts: str) -> str:
    return f'<svg aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
