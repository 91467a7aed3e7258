"""A stored record of a claim, computed again from its own differences.

Why         A record is a part of a notebook that no comparison of outputs reads. What was changed
            in it by hand, or left by an older version, must not reach the page of all claims.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from reglab.evidence import display
from reglab.evidence.claims import Claim
from reglab.evidence.statistics import mean_interval

NUMBER = re.compile(r"[-\N{MINUS SIGN}]?\d+(?:\.\d+)?(?:e[-\N{MINUS SIGN}+]?\d+)?")
ROUNDED = 2e-5  # of the largest number: records hold six digits


def contradictions(record: dict[str, Any], shown: str) -> Iterator[str]:
    """Say what in a complete record does not follow from its differences, edges and sentence.

    `shown` is the text of the output that carries the record; its numbers have to be the record's.
    """
    if record["n"] != len(record["differences"]):
        yield f"n is {record['n']}, and there are {len(record['differences'])} differences"
    if record["seeds"] and len(set(record["seeds"])) != record["n"]:
        yield f"it has {len(set(record['seeds']))} different seeds, and n is {record['n']}"
    claim = Claim.from_record(record)
    values = np.array([*record["differences"], record["effect"], record["low"], record["high"]])
    try:
        found = mean_interval(np.array(record["differences"]), claim.bounds)
    except ValueError as error:
        yield str(error)
        return
    close = ROUNDED * np.abs(values).max()
    for name, again in zip(("effect", "low", "high"), found, strict=True):
        if not abs(record[name] - again) <= close:
            yield f"{name} is {record[name]:g}, and its differences give {float(again):g}"
    if record["verdict"] != (verdict := claim.where.verdict(found.low, found.high)):
        yield f"verdict {record['verdict']!r}, and its differences give {verdict!r}"
    for name in ("anchor", "threshold"):
        if record[name] != (again := claim.record()[name]):
            yield f"{name} is {record[name]!r}; by its sentence and edges it is {again!r}"
    if not _is_shown(claim, shown):
        yield "the output shows other numbers than the record holds"


def _is_shown(claim: Claim, shown: str) -> bool:
    """Does the text hold the claim's two lines, with its numbers up to one in the last digit?"""
    head, amount = display.text(claim).split("\n")
    lines = shown.split("\n")
    there = next((below for line, below in pairwise(lines) if line == head), "")
    if NUMBER.sub("#", there) != NUMBER.sub("#", amount):
        return False
    pairs = zip(NUMBER.findall(there), NUMBER.findall(amount), strict=True)
    return all(abs(_value(a) - _value(b)) < 1.5 * _last_digit(b) for a, b in pairs)


def _value(number: str) -> float:
    return float(number.replace("\N{MINUS SIGN}", "-"))


def _last_digit(number: str) -> float:
    """What one more in the last digit is worth: 0.01 in 4.83."""
    digits, _, power = number.partition("e")
    return 10.0 ** (_value(power or "0") - len(digits.partition(".")[2]))
