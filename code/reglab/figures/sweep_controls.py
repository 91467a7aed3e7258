"""What moves a Sweep beside its knobs, and the height that all of it takes.

Presets are packed as [{"name": a sentence, "index": the position of every knob}]. The small chart
shows a readout against a knob: js/linked.js draws it, from numbers that the figure holds anyway.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reglab.figures.formats import read_number
from reglab.figures.grid import Grid, check_names

MOST_PRESETS = 3
MOST_BUTTONS = 4  # of a knob: see js/knobs.js
FEWEST_POINTS = 3  # values of a knob against which a readout is drawn: see js/linked.js


def pack_presets(
    presets: Mapping[str, Any], find: Callable[[Mapping[str, Any]], list[int]]
) -> list[dict[str, Any]]:
    """Return the presets with the index that `find` gives; ValueError says what to change."""
    check_names("presets", presets)
    if len(presets) > MOST_PRESETS:
        raise ValueError(
            f"a sweep has at most {MOST_PRESETS} presets; got {len(presets)}: keep those that "
            "show the most"
        )
    return [
        {"name": _sentence(name), "index": _index(name, at, find)} for name, at in presets.items()
    ]


def _sentence(name: str) -> str:
    if " " not in name.strip() or name.strip()[-1:] not in (".", "?", "!"):
        raise ValueError(f"a preset is a whole sentence, such as 'Double the noise.'; got {name!r}")
    return name.strip()


def _index(name: str, at: Any, find: Callable[[Mapping[str, Any]], list[int]]) -> list[int]:
    if not isinstance(at, Mapping) or not at:
        raise ValueError(f"preset {name!r} must be a dict of knob -> value; got {at!r}")
    try:
        return find(at)
    except ValueError as error:
        raise ValueError(f"preset {name!r}: {error}") from error


def pack_axes(grid: Grid, controls: Any) -> list[dict[str, Any] | None] | None:
    """Return the knobs that move along x and y, [{"knob": its place, "at": its numbers} or None].

    Raises: ValueError unless `controls` is a pair of knobs of numbers, or of one and None.
    """
    if controls is None:
        return None
    pair = isinstance(controls, tuple | list) and len(controls) == 2
    names = [name for name in controls if name is not None] if pair else []
    numbers = {
        name: values
        for name, values in zip(grid.names, grid.values, strict=True)
        if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    }
    if not names or len(set(names)) < len(names) or any(name not in numbers for name in names):
        raise ValueError(
            "controls must be (knob of x, knob of y), one of them perhaps None; the knobs of "
            f"numbers are {', '.join(numbers)}; got {controls!r}"
        )
    place = grid.names.index
    return [name and {"knob": place(name), "at": numbers[name]} for name in controls]


def check_readouts(readouts: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return `readouts`; ValueError unless one number says what the picture shows."""
    check_names("readouts", readouts or {})
    if not readouts:
        raise ValueError(
            "a sweep needs readouts, the numbers that its picture shows, for those who cannot see "
            'it: give readouts={"test error": an array over the knobs}'
        )
    return readouts


def find_readout(linked: bool | str, readouts: Mapping[str, Any]) -> int:
    """Return the place of the readout that the small chart shows first; -1 for none."""
    if isinstance(linked, bool):
        return linked - 1
    if linked not in readouts:
        raise ValueError(
            f"linked must be True, False or a readout ({', '.join(readouts)}); got {linked!r}"
        )
    return list(readouts).index(linked)


def is_linked(state: Mapping[str, Any]) -> bool:
    """Is there a small chart? Its author wants it, and a knob has numbers."""
    labels = [knob["labels"] for knob in state["knobs"]]
    numbers = any(
        len(texts) >= FEWEST_POINTS and not any(math.isnan(read_number(text)) for text in texts)
        for texts in labels
    )
    return state.get("linked", 0) >= 0 and bool(state["readouts"]) and numbers


def _columns(labels: Sequence[str]) -> int:
    """The columns, of two, that a knob takes: both for a list of texts and for long buttons."""
    if len(labels) > MOST_BUTTONS:
        return 2 if any(math.isnan(read_number(text)) for text in labels) else 1
    return 2 if sum(len(text) + 2 for text in labels) > 20 else 1


def height(state: Mapping[str, Any]) -> int:
    """Return the height in pixels on a wide page: title, key, charts, knobs, numbers."""
    panels, linked = state["panels"], is_linked(state)
    stacked = state.get("stacked", False)
    groups = {one["name"].split(": ", 1)[0] for one in state["readouts"] if ": " in one["name"]}
    one, readouts = stacked or len(panels) == 1, 28 * len(state["readouts"]) + 38 * len(groups)
    knobs = 62 * -(-sum(_columns(knob["labels"]) for knob in state["knobs"]) // 2)
    letters = 11 + sum(len(one["name"]) + 6 for one in state.get("presets", ()))
    beside = linked and not one  # the small chart stands beside all of these
    presets = 45 * -(-letters // (50 if beside else 90))  # about so many letters in a row
    if one:
        equal = panels[0]["equal"]
        chart = (390 if equal else 320) if linked else 420 if equal else 380
        chart = 485 + 30 if stacked else chart
        return 93 + chart + presets + max(knobs, readouts)
    if beside:
        return 93 + 320 + max(270, knobs + readouts + presets)
    return 93 + 320 + presets + max(knobs, readouts)
