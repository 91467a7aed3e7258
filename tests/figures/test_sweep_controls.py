"""Presets, the small chart, and the height that a Sweep takes."""

import numpy as np
import pytest

from reglab.figures.grid import Grid
from reglab.figures.sweep_controls import find_readout, height, is_linked, pack_axes, pack_presets


def state(**changes):
    parts = {
        "knobs": [{"name": "degree", "labels": ["1", "3", "5"]}],
        "panels": [{"equal": False}],
        "readouts": [{"name": "error"}],
        "presets": [],
        "linked": 0,
    }
    return parts | changes


def knob(*labels):
    return [{"name": "k", "labels": list(labels)}]


def test_presets_are_packed_by_their_position():
    packed = pack_presets({" Take more. ": {"a": 1}}, lambda at: [at["a"], 7])
    assert packed == [{"name": "Take more.", "index": [1, 7]}]


@pytest.mark.parametrize("sentence", ["Take more", "More.", "", "  "])
def test_a_preset_is_a_sentence(sentence):
    with pytest.raises(ValueError, match="a preset is a whole sentence, such as"):
        pack_presets({sentence: {"a": 1}}, list)


@pytest.mark.parametrize("sentence", ["Does it help?", "Take more.", "Now look!"])
def test_a_sentence_may_ask_and_call(sentence):
    assert pack_presets({sentence: {"a": 1}}, list)[0]["name"] == sentence


@pytest.mark.parametrize(
    ("changes", "linked"),
    [
        ({}, True),
        ({"linked": -1}, False),
        ({"readouts": []}, False),
        ({"knobs": knob("1", "2")}, False),
        ({"knobs": knob("none", "L1", "L2")}, False),
        ({"knobs": knob("0", "1 × 10⁻⁵", "−0.1")}, True),
        ({"knobs": knob("none", "L1", "L2") + knob("1", "2", "10,000")}, True),
    ],
)
def test_a_small_chart_needs_a_knob_of_three_numbers(changes, linked):
    assert is_linked(state(**changes)) == linked


def test_a_state_of_before_has_a_small_chart():
    old = state()
    del old["linked"], old["presets"]
    assert is_linked(old)
    assert height(old) == height(state())


def test_the_first_readout_of_the_small_chart():
    numbers = dict.fromkeys(["bias", "variance"], 0)
    assert [find_readout(one, numbers) for one in (False, True, "variance")] == [-1, 0, 1]


GRID = Grid({"a": [1, 2], "word": ["p", "q"], "b": np.array([0.5, 0.25]), "on": [False, True]})


def test_knobs_of_numbers_move_along_the_axes():
    a, b = {"knob": 0, "at": [1, 2]}, {"knob": 2, "at": [0.5, 0.25]}
    assert pack_axes(GRID, ("b", None)) == [b, None]
    assert pack_axes(GRID, (None, "a")) == [None, a]
    assert pack_axes(GRID, ("a", "b")) == [a, b]
    assert pack_axes(GRID, None) is None


@pytest.mark.parametrize(
    "controls",
    [("word", None), ("on", None), ("c", "a"), (None, None), ("a", "a"), ("a",), "a", ()],
)
def test_other_knobs_cannot_move_along_an_axis(controls):
    with pytest.raises(ValueError, match=r"controls must be .* the knobs of numbers are a, b; got"):
        pack_axes(GRID, controls)


TWO = [{"equal": False}] * 2
SIX = [{"name": name} for name in "abcdef"]
HEIGHTS = [
    ({"presets": [{"name": "Take more."}] * 9}, {}),
    ({"knobs": [{"name": "k", "labels": ["12", "a long name of it", "3"]}] * 3}, {}),
    ({"readouts": SIX}, {}),
    ({"readouts": [{"name": "one: a"}, {"name": "one: b"}]}, {"readouts": SIX[:2]}),
    ({"panels": TWO}, {"panels": TWO, "linked": -1}),
    ({"panels": TWO, "stacked": True}, {"panels": TWO}),
    ({"linked": -1}, {}),  # a single chart is wider, hence higher
    ({"linked": -1, "panels": [{"equal": True}]}, {"linked": -1}),
    ({"panels": [{"equal": True}]}, {}),
]


@pytest.mark.parametrize(("more", "less"), HEIGHTS)
def test_the_height_grows_with_what_is_shown(more, less):
    assert height(state(**more)) > height(state(**less)) > 300


def test_no_number_is_taken_from_the_data():
    assert height(state(data=np.zeros(3))) == height(state())
