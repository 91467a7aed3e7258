"""How claims read: lines of text, a table with a forest plot, the complaint of a ClaimError.

Departures: a claim that a paired difference is less than 0, or than a negative number, is turned,
so that right is what the sentence says: a difference of -22.6 reads "lower by 22.6". Bounds above 0
("costs less than 3") and means without a baseline stay as measured.

Rule: text is compared from machine to machine. So each measured number stands right behind "≈ ", as
does its interval ("≈ 4.8 (3.1 to 6.5)"), with no mark-up between; and what else depends on the
measurement (pictures, margins) stands in a <span class="reglab-drawn">, which holds no other span.
All the rest (sentence, verdict, edges, number of seeds) is the same on any machine.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from reglab.evidence.drawing import Axis, axis_of, draw_axis, draw_row
from reglab.evidence.regions import Region

if TYPE_CHECKING:
    from reglab.evidence.claims import Claim

MARKS = {"holds": "✓", "fails": "✗", "undecided": "?"}  # shape and word carry it, not color
KEY = "dot and bar: mean with 95 % interval; marks above: seeds; shaded: claimed"
ADVICE = {
    "undecided": "The interval crosses the edge: use more seeds, or claim less.",
    "fails": "The interval lies outside: the sentence is wrong in this setting.",
}


def measured(value: float, half_width: float) -> str:
    """Write "4.83": as many decimals as give the interval's half width two digits.

    >>> measured(-4.8349, 0.66)
    '−4.83'
    """
    size = half_width or abs(value)
    if size == 0:
        return "0"
    decimals = 1 - math.floor(math.log10(size))
    if decimals > 6:
        return f"{value:.2e}".replace("-", "\N{MINUS SIGN}")
    rounded = round(value, decimals) + 0.0  # adding zero turns -0.0 into 0.0
    return f"{rounded:.{max(decimals, 0)}f}".replace("-", "\N{MINUS SIGN}")


def numbers(claim: "Claim") -> tuple[str, str, str]:
    """Return effect, low and high as text."""
    half = (claim.high - claim.low) / 2
    return measured(claim.effect, half), measured(claim.low, half), measured(claim.high, half)


def is_turned(claim: "Claim") -> bool:
    """Is it a paired difference that is claimed to be less than 0, or than a negative number?"""
    return claim.paired and math.isinf(claim.where.low) and claim.where.high <= 0


def turn(claim: "Claim") -> "Claim":
    """Return `claim` with all signs turned if it is one to turn, else as it is."""
    if not is_turned(claim):
        return claim
    return replace(
        claim,
        effect=-claim.effect,
        low=-claim.high,
        high=-claim.low,
        where=Region(low=-claim.where.high + 0.0),
        differences=tuple(-value for value in claim.differences),
    )


def text(claim: "Claim") -> str:
    """Return two lines, stable from machine to machine once numbers behind "≈" are masked."""
    shown = turn(claim)
    return (
        f"{_kind(claim)} {claim.verdict}: {claim.sentence}\n"
        f"  {_amount(claim)} {claim.unit} on {seeds(claim)}; claimed: {shown.where.words()}"
    )


def html(claims: Sequence["Claim"], home: str | None = None) -> str:
    """Return a table with one row per claim, whose id is the claim's anchor; it brings its style.

    Claims of one unit share an axis; a mean without a baseline has one of its own. On a page that
    is not theirs, `home` is the address of the page that is: rows then lead there and have no id.
    """
    all_hold = all(claim.verdict == "holds" for claim in claims)
    bodies = []
    for rows in _by_axis(claims):
        axis = axis_of([turn(claim) for claim in rows])
        body = "".join(_row(claim, axis, not all_hold, home) for claim in rows)
        bodies.append(f'<tbody role="rowgroup">{_head(rows[0], axis)}{body}</tbody>')
    return (
        f'<div class="reglab-claims"><style>{_style()}</style>'
        f'<table role="table"><caption>{_caption(claims, all_hold)} <small>{KEY}</small></caption>'
        f"{''.join(bodies)}</table></div>"
    )


def complaint(claim: "Claim") -> str:
    """Return the message of a ClaimError: what was claimed, what was measured, what to do."""
    effect, low, high = numbers(claim)
    return (
        f"{claim.verdict}: {claim.sentence} Claimed: {claim.where.words()} {claim.unit}. "
        f"Measured: ≈ {effect} ({low} to {high}), {seeds(claim)}. {ADVICE.get(claim.verdict, '')}"
    )


def seeds(claim: "Claim") -> str:
    """Return "10 paired seeds", "12 seeds"."""
    return f"{claim.n} {'paired seeds' if claim.paired else 'seeds'}"


def _by_axis(claims: Sequence["Claim"]) -> list[list["Claim"]]:
    groups: dict[object, list[Claim]] = {}
    for place, claim in enumerate(claims):
        groups.setdefault(claim.unit if claim.paired else place, []).append(claim)
    return list(groups.values())


def _head(claim: "Claim", axis: Axis) -> str:
    what = "" if claim.paired else " (mean)"
    return (
        '<tr role="row" class="reglab-axis"><td role="cell"></td>'
        f'<td role="cell" class="reglab-picture">{_drawn(draw_axis(axis))}</td>'
        f'<th role="columnheader" scope="col" class="reglab-numbers">'
        f"{escape(claim.unit)}{what}</th></tr>"
    )


def _row(claim: "Claim", axis: Axis, say_verdict: bool, home: str | None) -> str:
    shown = turn(claim)
    narrow = claim.verdict == "holds" and shown.where.is_narrow(shown.low, shown.high)
    verdict = f"{MARKS[claim.verdict]} {claim.verdict}: " if say_verdict else ""
    anchor = "" if claim.is_trial or home else f' id="{claim.anchor}"'
    return (
        f'<tr role="row" class="reglab-{claim.verdict}"{anchor}>'
        f'<th role="rowheader" scope="row"><details><summary>{verdict}{escape(claim.sentence)}'
        f"</summary><p>{_facts(claim, home)}</p></details></th>"
        f'<td role="cell" class="reglab-picture">{_drawn(draw_row(shown, axis, narrow))}</td>'
        f'<td role="cell" class="reglab-numbers">{_amount(claim)}'
        f" <small>claimed: {shown.where.words()}{_margin(shown, narrow)}</small></td></tr>"
    )


def _amount(claim: "Claim") -> str:
    effect, low, high = numbers(turn(claim))
    return f"{'lower by ' if is_turned(claim) else ''}≈ {effect} ({low} to {high})"


def _margin(shown: "Claim", narrow: bool) -> str:
    if shown.verdict != "holds":
        return ""
    gap = measured(shown.where.margin(shown.low, shown.high), (shown.high - shown.low) / 2)
    said = f"margin {'only ' if narrow else ''}{gap}"
    return f"; {_drawn(said, ' reglab-narrow' if narrow else '')}"


def _facts(claim: "Claim", home: str | None) -> str:
    """What a reader may ask next: the seeds, the time, where the claim stands."""
    known = "" if not claim.seeds else f": {_which(claim.seeds)}"
    time = "" if claim.run_seconds is None else f" Measured in ≈ {claim.run_seconds:g} s."
    words = "Read it in its chapter" if home else "Link to this claim"
    link = "" if claim.is_trial else f' <a href="{home or ""}#{claim.anchor}">{words}</a>'
    return f"{seeds(claim).capitalize()}{known}.{time}{link}"


def _which(known: Sequence[int]) -> str:
    follow = sorted(known) == list(range(min(known), max(known) + 1))
    return f"{min(known)} to {max(known)}" if follow else ", ".join(map(str, known))


def _caption(claims: Sequence["Claim"], all_hold: bool) -> str:
    kind = _kind(claims[0])
    many = len(claims) > 1
    if all_hold:
        mark = f'<span aria-hidden="true">{MARKS["holds"]}</span> '
        return mark + (f"{len(claims)} {kind.lower()}s, all hold" if many else f"{kind} holds")
    hold = sum(claim.verdict == "holds" for claim in claims)
    return f"{len(claims)} {kind.lower()}s, {hold} hold" if many else kind


def _drawn(part: str, more: str = "") -> str:
    return f'<span class="reglab-drawn{more}">{part}</span>'


def _kind(claim: "Claim") -> str:
    return "Trial" if claim.is_trial else "Claim"


@cache
def _style() -> str:
    """The style sheet in one line, without comments: outputs are stored once for every group."""
    sheet = Path(__file__).with_name("claims.css").read_text(encoding="utf-8")
    lines = [line.strip() for line in sheet.split("*/", 1)[1].splitlines()]
    return "".join(line if line.endswith(("{", "}", ";")) else f"{line} " for line in lines if line)
