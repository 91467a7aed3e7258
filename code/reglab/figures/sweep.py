"""Sweep: a chart over a precomputed grid, with one slider per knob.

Size        4 bytes for each number that its knobs change (see grid.py) plus 25 KB of script and
            style. A fit of 200 points over 15 x 5 x 4 values of three knobs: 240 KB, in base64 320.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from reglab.figures.book_figure import BookFigure, bundle, sheet
from reglab.figures.formats import knob_label
from reglab.figures.grid import Grid, read
from reglab.figures.still import draw_sweep
from reglab.figures.sweep_layout import Content, pack


class Sweep(BookFigure):
    """A chart that a reader moves through a grid with sliders; works with no kernel.

    Args:
        title: the finding, one sentence.
        knobs: 1 to 4 of name -> the values of its slider: numbers, texts, or an xarray coordinate
            (`ds.n`), which lets labeled arrays find their axis by name. Units go into the name.
        x: (P,) positions of the lines.
        lines: name -> array that broadcasts to (*knobs, P); NaN breaks a line. A labeled array
            needs the dimensions of the knobs it depends on and one more, in any order.
        bands: name -> (low, high), each like a line; takes the color of the line of that name.
        dots: name -> (xs, ys), each broadcasting to (*knobs, Q); NaN is no dot.
        readouts: name -> array that broadcasts to (*knobs); shown as numbers under the chart.
        xlabel, ylabel: what the axes show, with units.
        start: knob -> the value to start from; the first value for a knob that is not named.
        xlim, ylim: (low, high); by default all of x, and all lines and dots with a margin.
        logx, logy: logarithmic axes (base 10); values <= 0 are then left out.
        alt: what the figure shows, for those who cannot see it.
        band_label: what a band means and over how many runs, "95 % interval, 20 seeds".
        reference: lines and dots in the color of the text: a known truth, a chance level, data.

    In a live notebook `index` (the position of each slider) can be observed and set, `position`
    reads it as values, and `update` replaces what is drawn.
    Raises: ValueError that names the argument, its shape and what it should have been.
    """

    _esm = bundle("page.js", "scale.js", "plot.js", "sweep.js")
    _css = sheet("figure.css")

    xlabel = traitlets.Unicode("").tag(sync=True)
    ylabel = traitlets.Unicode("").tag(sync=True)
    band_label = traitlets.Unicode("").tag(sync=True)
    knobs = traitlets.List().tag(sync=True)  # [{"name", "labels"}]
    start = traitlets.List().tag(sync=True)
    index = traitlets.List().tag(sync=True)
    chart = traitlets.Dict().tag(sync=True)  # what is drawn: see sweep_layout.py
    data = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        *,
        title: str,
        knobs: Mapping[str, Sequence[Any]],
        x: Any,
        lines: Mapping[str, Any],
        alt: str,
        bands: Mapping[str, tuple[Any, Any]] | None = None,
        dots: Mapping[str, tuple[Any, Any]] | None = None,
        readouts: Mapping[str, Any] | None = None,
        xlabel: str = "",
        ylabel: str = "",
        start: Mapping[str, Any] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        logx: bool = False,
        logy: bool = False,
        band_label: str = "",
        reference: Sequence[str] = (),
    ):
        self._grid = Grid(knobs)
        self._values = {name: np.asarray(values).tolist() for name, values in knobs.items()}
        self._content = Content(x, lines, bands or {}, dots or {}, readouts or {}, reference)
        self._axes = {"xlim": xlim, "ylim": ylim, "logx": logx, "logy": logy}
        chart, data = pack(self._grid, self._content, **self._axes)
        at = self._find(start or {}, [0] * len(knobs))
        super().__init__(
            title=title,
            alt=alt,
            xlabel=xlabel,
            ylabel=ylabel,
            band_label=band_label,
            knobs=[{"name": n, "labels": [*map(knob_label, v)]} for n, v in self._values.items()],
            start=at,
            index=at,
            chart=chart,
            data=data,
            min_height=_height(len(knobs), chart),
        )

    @property
    def position(self) -> dict[str, Any]:
        """The value each knob stands at, by name."""
        at = zip(self._values, self.index, strict=True)
        return {name: self._values[name][i] for name, i in at}

    def move(self, position: Mapping[str, Any]) -> None:
        """Set the sliders of the knobs in `position` to these values; the others stay."""
        self.index = self._find(position, self.index)

    def update(self, **parts: Any) -> None:
        """Replace any of x, lines, bands, dots, readouts, reference in a live notebook."""
        content = replace(self._content, **parts)
        chart, data = pack(self._grid, content, **self._axes)
        self._content = content
        with self.hold_sync():  # one message, so that the page never reads new data by old blocks
            self.chart, self.data = chart, data

    def describe(self) -> str:
        """Return one line: title, size of the grid, what is drawn, and where the sliders stand."""
        sizes = " x ".join(f"{knob['name']} ({len(knob['labels'])})" for knob in self.knobs)
        names = dict.fromkeys(s["name"] for s in [*self.chart["lines"], *self.chart["dots"]])
        at = ", ".join(f"{k['name']} = {k['labels'][i]}" for k, i in self._knobs_at())
        return f"Sweep: {self.title} [{sizes}; {', '.join(names)}; at {at}]"

    def still(self) -> Figure:
        """Return the chart at the sliders' present position, with that position written above."""
        at = ", ".join(f"{knob['name']} = {knob['labels'][i]}" for knob, i in self._knobs_at())

        def values(block: dict[str, Any]) -> np.ndarray:
            return read(self.data, block, self.index)

        labels = {"xlabel": self.xlabel, "ylabel": self.ylabel, "band": self.band_label}
        return draw_sweep(self.chart, values, self.title, at, labels)

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
        on = len(index) == len(shape) and all(0 <= i < n for i, n in zip(index, shape, strict=True))
        if not on:
            raise ValueError(f"index must hold one position per knob, below {shape}; got {index}")
        return index


def _height(knobs: int, chart: dict[str, Any]) -> int:
    """The height in pixels on a wide page: title, key, chart, sliders, numbers; see figure.css."""
    readouts = len(chart["readouts"])
    rows = -(-(knobs + 1) // (2 if readouts else 3))  # the button stands in the grid of sliders
    key = 24 if chart["dots"] or chart["bands"] else 0
    return 449 + key + max(62 * rows, 28 * readouts)
