"""Bad calls of the figures: name -> (call, what the message must say)."""

import numpy as np

from reglab.figures import Quiz, Sweep

LINE = np.arange(6.0).reshape(2, 3)
INFINITE = np.where(LINE == 4, np.inf, LINE)
CHOICES = [
    {"text": "One.", "correct": True, "why": "It is."},
    {"text": "One.", "correct": False, "why": "It is not."},
]


def sweep(**parts):
    start = dict(title="A title", alt="What it shows.", knobs={"k": [1, 2]}, x=[0, 1, 2])
    return lambda: Sweep(**start | {"lines": {"line": LINE}, "readouts": {"sum": 1.0}} | parts)


def updated(**parts):
    return lambda: sweep()().update(**parts)


def moved(index):
    return lambda: setattr(sweep()(), "index", index)


FIGURES = {
    "knobs a list": (sweep(knobs=[1, 2]), "knobs must be a dict.* got list"),
    "a knob a number": (sweep(knobs={"k": 5}), r"knob 'k' must be a list or a range; got 5"),
    "a knob's value twice": (sweep(knobs={"k": [1, 1]}), r"knob 'k' names a value twice: \[1, 1\]"),
    "a knob NaN": (sweep(knobs={"k": [1, np.nan]}), "knob 'k' must hold finite numbers or texts"),
    "a line of texts": (sweep(lines={"line": "abc"}), "'line' must be real numbers; got .*U"),
    "a line of complex numbers": (
        sweep(lines={"line": LINE + 1j}),
        "'line' must be real .*complex",
    ),
    "a line infinite": (sweep(lines={"line": INFINITE}), "'line' .*infinite"),
    "a line too large": (sweep(lines={"line": LINE * 1e300}), "'line' .*3.4e.38"),
    "lines a list": (sweep(lines=[LINE]), "lines must be a dict.* got list"),
    "lines without names": (sweep(lines={1: LINE}), "lines must have texts as names; got 1"),
    "xlim a number": (sweep(xlim=5), r"xlim must be \(low, high\).*got 5"),
    "no title": (sweep(title=""), "title must say what the figure shows; got an empty"),
    "a band upside down": (
        sweep(bands={"line": (LINE + 1, LINE)}),
        "band of 'line' needs low <= high",
    ),
    "reference a text": (sweep(lines={"l": LINE}, reference="l"), "reference must be a list.*'l'"),
    "no readouts": (sweep(readouts=None), "a sweep needs readouts, the numbers"),
    "readouts a list": (sweep(readouts=[1.0]), "readouts must be a dict.* got list"),
    "presets a list": (sweep(presets=["Try."]), "presets must be a dict.* got list"),
    "a preset of no knob": (
        sweep(presets={"Try it.": {"j": 1}}),
        "preset 'Try it.': no knob 'j'; the knobs are k",
    ),
    "a preset off the grid": (
        sweep(presets={"Try it.": {"k": 9}}),
        r"preset 'Try it.': knob 'k' has no value 9; it has \[1, 2\]",
    ),
    "a preset of one word": (
        sweep(presets={"Noise": {"k": 1}}),
        "a preset is a whole sentence, .*; got 'Noise'",
    ),
    "a preset that moves nothing": (
        sweep(presets={"Try it.": {}}),
        "preset 'Try it.' must be a dict of knob -> value",
    ),
    "four presets": (
        sweep(presets={f"Try {i}.": {"k": 1} for i in "abcd"}),
        "at most 3 presets; got 4",
    ),
    "linked to no readout": (
        sweep(linked="mean"),
        r"linked must be True, False or a readout \(sum\); got 'mean'",
    ),
    "update of a part unknown": (updated(foo=3), "a chart has no foo"),
    "index a fraction": (moved([0.5]), r"index must hold one position per knob.* got \[0.5\]"),
    "choices twice": (
        lambda: Quiz([{"question": "Which?", "choices": CHOICES}]),
        "question 1 .*'One.' twice",
    ),
}
