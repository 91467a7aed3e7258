"""js/scale.js, run in V8: scales, ticks, paths. Its written numbers: test_formats.py; its
`spread`: test_labels.py; its reading of blocks: test_grid.py."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

ENDS = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))


def test_linear_and_log_scales_meet_both_ends(js):
    assert js.eval("[0, 5, 10].map(makeScale([0, 10], [100, 200], false))") == [100, 150, 200]
    assert js.eval("[1, 10, 100].map(makeScale([1, 100], [300, 100], true))") == [300, 200, 100]


@pytest.mark.parametrize("value", ["0", "-1", "NaN"])
def test_a_log_scale_has_no_place_for_what_is_not_positive(js, value):
    assert js.eval(f"makeScale([1, 100], [0, 1], true)({value})") is None


def test_linear_ticks_are_round_even_and_inside(js):
    @given(ENDS, st.integers(2, 9))
    def check(ends, count):
        low, high = ends[0], ends[0] + ends[1]
        ticks = [tick["value"] for tick in js("linearTicks", [low, high], count)]
        steps = [b - a for a, b in itertools.pairwise(ticks)]
        slack = 1e-6 * ends[1]
        assert all(low - slack <= t <= high + slack for t in ticks)
        assert all(math.isclose(s, steps[0], rel_tol=1e-3) for s in steps)
        assert 1 <= len(ticks) <= count + 1
        if steps:
            leading = f"{steps[0]:.2e}"[:4]
            assert leading in ("1.00", "2.00", "5.00"), steps[0]

    check()


@pytest.mark.parametrize(
    ("limits", "count", "labels"),
    [
        ([0, 1], 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([-2.5, 2.5], 5, ["−2", "−1", "0", "1", "2"]),
        ([0, 20_000], 4, ["0", "5000", "10,000", "15,000", "20,000"]),
        ([0, 4e6], 4, ["0", "1 × 10⁶", "2 × 10⁶", "3 × 10⁶", "4 × 10⁶"]),
        ([0, 2e-5], 2, ["0", "1 × 10⁻⁵", "2 × 10⁻⁵"]),
        ([-0.3, 0.3], 6, ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]),
    ],
)
def test_linear_tick_labels(js, limits, count, labels):
    assert [tick["label"] for tick in js("linearTicks", limits, count)] == labels


@pytest.mark.parametrize(
    ("limits", "count", "labels"),
    [
        ([1, 1000], 6, ["1", "10", "100", "1000"]),
        ([1e-6, 1], 8, ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]),
        ([1e-8, 1], 4, ["10⁻⁸", "10⁻⁵", "0.01"]),
        ([1, 2048], 2, ["1", "10", "100", "1000"]),  # rather than all of 1, 2, 5, 10, 20 ...
        ([1e-8, 1], 2, ["10⁻⁸", "10⁻⁴", "1"]),
        ([1, 60], 5, ["1", "2", "5", "10", "20", "50"]),
        ([0.21, 0.29], 4, ["0.22", "0.24", "0.26", "0.28"]),
    ],
)
def test_log_tick_labels(js, limits, count, labels):
    assert [tick["label"] for tick in js("logTicks", limits, count)] == labels


def test_a_line_breaks_at_what_is_no_number(js):
    nan, inf = math.nan, math.inf
    assert js("linePath", [0, 1, 2, 3, 4], [0, 1, nan, 3, 4]) == "M0.0,0.0L1.0,1.0M3.0,3.0L4.0,4.0"
    assert js("linePath", [0, 1, 2], [inf, 1, 2]) == "M1.0,1.0L2.0,2.0"
    assert js("linePath", [nan, 1, 2], [0, 1, 2]) == "M1.0,1.0L2.0,2.0"
    assert js("linePath", [0, 1], [nan, nan]) == ""


def test_a_diverging_line_stays_drawable(js):
    assert js("linePath", [0, 1], [1e30, -1e30]) == "M0.0,10000.0L1.0,-10000.0"


def test_parts_of_a_curve_that_end_where_they_began_are_closed(js):
    xs, ys = [0, 1, 1, 0, math.nan, 5, 6, 5], [0, 0, 1, 0, math.nan, 5, 5, 4]
    ring = "M0.0,0.0L1.0,0.0L1.0,1.0L0.0,0.0Z"
    assert js("curvePath", xs, ys) == f"{ring}M5.0,5.0L6.0,5.0L5.0,4.0"
    assert js("curvePath", [0, 1, 0], [0, 1, 0]) == "M0.0,0.0L1.0,1.0L0.0,0.0Z"
    assert js("curvePath", [0, 0], [0, 0]) == "M0.0,0.0L0.0,0.0"  # a point, not a ring
    assert js("curvePath", [math.nan], [0]) == ""


def test_a_band_is_one_closed_piece_per_run(js):
    low, high = [0, 0, math.nan, 0, 0], [1, 1, 1, 1, 1]
    path = js("bandPath", [0, 1, 2, 3, 4], low, high)
    left = "M0.0,1.0L1.0,1.0L1.0,0.0L0.0,0.0Z"
    right = "M3.0,1.0L4.0,1.0L4.0,0.0L3.0,0.0Z"
    assert path == left + right
