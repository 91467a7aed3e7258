"""What a Sweep draws, checked and packed: one or two panels over a grid of knobs.

The layout is plain JSON, next to one buffer of float32 numbers (see grid.py). Of each panel:
    {"x": block, "xlim": [lo, hi], "ylim": [lo, hi], "logx": bool, "logy": bool, "equal": bool,
     "controls": null or [{"knob": its place, "at": numbers} or null, the same for y],
     "direct": are lines named at their ends, "ghosts": bool, "xlabel", "ylabel", "band_label",
     "xnames": null or texts, "ynames": null or texts,
     "lines": [{"name", "slot", "faint", "y"}], "bands": [{"name", "slot", "low", "high"}],
     "curves": [{"name", "slot", "faint", "filled", "x", "y"}],
     "dots": [{"name", "slot", "x", "y"}], "bars": [{"name", "slot", "y"}],
     "cells": [{"name", "value", "xedges", "yedges", "low", "high", "center", "controls"}]}
and of the readouts: [{"name", "value", "whole": a count, so no decimals}]. js/sweep.js draws it.
A slot is a number (color, dash and marker of that number) or "ink" (the color of the text). A name
has the same slot in both panels; training, test and validation have the same in all Sweeps.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reglab.figures.formats import spelled
from reglab.figures.grid import Grid, Packer, check_list, check_names
from reglab.figures.product import Product, numbers, with_gaps
from reglab.figures.style import LIGHT
from reglab.figures.sweep_cells import pack_cells, places
from reglab.figures.sweep_controls import pack_axes

SERIES = ("lines", "curves", "bars", "bands", "dots")  # the marks with a slot
OWN_SLOTS = {"training": 0, "test": 1, "validation": 2}  # one color in all of the book
MAX_BYTES = 1_000_000  # of a page's budget of 2.5 MB; base64 adds a third


@dataclass
class Panel:
    """One chart of a Sweep as its author gave it; see Sweep for shapes and meanings."""

    x: Any = None
    y: Any = None
    lines: Mapping[str, Any] = field(default_factory=dict)
    bands: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    curves: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    dots: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    bars: Mapping[str, Any] = field(default_factory=dict)
    cells: Mapping[str, Any] = field(default_factory=dict)
    zlim: tuple[float, float] | None = None
    center: float | None = None
    controls: tuple[str | None, str | None] | None = None
    reference: Sequence[str] = ()
    faint: Sequence[str] = ()
    filled: Sequence[str] = ()
    xlabel: str = ""
    ylabel: str = ""
    band_label: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    logx: bool = False
    logy: bool = False
    equal: bool = False
    key: bool = False
    ghosts: bool = True

    def __post_init__(self) -> None:
        for kind in ("lines", "bands", "curves", "dots", "bars", "cells"):
            check_names(kind, getattr(self, kind))
        _check_listed("reference", self.reference, "lines, curves or dots", self.own())
        _check_listed("faint", self.faint, "lines or curves", [*self.lines, *self.curves])
        _check_listed("filled", self.filled, "curves", [*self.curves])

    def own(self) -> list[str]:
        """The names of what is drawn by itself: bands go with the line of their name."""
        return [*self.lines, *self.curves, *self.bars, *self.dots]


def pack(
    grid: Grid, panels: Sequence[Panel], readouts: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bytes]:
    """Return (panels, readouts, data); ValueError for a shape, name or limit that cannot be."""
    slots, packer = _slots(panels), Packer()
    packed = [_pack_panel(grid, packer, panel, slots) for panel in panels]
    shown = []
    for name, values in readouts.items():
        aligned = grid.align(name, values, 0)
        stored = aligned.astype(np.float32)
        whole = np.array_equal(stored, stored.round(), equal_nan=True)
        shown.append({"name": name, "value": packer.add(aligned), "whole": whole})
    return spelled(packed), spelled(shown), _within_budget(packer.bytes())


def _pack_panel(
    grid: Grid, packer: Packer, panel: Panel, slots: Mapping[str, Any]
) -> dict[str, Any]:
    cells, frame = pack_cells(grid, packer, panel)
    x, names = places("x", panel.x if panel.x is not None else frame.columns)
    _check_axes(panel, x)
    seen = _Range(panel.logy, frame.y, bool(panel.bars))
    marks = _pack_series(grid, packer, panel, len(x), seen)
    for series in (one for kind in marks.values() for one in kind):
        series["slot"] = slots[series["name"]]
    return {
        "x": packer.add(x.reshape((1,) * len(grid.shape) + x.shape)),
        "xlim": _limits("xlim", panel.xlim, lambda: frame.x or _ends(x, panel), panel.logx),
        "ylim": _limits("ylim", panel.ylim, seen.padded, panel.logy),
        **{name: getattr(panel, name) for name in ("logx", "logy", "xlabel", "ylabel")},
        "band_label": panel.band_label,
        "direct": not panel.key,
        "ghosts": panel.ghosts,
        "controls": None if cells else pack_axes(grid, panel.controls),
        "equal": panel.equal or frame.square,
        "xnames": [] if panel.x is None else names,
        "ynames": frame.ynames,
        **marks,
        "cells": cells,
    }


def _pack_series(
    grid: Grid, packer: Packer, panel: Panel, points: int, seen: "_Range"
) -> dict[str, list[dict[str, Any]]]:
    """Pack all marks with a slot; `seen` takes note of what is drawn."""
    add = packer.add

    def heights(values: Mapping[str, Any]) -> list[dict[str, Any]]:
        aligned = {name: grid.align(name, y, points) for name, y in values.items()}
        return [{"name": name, "y": add(seen.y(y))} for name, y in aligned.items()]

    def pairs(kind: str, named: Mapping[str, tuple[Any, Any]]) -> list[dict[str, Any]]:
        packed = []
        for name, pair in named.items():
            xs, ys = (grid.align(f"{kind} {name}", v) for v in _pair(name, pair))
            if isinstance(ys, Product) and xs.shape[-1] == ys.shapes.shape[-1]:
                xs, ys = with_gaps(xs, ys)
            if xs.shape[-1] != ys.shape[-1]:
                raise ValueError(
                    f"{kind} {name!r} need as many x as y; got {xs.shape} and {ys.shape}"
                )
            packed.append({"name": name, "x": add(xs), "y": add(seen.y(ys))})
        return packed

    marks = {"lines": heights(panel.lines), "bars": heights(panel.bars), "bands": []}
    marks |= {"curves": pairs("curves", panel.curves), "dots": pairs("dots", panel.dots)}
    for name, pair in panel.bands.items():
        low, high = (grid.align(f"band of {name}", v, points) for v in _pair(name, pair))
        if (numbers(low) > numbers(high)).any():
            raise ValueError(f"band of {name!r} needs low <= high everywhere")
        marks["bands"].append({"name": name, "low": add(low), "high": add(high)})
    for one in [*marks["lines"], *marks["curves"]]:
        one["faint"] = one["name"] in panel.faint
    for one in marks["curves"]:
        one["filled"] = one["name"] in panel.filled
    return marks


def _check_axes(panel: Panel, x: np.ndarray) -> None:
    if panel.logx and not (x > 0).any():
        raise ValueError(f"logx: no value of x is positive; they end at {x.max():g}")
    if panel.bars and (panel.logx or panel.logy):
        raise ValueError("bars start at 0 and are equally wide: they need linear axes, no logs")
    if panel.bars and (np.diff(x) <= 0).any():
        raise ValueError("bars need an x that rises from each to the next")


def _slots(panels: Sequence[Panel]) -> dict[str, Any]:
    """A series has a slot of its own; what has the same name, in either panel, shares it."""
    marks = [getattr(panel, kind) for panel in panels for kind in SERIES]
    names = dict.fromkeys(name for mark in marks for name in mark)
    ink: list[str] = []
    for panel in panels:
        if not panel.own() and not panel.cells:
            raise ValueError("a panel must hold lines, curves, bars, dots or cells; got none")
        ink += panel.reference
    return share_slots(names, ink)


def share_slots(names: Iterable[str], ink: Sequence[str]) -> dict[str, Any]:
    """Return name -> slot: "ink" for those in `ink`, else 0, 1, ... in the order of `names`.

    The first name with a word of OWN_SLOTS takes the slot of that word.

    >>> share_slots(["truth", "test error", "fit", "training error"], ["truth"])
    {'truth': 'ink', 'test error': 1, 'training error': 0, 'fit': 2}
    """
    slots: dict[str, Any] = dict.fromkeys(ink, "ink")
    others = [name for name in names if name not in slots]
    for name in others:
        own = [OWN_SLOTS[word] for word in re.findall(r"\w+", name) if word in OWN_SLOTS]
        if own and own[0] not in slots.values():
            slots[name] = own[0]
    free = [slot for slot in range(len(others)) if slot not in slots.values()]
    slots |= dict(zip([name for name in others if name not in slots], free, strict=False))
    if len(others) > len(LIGHT):
        raise ValueError(
            f"{len(others)} series cannot be told apart; at most {len(LIGHT)} beside those in "
            "`reference`"
        )
    return slots


def renewed_slots(panels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return packed panels with the slots that their names have today."""
    drawn = [one for panel in panels for kind in SERIES for one in panel[kind]]
    ink = [one["name"] for one in drawn if one["slot"] == "ink"]
    slots = share_slots(dict.fromkeys(one["name"] for one in drawn), ink)

    def today(series: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "slot": slots[one["name"]]} for one in series]

    return [{**panel, **{kind: today(panel[kind]) for kind in SERIES}} for panel in panels]


