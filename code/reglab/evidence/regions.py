"""Where an effect is claimed to lie, in which unit, and what an interval says about it.

Source      For `within`: Schuirmann (1987), two one-sided tests for equivalence, J. Pharmacokinet.
            Biopharm. 15(6). "No effect" is shown by an interval inside a small region around zero,
            never by an interval that merely contains zero.
Departures  The whole two-sided 95 % interval must lie inside, so a one-sided error rate is 2.5 %.
"""

import math
from dataclasses import dataclass
from numbers import Real

# What one shown unit is worth: values that are fractions are shown times 100.
SCALES = {"percentage points": 100.0, "percent": 100.0}
FAR = 1000  # an edge so many times as large as all values says nothing
NARROW = 0.2  # a margin below this share of the threshold is marked


@dataclass(frozen=True)
class Region:
    """The open range (low, high), in the unit of the claim; infinite where one side is free."""

    low: float = -math.inf
    high: float = math.inf

    def verdict(self, low: float, high: float) -> str:
        """Return holds (the interval lies inside), fails (outside) or undecided (across an edge).

        An interval that only touches an edge is not inside.
        """
        if self.low < low and high < self.high:
            return "holds"
        return "fails" if high <= self.low or low >= self.high else "undecided"

    def margin(self, low: float, high: float) -> float:
        """Return how far the interval stays from the nearest edge; negative where it crosses it.

        >>> Region(low=10).margin(10.9, 16.3)
        0.9000000000000004
        """
        return min(low - self.low, self.high - high)

    def margin_share(self, low: float, high: float) -> float:
        """Return the margin as a share of the threshold: comparable from unit to unit.

        The threshold's size is |edge|; for an edge of 0, the size of the effect in the middle of
        the interval; for a region between two edges, half its width.

        >>> Region(low=10).margin_share(11, 15)
        0.1
        """
        edges = [edge for edge in (self.low, self.high) if math.isfinite(edge)]
        size = (edges[1] - edges[0]) / 2 if len(edges) == 2 else abs(edges[0])
        return self.margin(low, high) / (size or abs(low + high) / 2 or 1.0)

    def is_narrow(self, low: float, high: float) -> bool:
        """Is the margin less than 20 % of the threshold?"""
        return self.margin_share(low, high) < NARROW

    def words(self) -> str:
        """Say the region, e.g. "more than 2"."""
        low, high = (f"{edge:g}".replace("-", "\N{MINUS SIGN}") for edge in (self.low, self.high))
        if math.isinf(self.high):
            return f"more than {low}"
        if math.isinf(self.low):
            return f"less than {high}"
        return f"between {low} and {high}"


def region(
    more_than: float | None, less_than: float | None, within: tuple[float, float] | None
) -> Region:
    """Return the one region that is given; more than 0 when none is.

    Raises: ValueError if two are given, an edge is not a finite number, or within is not lo < hi.
    """
    given = {"more_than": more_than, "less_than": less_than, "within": within}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        raise ValueError(f"a claim has one region; got {' and '.join(given)}. Make two claims")
    if within is not None:
        if not isinstance(within, tuple | list) or len(within) != 2:
            raise ValueError(f"within must be a pair (lo, hi); got {within!r}")
        low, high = (_edge("within", value) for value in within)
        if not low < high:
            raise ValueError(f"within must be (lo, hi) with lo < hi; got {within!r}")
        return Region(low, high)
    if less_than is not None:
        return Region(high=_edge("less_than", less_than))
    return Region(low=_edge("more_than", 0.0 if more_than is None else more_than))


def unit_scale(unit: str, scale: float | None) -> float:
    """Return what a value is multiplied by to be shown in `unit`: `scale`, or 100 or 1 by unit.

    Raises: ValueError for a unit that means percent but is spelled otherwise ("%", "pp"), because
        it would be taken for a unit of its own, with scale 1; for a scale that is not > 0; and for
        a scale of percent other than 100 (of fractions) or 1 (of values in percent already).
    """
    if not isinstance(unit, str) or not unit.strip():
        raise ValueError(f"unit must be words such as 'percentage points'; got {unit!r}")
    if scale is not None:
        if not _is_finite(scale) or scale <= 0:
            raise ValueError(f"scale must be a finite number > 0; got {scale!r}")
        if unit in SCALES and scale not in (1, 100):
            raise ValueError(
                f"the scale for {unit} is 100, where values are fractions, or 1, where they are in "
                f"{unit} already; got {scale!r}"
            )
        return float(scale)
    means_percent = unit.lower().startswith(("percent", "pct", "%")) or unit in ("pp", "points")
    if unit not in SCALES and means_percent:
        raise ValueError(f"unit must be spelled {' or '.join(map(repr, SCALES))}; got {unit!r}")
    return SCALES.get(unit, 1.0)


def check_fractions(values: list[float], where: Region, unit: str) -> None:
    """Refuse values or edges that look as if they were in the other one of fraction and percent.

    Raises: ValueError for a value outside [-1, 1], which is not a fraction, for an edge nearer to
        zero than 0.1 (but not zero), which is most likely a fraction, and for one beyond 100, which
        every fraction clears.
    """
    for value in values:
        if 1 < abs(value) < math.inf:  # mean_interval refuses infinity, and says why
            raise ValueError(
                f"values must be fractions when the unit is {unit}: 0.25 is shown as 25; got "
                f"{value:g}. Divide by 100, or pass scale=1 if they are in {unit} already"
            )
    for edge in (where.low, where.high):
        if 0 < abs(edge) < 0.1:
            raise ValueError(
                f"edges are in {unit}, as shown: write 2 for 0.02; got {edge:g}. "
                f"Write {100 * edge:g}, or pass scale=100 if you do mean {edge:g} {unit}"
            )
        if 100 <= abs(edge) < math.inf:
            raise ValueError(
                f"edges in {unit} lie between -100 and 100; got {edge:g}, which says nothing"
            )


def check_near(values: list[float], where: Region, unit: str) -> None:
    """Refuse edges that no value comes near: a claim that could not have failed.

    Raises: ValueError for an edge more than 1000 times as large as all `values`, in the same unit.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    for edge in (where.low, where.high):
        if largest and FAR * largest < abs(edge) < math.inf:
            raise ValueError(
                f"an edge of {edge:g} {unit} is more than {FAR} times as large as all values, "
                f"up to {largest:g} {unit}. Say with bounds= what a value can be, if that is meant"
            )


def _edge(name: str, value: float) -> float:
    if not _is_finite(value):
        raise ValueError(f"{name} must be a finite number; got {value!r}")
    return float(value)


def _is_finite(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
