"""js/marks.js, run in V8: shades, cells, bars, and the cell under a point."""

import json
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from py_mini_racer import MiniRacer

from reglab.figures.book_figure import JS


@pytest.fixture(scope="module")
def marks():
    """Return f(source): the value of an expression with the functions of marks.js."""
    v8 = MiniRacer()
    source = (JS / "marks.js").read_text(encoding="utf-8")
    v8.eval(re.sub(r"^import .*$", "", source, flags=re.M).replace("export function", "function"))
    yield lambda source: json.loads(v8.eval(f"JSON.stringify({source})"))
    v8.close()  # an open one would keep Python from ending after a failure


def boxes(path):
    """The corners (left, y, right, other y) of each rectangle of a path."""
    return [[float(v) for v in re.findall(r"-?[\d.]+", one)[:4]] for one in path.split("Z")[:-1]]


SCALE = "{low: 0, high: 10, center: null}"
PART = "{low: 0, high: 10, center: 2}"


@pytest.mark.parametrize(
    ("value", "colors", "want"),
    [
        *[(0, SCALE, 0), (5, SCALE, 0.5), (10, SCALE, 1), (-3, SCALE, 0), (30, SCALE, 1)],
        *[(2, PART, 0), (10, PART, 1), (0, PART, -0.25), (6, PART, 0.5), (-99, PART, -1)],
        (99, PART, 1),
    ],
)  # fmt: skip
def test_shades(marks, value, colors, want):
    assert marks(f"shade({value}, {colors})") == want


def test_each_cell_lies_in_the_path_of_its_shade(marks):
    values = "[0, 10, 5, 10, NaN, 0]"  # 2 rows, 3 columns
    paths = dict(marks(f"[...cellPaths({values}, [0, 10, 20, 30], [0, 5, 9], {SCALE})]"))
    assert sorted(paths) == [0, 16, 32]
    assert boxes(paths[0]) == [[0, 0, 10, 5], [20, 5, 30, 9]]
    assert boxes(paths[32]) == [[10, 0, 20, 5], [0, 5, 10, 9]]
    assert boxes(paths[16]) == [[20, 0, 30, 5]]


def test_values_below_a_center_have_negative_shades(marks):
    paths = dict(marks(f"[...cellPaths([-99, 2, 10, 0], [0, 1, 2], [0, 1, 2], {PART})]"))
    assert sorted(paths) == [-32, -8, 0, 32]


def test_shades_differ_in_color_on_both_sides_of_the_center_and_in_strength(marks):
    below, center, weak, above = (marks(f"shadeStyle({step})") for step in (-32, 0, 16, 32))
    assert below["fill"] != above["fill"] == weak["fill"]
    assert [one["fill-opacity"] for one in (below, center, weak, above)] == [
        "1.000", "0.000", "0.500", "1.000",
    ]  # fmt: skip


def test_the_interval_around_a_place_rising_and_falling(marks):
    find = [marks(f"findInterval([0, 10, 20], {at})") for at in (-1, 5, 15, 21)]
    assert find == [-1, 0, 1, -1]
    assert [marks(f"findInterval([20, 10, 0], {at})") for at in (25, 15, 5)] == [-1, 0, 1]


def test_bars_of_two_series_stand_beside_each_other(marks):
    first, second = (
        np.array(boxes(marks(f"barPath([50, 150, 350], [10, 20, NaN], 100, {k}, 2)")))
        for k in (0, 1)
    )
    assert first.shape == second.shape == (2, 4)  # what is not a number has no bar
    assert_allclose(first[:, 1], 100)
    assert_allclose(first[:, 3], [10, 20])
    assert_allclose((first[:, 0] + second[:, 2]) / 2, [50, 150], atol=0.1)
    assert (first[:, 2] < second[:, 0]).all() and (first[1, 0] > second[0, 2] + 10)
    assert_allclose(first[:, 2] - first[:, 0], 0.4 * 0.92 * 100, atol=0.1)