def _check_listed(part: str, listed: Any, kinds: str, names: Sequence[str]) -> None:
    if unknown := set(check_list(part, listed)) - set(names):
        raise ValueError(f"{part} must name {kinds} ({', '.join(names)}); got {', '.join(unknown)}")


def _pair(name: str, pair: Any) -> Iterable[Any]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(
            f"{name!r} needs a pair, (low, high) or (xs, ys); got {type(pair).__name__}"
        )
    return pair


class _Range:
    """Follows the values drawn, to choose the limits of y when none are given."""

    def __init__(self, log: bool, cells: tuple[float, float] | None, bars: bool):
        self.log, self.cells, self.bars = log, cells, bars
        self.low, self.high = (0.0, 0.0) if bars else (np.inf, -np.inf)

    def y(self, values: Any) -> Any:
        drawn = numbers(values)
        seen = drawn[np.isfinite(drawn) & ((drawn > 0) | (not self.log))]
        if seen.size:
            self.low, self.high = min(self.low, seen.min()), max(self.high, seen.max())
        return values

    def padded(self) -> tuple[float, float]:
        if self.cells:
            return self.cells
        if self.low > self.high:
            raise ValueError("nothing to draw: no line holds a value that its axis can show")
        low, high = (np.log10([self.low, self.high])) if self.log else (self.low, self.high)
        pad = 0.04 * (high - low) or 0.5
        bottom, top = (0.0 if self.bars and low == 0 else low - pad), high + pad
        return (10**bottom, 10**top) if self.log else (bottom, top)


def _ends(x: np.ndarray, panel: Panel) -> tuple[float, float]:
    if panel.bars:
        beside = np.diff(x).min() / 2 if len(x) > 1 else 0.5
        return x.min() - beside, x.max() + beside
    return (x[x > 0].min() if panel.logx else x.min()), x.max()


def _limits(name: str, given: Any, default: Callable[[], Any], log: bool) -> list[float]:
    ends = default() if given is None else given
    if not isinstance(ends, tuple | list | np.ndarray) or len(ends) != 2:
        raise ValueError(f"{name} must be (low, high); got {ends!r}")
    low, high = map(float, ends)
    if not (np.isfinite([low, high]).all() and low < high and (low > 0 or not log)):
        need = "0 < low < high on a log axis" if log else "low < high"
        raise ValueError(f"{name} must be (low, high) with {need}; got ({low:g}, {high:g})")
    return [low, high]


def _within_budget(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"the arrays take {len(data):,} bytes, more than the {MAX_BYTES:,} a page can carry: "
            "take fewer points in x or fewer values of a knob"
        )
    return data
