"""How a claim reads: two lines of text, a card of HTML, the complaint of a ClaimError.

Rule        Each measured number stands right behind "≈ ", with an ASCII sign and no other mark-up
            between, so that nbval's sanitizer covers it and nothing else. All the rest (sentence,
            verdict, edges, number of seeds) is the same on any machine.
"""

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reglab.evidence.claims import Claim

MARKS = {"holds": "✓", "fails": "✗", "undecided": "?"}  # shape and word carry it, not color
# Lines and tints derive from the text's own color, so light and dark pages both work.
CARD = (
    "margin:1em 0;padding:.6em 1em;border-radius:.3em;"
    "border:1px solid color-mix(in srgb,currentColor 25%,transparent);"
    "border-left:.3em solid currentColor"
)
FACTS = "display:flex;flex-wrap:wrap;gap:.3em 2em;margin:.5em 0 0;padding:0"
TERM = "margin:0;padding:0;font-weight:normal;font-size:.85em"
VALUE = "margin:0;padding:0;font-variant-numeric:tabular-nums"


def measured(value: float, half_width: float) -> str:
    """Write "≈ 4.83": as many decimals as give the interval's half width two digits."""
    size = half_width or abs(value)
    if size == 0:
        return "≈ 0"
    decimals = 1 - math.floor(math.log10(size))
    if decimals > 6:
        return f"≈ {value:.2e}"
    rounded = round(value, decimals) + 0.0  # adding zero turns -0.0 into 0.0
    return f"≈ {rounded:.{max(decimals, 0)}f}"


def numbers(claim: "Claim") -> tuple[str, str, str]:
    """Return effect, low and high as text."""
    half = (claim.high - claim.low) / 2
    return tuple(measured(value, half) for value in (claim.effect, claim.low, claim.high))


def text(claim: "Claim") -> str:
    """Return two lines, stable from machine to machine once numbers behind "≈" are masked."""
    effect, low, high = numbers(claim)
    return (
        f"{_kind(claim)} {claim.verdict}: {claim.sentence}\n"
        f"  {_quantity(claim).lower()} {effect} {claim.unit}, 95 % interval {low} to {high}, "
        f"{_seeds(claim)}; claimed: {claim.where.words()}"
    )


def html(claim: "Claim") -> str:
    """Return a self-contained card; its id is the claim's anchor."""
    effect, low, high = numbers(claim)
    unit = escape(claim.unit)
    facts = {
        _quantity(claim): f"<strong>{effect} {unit}</strong>",
        "95 % interval": f"{low} to {high}",
        "Claimed": claim.where.words(),
        "Measured on": _seeds(claim),
    }
    rows = "".join(
        f'<div><dt style="{TERM}">{name}</dt><dd style="{VALUE}">{value}</dd></div>'
        for name, value in facts.items()
    )
    verdict = f'<span aria-hidden="true">{MARKS[claim.verdict]}</span> {_kind(claim)} '
    anchor = "" if claim.is_trial else f' id="{claim.anchor}"'
    return (
        f'<div class="reglab-claim reglab-{claim.verdict}"{anchor} style="{CARD}">'
        f'<p style="margin:0"><strong>{verdict}{claim.verdict}:</strong> '
        f"{escape(claim.sentence)}</p>"
        f'<dl style="{FACTS}">{rows}</dl></div>'
    )


def complaint(claim: "Claim") -> str:
    """Return the message of a ClaimError: what was claimed, what was measured, what to do."""
    effect, low, high = numbers(claim)
    advice = {
        "undecided": "The interval crosses the edge: use more seeds, or claim less.",
        "fails": "The interval lies outside: the sentence is wrong in this setting.",
    }
    return (
        f"{claim.verdict}: {claim.sentence} Claimed: {claim.where.words()} {claim.unit}. "
        f"Measured: {effect}, 95 % interval {low} to {high}, {_seeds(claim)}. "
        f"{advice.get(claim.verdict, '')}"
    )


def _kind(claim: "Claim") -> str:
    return "Trial" if claim.is_trial else "Claim"


def _quantity(claim: "Claim") -> str:
    return "Effect" if claim.paired else "Mean"


def _seeds(claim: "Claim") -> str:
    return f"{claim.n} {'paired seeds' if claim.paired else 'seeds'}"
