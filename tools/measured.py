"""A plugin of pytest: what a notebook measures may differ from what is stored, but not by much.

nbval overlooks the numbers behind "≈" (tests/nbval.cfg), because networks trained on another
processor have other errors. Here they are compared coarsely, so that a stored number that was
mistyped, or is out of date, fails: the intervals of the two runs must meet, and a number without an
interval must lie within a factor of FACTOR, or both must be small beside SMALL. Times are let be.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from nbval.plugin import IPyNbCell

FACTOR, SMALL = 3.0, 0.5
NUMBER = r"[-+\u2212]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+\u2212]?\d+)?"
INTERVAL = rf"(?: \((?P<low>{NUMBER}) to (?P<high>{NUMBER})\))?"
MEASURED = re.compile(rf"\u2248 *(?P<value>{NUMBER}){INTERVAL}(?P<after>.{{0,4}})")
TIME = re.compile(r"\s*(s|ms|µs|min|h)\b")


class Measured(NamedTuple):
    """A number behind "≈" with its interval, which is the number itself where there is none."""

    value: float
    low: float
    high: float


def read(text: str) -> list[Measured]:
    """Return the measured numbers of a text, without times.

    >>> read("error ≈ 12.3 (11.0 to 14.5) %, in ≈ 2.1 s")
    [Measured(value=12.3, low=11.0, high=14.5)]
    """
    found = []
    for match in MEASURED.finditer(text):
        if not TIME.match(match["after"]):
            value = _number(match["value"])
            low, high = (_number(match[end] or match["value"]) for end in ("low", "high"))
            found.append(Measured(value, low, high))
    return found


def _number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", ""))


def far(now: Measured, stored: Measured) -> bool:
    """Say whether two runs of one measurement differ by more than another processor explains."""
    if now.low < now.high and stored.low < stored.high:
        return now.high < stored.low or stored.high < now.low
    a, b = sorted([abs(now.value), abs(stored.value)])
    return b > SMALL and (now.value * stored.value < 0 or b > FACTOR * a)


def texts(outputs: Iterable[dict[str, Any]]) -> str:
    """Return the plain texts of a cell's outputs, one below the other."""
    parts = [out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in outputs]
    return "\n".join(map(str, parts))


def differences(now: str, stored: str) -> list[str]:
    """Return a sentence for each measured number of `now` that is far from the stored one."""
    pairs = zip(read(now), read(stored), strict=False)  # other counts are seen by nbval itself
    return [f"measured {a.value:g}, but {b.value:g} is stored" for a, b in pairs if far(a, b)]


def compare_outputs(cell: Any, test: Any, ref: Any, skip_compare: Any = None) -> bool:
    """Do what nbval does, then compare what it overlooked."""
    equal = nbval_compares(cell, test, ref, skip_compare)
    found = differences(texts(test), texts(ref)) if equal else []
    cell.comparison_traceback += found
    return equal and not found


nbval_compares = IPyNbCell.compare_outputs
IPyNbCell.compare_outputs = compare_outputs
