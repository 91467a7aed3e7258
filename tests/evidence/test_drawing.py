"""The drawing: geometry agrees with the record, inside the frame, label, no color of its own."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.evidence import claim, draw, trial
from reglab.evidence.drawing import HEIGHT, WIDTH


def shapes(record, tag):
    return list(ElementTree.fromstring(draw(record)).iter(tag))


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def test_dots_interval_and_edge_share_one_scale(honest):
    record = honest.record()
    x = [numbers(dot, "cx")[0] for dot in shapes(record, "circle")]
    slope, offset = np.polyfit(record["differences"], x, 1)
    assert slope > 0
    assert_allclose(slope * np.array(record["differences"]) + offset, x, atol=0.06)
    _, edge, bar, mean = shapes(record, "line")
    for line, ends in ((edge, [2, 2]), (bar, [record["low"], record["high"]]),
                       (mean, [record["effect"]] * 2)):  # fmt: skip
        assert_allclose(numbers(line, "x1", "x2"), slope * np.array(ends) + offset, atol=0.11)


@pytest.mark.parametrize("region", [{"more_than": 2}, {"less_than": 9}, {"within": (2, 9)}])
def test_the_tint_covers_the_claimed_side_and_all_stays_in_the_frame(arms, region):
    record = claim("s", *arms, **region).record()
    (tint,) = shapes(record, "rect")
    left, width = numbers(tint, "x", "width")
    low, high = numbers(shapes(record, "line")[-2], "x1", "x2")
    assert left < low < high < left + width
    for element in [*shapes(record, "line"), *shapes(record, "circle"), tint]:
        for name, value in element.attrib.items():
            if name in ("x1", "x2", "cx", "x"):
                assert 0 <= float(value) <= WIDTH
            if name in ("y1", "y2", "cy", "y"):
                assert 0 <= float(value) <= HEIGHT
    assert [t.text for t in shapes(record, "text")] == [
        f"{edge:g}" for edge in record["edges"] if edge is not None
    ]


def test_label_and_colors(honest):
    svg = draw(honest.record())
    label = ElementTree.fromstring(svg).get("aria-label")
    assert label.startswith("12 seeds, mean ") and label.endswith("more than 2 percentage points")
    assert not re.search(r"#[0-9a-f]{3}|rgb|id=|<style", svg) and 'role="img"' in svg


def test_equal_values_are_drawn_too():
    assert "nan" not in draw(trial("s", np.zeros(10)).record())
