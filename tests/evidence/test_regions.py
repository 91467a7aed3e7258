"""Regions: verdicts on a grid, edges, words, units that cannot be mistaken."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglab.evidence.regions import (
    SCALES,
    Region,
    check_fractions,
    check_near,
    region,
    unit_scale,
)

EDGE = st.integers(-4, 4)


@given(a=EDGE, b=EDGE, low=EDGE, high=EDGE)
def test_verdict_is_set_inclusion(a, b, low, high):
    if not (a < b and low < high):
        return
    points = np.arange(low, high + 0.01, 0.25)
    inside = (points > a) & (points < b)
    want = "holds" if inside.all() else "undecided" if inside.any() else "fails"
    assert Region(a, b).verdict(low, high) == want


@pytest.mark.parametrize(
    ("where", "low", "high", "verdict"),
    [
        (Region(low=2), 2.1, 3, "holds"),
        (Region(low=2), 2.0, 3, "undecided"),
        (Region(low=2), 1.0, 2.0, "fails"),
        (Region(low=2), 2.0, 2.0, "fails"),
        (Region(high=2), 1.0, 1.9, "holds"),
        (Region(high=2), 1.0, 2.0, "undecided"),
        (Region(high=2), 2.0, 3.0, "fails"),
        (Region(-1, 1), -0.9, 0.9, "holds"),
        (Region(-1, 1), -1.0, 0.9, "undecided"),
        (Region(-1, 1), -2.0, 2.0, "undecided"),
        (Region(-1, 1), -2.0, -1.0, "fails"),
        (Region(-1, 1), 1.0, 2.0, "fails"),
    ],
)
def test_verdicts_at_the_edges(where, low, high, verdict):
    assert where.verdict(low, high) == verdict


def test_region_and_its_words():
    assert region(None, None, None) == Region(low=0) and region(2, None, None) == Region(2)
    assert region(None, -1.5, None) == Region(high=-1.5)
    assert region(None, None, (-1, 1)) == Region(-1, 1)
    assert Region(0.0).words() == "more than 0"
    assert Region(high=-1.5).words() == "less than −1.5"
    assert Region(-1, 1).words() == "between −1 and 1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((1, 2, None), "one region; got more_than and less_than. Make two claims"),
        ((0, None, (1, 2)), "one region; got more_than and within"),
        ((True, None, None), "more_than must be a finite number; got True"),
        ((math.inf, None, None), "more_than must be a finite number; got inf"),
        ((None, math.nan, None), "less_than must be a finite number; got nan"),
        ((None, None, (1, 1)), r"lo < hi; got \(1, 1\)"),
        ((None, None, (1, -1)), r"lo < hi; got \(1, -1\)"),
        ((None, None, 3), r"a pair \(lo, hi\); got 3"),
        ((None, None, (1, "a")), "within must be a finite number; got 'a'"),
    ],
)
def test_bad_regions(given, message):
    with pytest.raises(ValueError, match=message):
        region(*given)


def test_scale_follows_from_the_unit_unless_given():
    assert unit_scale("percentage points", None) == unit_scale("percent", None) == 100
    assert unit_scale("nats", None) == 1 and unit_scale("seconds", 1e3) == 1000
    assert unit_scale("percentage points", 1) == 1


@pytest.mark.parametrize(
    "unit", ["%", "% points", "Percent", "percentage point", "pp", "points", "pct"]
)
def test_units_that_mean_percent_but_are_spelled_otherwise(unit):
    with pytest.raises(ValueError, match=f"'percentage points' or 'percent'; got '{unit}'"):
        unit_scale(unit, None)
    assert unit_scale(unit, 100) == 100


@pytest.mark.parametrize("scale", [0, -1, math.nan, math.inf, True, "2"])
def test_bad_scales(scale):
    with pytest.raises(ValueError, match=f"scale must be a finite number > 0; got {scale!r}"):
        unit_scale("nats", scale)


@pytest.mark.parametrize("unit", SCALES)
def test_a_scale_of_percent_is_1_or_100(unit):
    assert unit_scale(unit, 1) == 1 and unit_scale(unit, 100) == 100
    with pytest.raises(ValueError, match=f"scale for {unit} is 100, .*or 1, .*; got 1000000.0"):
        unit_scale(unit, 1e6)


def test_edges_far_from_all_values():
    check_near([0.1, -0.3], Region(-299, 299), "nats")
    check_near([0.0, 0.0], Region(low=5), "nats")  # no size to compare with
    check_near([math.nan, 1.0], Region(low=500), "nats")  # not a matter of units
    for where in (Region(low=-1e300), Region(-1e9, 1e9), Region(-0.1, 301)):
        with pytest.raises(ValueError, match="more than 1000 times .* 0.3 nats.*bounds="):
            check_near([0.1, -0.3], where, "nats")


@pytest.mark.parametrize("unit", ["", "  ", None, 3])
def test_bad_units(unit):
    with pytest.raises(ValueError, match="unit must be words"):
        unit_scale(unit, None)


def test_values_and_edges_in_the_wrong_one_of_fraction_and_percent():
    check_fractions([-1.0, 0.3, 1.0], Region(low=0), "percent")
    check_fractions([0.3], Region(-0.1, 0.1), "percent")
    check_fractions([math.inf], Region(low=0), "percent")  # not a matter of units
    for value in (1.01, -4.8):
        with pytest.raises(ValueError, match=f"fractions when the unit is percent.*got {value}"):
            check_fractions([0.1, value], Region(low=0), "percent")
    for where in (Region(low=0.02), Region(-0.02, 3), Region(high=0.02)):
        with pytest.raises(ValueError, match=r"write 2 for 0.02; got -?0.02. Write -?2, or pass"):
            check_fractions([0.3], where, "percent")


def test_the_margin_is_the_distance_to_the_nearest_edge():
    assert Region(low=10).margin(11, 16) == 1
    assert Region(high=10).margin(3, 8) == 2
    assert Region(-5, 6).margin(-4, 1) == 1 and Region(-5, 6).margin(-2, 5.5) == 0.5
    assert Region(low=10).margin(8, 16) == -2


@pytest.mark.parametrize(
    ("where", "low", "high", "narrow"),
    [
        (Region(low=10), 11.9, 20, True),
        (Region(low=10), 12.1, 20, False),
        (Region(low=-10), -8.1, 20, True),
        (Region(high=10), 0, 8.1, True),
        (Region(high=10), 0, 7.9, False),
        (Region(low=0), 1, 10, True),  # the effect is 5.5: a fifth of it is 1.1
        (Region(low=0), 1, 8, False),
        (Region(high=0), -10, -1, True),
        (Region(88, 92), 88.3, 90, True),  # half the width is 2
        (Region(88, 92), 88.5, 91.5, False),
        (Region(88, 92), 90, 91.7, True),
    ],
)
def test_a_margin_is_narrow_below_a_fifth_of_the_threshold(where, low, high, narrow):
    assert where.is_narrow(low, high) is narrow


def test_a_margin_is_compared_with_the_threshold():
    assert Region(low=-10).margin_share(-8, 1) == 0.2
    assert Region(high=10).margin_share(0, 5) == 0.5
    assert Region(low=0).margin_share(1, 3) == 0.5
    assert Region(2, 6).margin_share(3, 5) == 0.5
    assert Region(low=0).margin_share(-1, 1) == -1  # no size to compare with


def test_words_have_a_true_minus():
    assert Region(low=-2).words() == "more than −2"
