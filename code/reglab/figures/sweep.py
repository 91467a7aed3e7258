"""Sweep: one or two charts over a precomputed grid, with a slider or buttons for each knob.

Departures: no kernel, so nothing is computed while a reader plays. Each position of the knobs costs
4 bytes for each number that changes there (see grid.py): a fit of 200 points over 15 x 5 x 4 values
of three knobs takes 240 KB, in base64 320; script and style take 60 KB. js/sweep.js draws it in the
page, still.py as PNG.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from reglab.figures.book_figure import BookFigure, bundle, sheet
from reglab.figures.formats import knob_label, spelled, write_readout
from reglab.figures.grid import Grid, read
from reglab.figures.still import Layout, draw_sweep
from reglab.figures.sweep_controls import check_readouts, find_readout, height, pack_presets
from reglab.figures.sweep_layout import SERIES, Panel, pack, renewed_slots

MARKS = ("lines", "curves", "bars", "dots", "cells")
LAYOUT = (
    "knobs",
    "panels",
    "stacked",
    "readouts",
    "presets",
    "linked",
)  # what the height depends on
# Each imports from those before it.
SCRIPTS = (
    *("page.js", "scale.js", "marks.js", "series.js", "axes.js", "plot.js", "reading.js"),
    *("motion.js", "knobs.js", "steer.js", "linked.js", "sweep.js"),
)


class Sweep(BookFigure):
    """Charts that a reader moves through a grid; works with no kernel.

    A chart is made of marks, all on the same axes: lines with bands, curves, dots, bars, cells. A
    second chart may stand `beside` the first or `below` it, on axes of its own.

    Args:
        title: the finding, one sentence.
        knobs: 1 to 4 of name -> the values of its slider: numbers, texts, or an xarray coordinate
            (`ds.n`), which lets labeled arrays find their axis by name. Units go into the name.
            Up to 4 are buttons; more numbers a slider, more texts a list.
        x: (P,) positions of lines and bars, or the columns of cells: numbers, or texts.
        lines: name -> array that broadcasts to (*knobs, P); NaN breaks a line. A labeled array
            needs the dimensions of the knobs it depends on and one more, in any order. Many lines
            that are sums of a few shapes take little space as a Product.
        bands: name -> (low, high), each like a line; takes the color of the line of that name.
        curves: name -> (xs, ys), each broadcasting to (*knobs, Q): a line through these points in
            their order, which may turn back; NaN breaks it, and a part that ends where it began is
            closed. A Product as ys gives many lines over the same xs.
        dots: name -> (xs, ys), each broadcasting to (*knobs, Q); NaN is no dot.
        bars: name -> array that broadcasts to (*knobs, P): bars from 0; several stand in groups.
        cells: name -> array that broadcasts to (*knobs, R, C): a matrix as colored cells. Without
            x and y, or with texts, its first row is on top; with numbers as y, y grows upward.
        y: (R,) the rows of cells: numbers, or texts.
        zlim: (low, high), the values of the palest and the strongest color; by default all values.
        center: a value from which colors part: cells above are blue, below orange.
        controls: two knobs that a reader moves in the chart. Of cells that show all values of two
            knobs, (knob of the columns, knob of the rows): a click or an arrow key on a cell sets
            both, and the cell where they stand has a frame. Without cells, (a knob whose numbers
            lie on x, one whose numbers lie on y), or None for one of them: a drag sets them, and a
            line stands at that x.
        readouts: name -> array that broadcasts to (*knobs); shown as numbers under the chart, and
            told to those who cannot see it: at least one. Units go into the name; those named
            "group: number" stand together under the name of their group.
        xlabel, ylabel: what the axes show, with units.
        start: knob -> the value to start from; the first value for a knob that is not named.
        presets: up to 3 of a sentence -> {knob: value}, each a button that sets these knobs, and
            the others as at the start: {"Double the noise.": {"noise σ": 0.6}}.
        linked: the readout that the small chart shows first, against the knob moved last; a
            reader may choose another. It is there if a knob has 3 or more numbers; False: never.
        xlim, ylim: (low, high); by default all of x, and all lines, curves, bars and dots with a
            margin.
        logx, logy: logarithmic axes (base 10); values <= 0 are then left out.
        equal: one unit is as long on both axes, so that a circle is round.
        key: lines are named in the key, not at their ends: for lines that end in one place.
        ghosts: False: nothing shows where lines and bars were at the start, for charts that have
            enough to compare with.
        alt: what the figure shows, for those who cannot see it.
        band_label: what a band means and over how many runs, "95 % interval, 20 seeds".
        reference: lines, curves and dots in the color of the text: a known truth, a chance level.
        faint: lines and curves that are drawn thin and pale, as a background.
        filled: curves whose inside is shaded.
        beside: a second chart, a dict with any of x, y, lines, bands, curves, dots, bars, cells,
            zlim, center, controls, xlabel, ylabel, xlim, ylim, logx, logy, equal, key,
            ghosts, band_label, reference, faint, filled.
            What has one name in both charts has one color. Names with the word training, test or
            validation have one color in all figures.
        below: the same, below the first chart and as wide, so that equal x stand below each other.

    In a live notebook `index` (the position of each slider) can be observed and set, `position`
    reads it as values, and `update` replaces what is drawn.
    Raises: ValueError that names the argument, its shape and what it should have been.

    >>> mask = np.arange(12).reshape(3, 2, 2) % 3 > 0
    >>> figure = Sweep(title="A mask drops units", alt="A mask of 2 x 2 units.",
    ...                knobs={"example": [1, 2, 3]}, cells={"kept": mask}, zlim=(0, 1),
    ...                beside={"x": ["a", "b"], "bars": {"sum": mask.sum(1)}, "ylabel": "units"},
    ...                readouts={"kept": mask.sum((1, 2))})
    >>> print(figure.describe())
    Sweep: A mask drops units [example (3); kept, sum; at example = 1]
    """

    _esm = bundle(*SCRIPTS)
    _css = sheet("figure.css")

    knobs = traitlets.List().tag(sync=True)  # [{"name", "labels"}]
    start = traitlets.List().tag(sync=True)
    index = traitlets.List().tag(sync=True)
    panels = traitlets.List().tag(sync=True)  # what is drawn: see sweep_layout.py
    stacked = traitlets.Bool(False).tag(sync=True)  # the second panel below the first
    readouts = traitlets.List().tag(sync=True)
    presets = traitlets.List().tag(sync=True)  # [{"name", "index"}]
    linked = traitlets.Int(0).tag(sync=True)  # the readout first drawn against a knob; -1: none
    data = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        *,
        title: str,
        knobs: Mapping[str, Sequence[Any]],
        alt: str,
        readouts: Mapping[str, Any] | None = None,
        start: Mapping[str, Any] | None = None,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        linked: bool | str = True,
        beside: Mapping[str, Any] | None = None,
        below: Mapping[str, Any] | None = None,
        **chart: Any,
    ):
        if beside is not None and below is not None:
            raise ValueError("a second chart stands beside the first or below it, not both")
        second = below if beside is None else beside
        self._grid = Grid(knobs)
        self._values = {name: np.asarray(values).tolist() for name, values in knobs.items()}
        self._charts = [_panel(part) for part in (chart, second) if part is not None]
        self._readouts = check_readouts(readouts)
        panels, numbers, data = pack(self._grid, self._charts, self._readouts)
        at = self._find(start or {}, [0] * len(knobs))
        super().__init__(
            title=title,
            alt=alt,
            knobs=spelled(
                [{"name": n, "labels": [*map(knob_label, v)]} for n, v in self._values.items()]
            ),
            start=at,
            index=at,
            panels=panels,
            stacked=below is not None,
            readouts=numbers,
            data=data,
            presets=pack_presets(presets or {}, lambda place: self._find(place, at)),
            linked=find_readout(linked, self._readouts),
        )
        self.min_height = height(self._shown())

    @property
    def position(self) -> dict[str, Any]:
        """The value each knob stands at, by name."""
        at = zip(self._values, self.index, strict=True)
        return {name: self._values[name][i] for name, i in at}

    def move(self, position: Mapping[str, Any]) -> None:
        """Set the sliders of the knobs in `position` to these values; the others stay."""
        self.index = self._find(position, self.index)

    def update(self, **parts: Any) -> None:
        """Replace readouts, or parts of the chart, or of the one `beside` or `below` it, live."""
        readouts = parts.pop("readouts", self._readouts)
        check_readouts(readouts)
        beside = parts.pop("below" if self.stacked else "beside", None)
        if beside and len(self._charts) < 2:
            raise ValueError("there is no chart beside the first one to update")
        charts = [
            replace(c, **_known(p))
            for c, p in zip(self._charts, (parts, beside or {}), strict=False)
        ]
        panels, numbers, data = pack(self._grid, charts, readouts)
        self._charts, self._readouts = charts, readouts
        with self.hold_sync():  # one message, so that the page never reads new data by old blocks
            self.panels, self.readouts, self.data = panels, numbers, data

    def describe(self) -> str:
        """Return one line: title, size of the grid, what is drawn, and where the sliders stand."""
        sizes = " x ".join(f"{knob['name']} ({len(knob['labels'])})" for knob in self.knobs)
        names = dict.fromkeys(s["name"] for p in self.panels for mark in MARKS for s in p[mark])
        at = ", ".join(f"{k['name']} = {k['labels'][i]}" for k, i in self._knobs_at())
        return f"Sweep: {self.title} [{sizes}; {', '.join(names)}; at {at}]"

    def still(self) -> Figure:
        """Return the charts at the sliders' present position, with that position written above."""
        at = ", ".join(f"{knob['name']} = {knob['labels'][i]}" for knob, i in self._knobs_at())

        def values(block: Layout) -> np.ndarray:
            return read(self.data, block, self.index)

        numbers = {
            one["name"]: write_readout(float(values(one["value"])[0]), one["whole"])
            for one in self.readouts
        }
        return draw_sweep(self.panels, self.stacked, values, self.title, at, numbers, self.index)

    @classmethod
    def renewed(cls, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a stored state with the script, style, defaults and height of today."""
        shown = {part: spelled(state[part]) for part in ("knobs", "panels", "readouts")}
        panels = [{mark: [] for mark in (*SERIES, "cells")} | panel for panel in shown["panels"]]
        now = super().renewed(state) | shown | {"panels": renewed_slots(panels)}
        return now | {"min_height": height(now)}

    def _shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in LAYOUT}

    def _knobs_at(self) -> Iterator[tuple[dict[str, Any], int]]:
        return zip(self.knobs, self.index, strict=True)

    def _find(self, position: Mapping[str, Any], index: Sequence[int]) -> list[int]:
        """Return `index` with the knobs of `position` moved to their values."""
        found = dict(zip(self._values, index, strict=True))
        for name, value in position.items():
            values = self._values.get(name)
            if values is None:
                raise ValueError(f"no knob {name!r}; the knobs are {', '.join(self._values)}")
            if value not in values:
                raise ValueError(f"knob {name!r} has no value {value!r}; it has {values}")
            found[name] = values.index(value)
        return list(found.values())

    @traitlets.validate("index")
    def _index_is_on_the_grid(self, proposal: dict[str, Any]) -> list[int]:
        index, shape = list(proposal["value"]), self._grid.shape
        whole = len(index) == len(shape) and all(isinstance(i, int) for i in index)
        on = whole and all(0 <= i < n for i, n in zip(index, shape, strict=True))
        if not on:
            raise ValueError(f"index must hold one position per knob, below {shape}; got {index}")
        return index


def _panel(parts: Mapping[str, Any]) -> Panel:
    return Panel(**{name: value for name, value in _known(parts).items() if value is not None})


def _known(parts: Mapping[str, Any]) -> Mapping[str, Any]:
    known = [one.name for one in fields(Panel)]
    if unknown := sorted(set(parts) - set(known)):
        raise ValueError(f"a chart has no {', '.join(unknown)}; it has {', '.join(known)}")
    return parts
