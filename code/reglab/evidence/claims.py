"""Claims: a sentence, the seeds that measured it, and a verdict that must be "holds".

Source      The paired t interval: `reglab.evidence.statistics`; the verdict: `regions`.
Departures  No p values: the reader gets the effect with its interval, and the edge it must clear.
Rule        shown number = value * scale. Edges are always in the unit that is shown. The scale is
            100 for the units "percentage points" and "percent", whose values are fractions (an
            error of 0.25 is shown as 25), and 1 for every other unit, unless `scale` is given.
"""

import hashlib
import math
import re
from dataclasses import dataclass, replace
from typing import Any

from reglab.core import check_nonnegative
from reglab.evidence import display
from reglab.evidence.arms import known_seeds, pair_up
from reglab.evidence.regions import SCALES, Region, check_fractions, check_near, region, unit_scale
from reglab.evidence.statistics import differences, is_constant, mean_interval
from reglab.evidence.timing import known_seconds

KEY = "reglab.claim"  # where an output's metadata holds a claim's record, or a list of them


class ClaimError(AssertionError):
    """A claim that does not hold; its `claim` attribute is what was measured."""

    def __init__(self, claim: "Claim"):
        super().__init__(display.complaint(claim))
        self.claim = claim


@dataclass(frozen=True)
class Claim:
    """What was measured for one sentence; effect, low, high and differences are in `unit`."""

    sentence: str
    verdict: str  # holds, fails or undecided
    effect: float
    low: float
    high: float
    where: Region
    unit: str
    differences: tuple[float, ...]  # one per seed; the values themselves without a baseline
    paired: bool
    seeds: tuple[int, ...] | None = None
    run_seconds: float | None = None
    bounds: tuple[float, float] | None = None  # of the differences, where all of them are equal
    is_trial: bool = False

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.differences)

    @property
    def anchor(self) -> str:
        """The id of this claim on its page; it follows from the sentence alone."""
        words = re.findall(r"[a-z0-9]+", self.sentence.lower())[:6]
        return "-".join(["claim", *words, hashlib.sha256(self.sentence.encode()).hexdigest()[:6]])

    def record(self) -> dict[str, Any]:
        """Return everything as JSON values; None stands for an edge that is not there."""
        edges = [None if math.isinf(edge) else edge for edge in (self.where.low, self.where.high)]
        return {
            "version": 1,
            "sentence": self.sentence,
            "anchor": self.anchor,
            "verdict": self.verdict,
            "effect": _rounded(self.effect),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "unit": self.unit,
            "threshold": f"{self.where.words()} {self.unit}",
            "edges": edges,
            "n": self.n,
            "paired": self.paired,
            "seeds": None if self.seeds is None else list(self.seeds),
            "differences": [_rounded(value) for value in self.differences],
            "run_seconds": self.run_seconds,
            "bounds": None if self.bounds is None else list(self.bounds),
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Claim":
        """Return the claim that `record` was made from: the inverse of `record`, as rounded."""
        low, high = record["edges"]
        bounds = record.get("bounds")
        return cls(
            bounds=None if bounds is None else tuple(bounds),
            where=Region(-math.inf if low is None else low, math.inf if high is None else high),
            differences=tuple(record["differences"]),
            seeds=None if record["seeds"] is None else tuple(record["seeds"]),
            **{name: record[name] for name in ("sentence", "verdict", "effect", "low", "high")},
            **{name: record[name] for name in ("unit", "paired", "run_seconds")},
        )

    def __repr__(self) -> str:
        return display.text(self)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Text and HTML with every measured number behind a "≈"; the record as output metadata.

        nbval compares the first two, with "≈ 4.8" sanitized, and never looks at the metadata.
        """
        shown = {"text/plain": display.text(self), "text/html": display.html([self])}
        return shown, {} if self.is_trial else {KEY: self.record()}


def claim(
    sentence: str,
    treated: Any,
    baseline: Any = None,
    *,
    more_than: float | None = None,
    less_than: float | None = None,
    within: tuple[float, float] | None = None,
    unit: str = "percentage points",
    scale: float | None = None,
    bounds: tuple[float, float] | None = None,
    seeds: Any = None,
    run_seconds: float | None = None,
) -> Claim:
    """Claim that the mean of treated - baseline lies in a region; raise unless the seeds show it.

    It holds if the whole 95 % paired t interval lies inside the region. Fix the region before the
    run, on other seeds than these. End a cell with the call: the output is what the ledger reads.
    Means over anything but seeds that you take before need `skipna=False`: xarray leaves NaN out.

    Args:
        sentence: one plain sentence, as the ledger will list it.
        treated, baseline: (S,) values, one per seed, in the same order of seeds; DataArrays along
            "seed" are matched by label. Without a baseline, the mean of treated itself is claimed.
        more_than, less_than, within: one of the three, in `unit`; more_than=0 when none is given,
            which takes a baseline. within=(lo, hi) is for equivalence, such as "it does not help".
        unit: "percentage points" and "percent" take fractions and show them times 100; any other
            unit shows the values as they are.
        scale: what a value is multiplied by to be in `unit`, where that rule does not fit.
        bounds: what a value (with a baseline, a difference) can be, such as (0, 1) for a share. It
            is used, and needed, where all are equal and the t interval has no width: the interval
            is then that of `bounded_interval`. It also says how far an edge may lie from 0.
        seeds: the seeds' numbers, for the record; read from a DataArray's labels when there.
        run_seconds: what it took to measure, for the record; read from the arms' attrs when there.
    Raises: ClaimError if the verdict is not "holds". ValueError for fewer than 10 seeds, repeated
        seeds, values that are not finite or not one per seed, a masked array, units or a scale that
        do not fit, edges over 1000 times as large as all values and bounds, equal values without
        bounds, and neither a baseline nor a region.
    """
    where = region(more_than, less_than, within)
    if baseline is None and more_than is less_than is within is None:
        raise ValueError(
            "a claim needs a baseline, or a region: that a mean is above 0 says little"
        )
    arms = pair_up(treated, baseline, seeds)
    factor = unit_scale(unit, scale)
    limits = None if bounds is None else (factor * bounds[0], factor * bounds[1])
    values = [value for arm in arms for value in arm.values.tolist()]
    if scale is None and unit in SCALES:
        check_fractions(values, where, unit)
    else:
        check_near([*(factor * value for value in values), *(limits or ())], where, unit)
    apart = factor * (arms[0] if baseline is None else differences(*arms))
    effect, low, high = map(float, mean_interval(apart, limits))
    found = Claim(
        sentence=_one_line(sentence),
        verdict=where.verdict(low, high),
        effect=effect,
        low=low,
        high=high,
        where=where,
        unit=unit,
        differences=tuple(apart.values.tolist()),
        paired=baseline is not None,
        seeds=known_seeds(arms),
        run_seconds=_seconds(run_seconds, treated, baseline),
        bounds=limits if is_constant(apart.values) else None,
    )
    if found.verdict != "holds":
        raise ClaimError(found)
    return found


def trial(sentence: str, treated: Any, baseline: Any = None, **settings: Any) -> Claim:
    """Return what `claim` would find, whatever the verdict: for pilot seeds, never in the ledger.

    Args and errors are those of `claim`, except ClaimError.
    """
    try:
        found = claim(sentence, treated, baseline, **settings)
    except ClaimError as error:
        found = error.claim
    return replace(found, is_trial=True)


def _one_line(sentence: str) -> str:
    if not isinstance(sentence, str) or not sentence.strip() or "\n" in sentence.strip():
        raise ValueError(f"a claim is one sentence on one line; got {sentence!r}")
    return sentence.strip()


def _seconds(given: float | None, *arms: Any) -> float | None:
    """Two significant digits: a second run should change as little as possible."""
    value = known_seconds(*arms) if given is None else given
    if value is None:
        return None
    return float(f"{check_nonnegative('run_seconds', value):.2g}")


def _rounded(value: float) -> float:
    """Six significant digits: enough to redraw, few enough for a readable diff."""
    return float(f"{value:.6g}")
