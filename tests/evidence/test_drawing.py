"""The drawing: places agree with the numbers, all on one axis, in the text's own color."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.evidence import claim, trial
from reglab.evidence.drawing import Axis, axis_of, draw_axis, draw_row

WHOLE = Axis(0.0, 200.0, (0.0, 100.0, 200.0))


def shapes(svg, tag):
    return list(ElementTree.fromstring(svg).iter(tag))


def places(element, *names):
    return [float(element.get(name).rstrip("%")) for name in names]


def split(claim, axis):
    """Return the lines of a row by kind: the seeds, the bar, its two caps, ticks, edges."""
    lines = shapes(draw_row(claim, axis), "line")
    n, ticks = claim.n, len(axis.ticks)
    edges = len(lines) - n - 3 - ticks
    return [[lines.pop(0) for _ in range(count)] for count in (ticks, edges, n, 1, 2)]


def test_an_axis_turns_values_into_percent_and_ends_at_its_ends():
    assert [WHOLE.x(value) for value in (0, 50, 200)] == ["0.00%", "25.00%", "100.00%"]
    assert (WHOLE.x(-1), WHOLE.x(999)) == ("0.00%", "100.00%")


def test_an_axis_holds_seeds_intervals_edges_and_zero_with_a_margin(honest):
    axis = axis_of([honest])
    assert axis.low < 0 and axis.high > max(honest.differences)
    wide = trial("s", np.zeros(10), within=(-7, 9), unit="nats", bounds=(0, 0))
    assert_allclose([axis_of([wide]).low, axis_of([wide]).high], [-7.8, 9.8])
    high = axis_of([trial("s", np.full(10, 30.0) + np.arange(10), unit="nats", more_than=29)])
    assert 28 < high.low < 29 and 39 < high.high < 40  # a mean need not be compared with 0


def test_an_axis_is_shared(honest):
    far = trial("s", np.full(10, -0.5), np.arange(10) / 100)
    axis = axis_of([honest, far])
    assert axis.low < min(far.differences) and axis.high > max(honest.differences)


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_equal_values_have_an_axis_too(value):
    axis = axis_of(
        [trial("s", np.full(10, value), unit="nats", more_than=value, bounds=(value,) * 2)]
    )
    assert axis.low < value < axis.high and len(axis.ticks) > 2
    assert axis.high - axis.low > 0.05 * (abs(value) or 1)


@pytest.mark.parametrize("scale", [1e-4, 0.03, 1, 7, 1e5])
def test_ticks_are_few_round_and_inside(scale):
    axis = axis_of([trial("s", scale * np.linspace(0.1, 1, 10), unit="nats", more_than=0)])
    assert 3 <= len(axis.ticks) <= 7
    assert axis.low <= axis.ticks[0] and axis.ticks[-1] <= axis.high
    steps = np.diff(axis.ticks)
    assert_allclose(steps, steps[0])
    assert f"{steps[0]:.0e}"[0] in "125"


def test_each_part_of_a_row_stands_at_its_number(honest):
    axis = axis_of([honest])
    _, edges, seeds, (bar,), caps = split(honest, axis)

    def at(values):
        return [float(axis.x(value)[:-1]) for value in values]

    assert [places(line, "x1", "x2") for line in seeds] == [[x, x] for x in at(honest.differences)]
    assert places(bar, "x1", "x2") == at([honest.low, honest.high])
    assert [places(cap, "x1")[0] for cap in caps] == at([honest.low, honest.high])
    assert [places(edge, "x1")[0] for edge in edges] == at([2])
    mean = shapes(draw_row(honest, axis), "svg")[-1]
    assert places(mean, "x") == at([honest.effect])


@pytest.mark.parametrize(
    ("region", "ends"),
    [
        ({"more_than": 50}, (25, 100)),
        ({"less_than": 150}, (0, 75)),
        ({"within": (50, 150)}, (25, 75)),
    ],
)
def test_the_tint_covers_the_claimed_region(region, ends):
    row = trial("s", np.linspace(60, 140, 10), unit="nats", **region)
    (tint,) = shapes(draw_row(row, WHOLE), "rect")
    left, width = places(tint, "x", "width")
    assert (left, left + width) == ends
    edges = [places(line, "x1")[0] for line in split(row, WHOLE)[1]]
    assert edges == [end for end in ends if 0 < end < 100]


def test_zero_stands_out_among_the_ticks():
    row = trial("s", np.linspace(60, 140, 10), unit="nats", more_than=0)
    zero, *others = split(row, WHOLE)[0]
    opacity = [float(line.get("stroke-opacity")) for line in (zero, *others)]
    assert opacity[0] > 0.5 and max(opacity[1:]) < 0.2


def test_a_narrow_margin_has_a_shape_and_a_color_of_its_own(honest):
    axis = axis_of([honest])
    dot, diamond = (shapes(draw_row(honest, axis, narrow), "path")[0] for narrow in (False, True))
    assert "a" in dot.get("d") and "a" not in diamond.get("d")
    assert dot.get("fill") == "currentColor" and "amber" in diamond.get("fill")


def test_an_axis_is_written_with_a_true_minus():
    texts = shapes(draw_axis(Axis(-5, 5, (-2.5, 0.0, 2.5))), "text")
    assert [text.text for text in texts] == ["−2.5", "0", "2.5"]
    assert [text.get("x") for text in texts] == ["25.00%", "50.00%", "75.00%"]


def test_pictures_are_hidden_from_screen_readers_and_have_no_color_of_their_own(honest):
    axis = axis_of([honest])
    for svg in (draw_row(honest, axis), draw_axis(axis)):
        assert ElementTree.fromstring(svg).get("aria-hidden") == "true"
        assert not re.search(r"#[0-9a-f]{3}|rgb|id=|<style|nan|<span", svg)


def test_a_bound_below_zero_is_drawn(arms):
    row = claim("s", *arms[::-1], less_than=-1)
    assert len(split(row, axis_of([row]))[1]) == 1
