"""The picture of a Sweep where no script runs: GitHub, an untrusted notebook, print."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reglab.figures.charts import finding
from reglab.figures.formats import write_number
from reglab.figures.style import house_figure, series_style

Reader = Callable[[Mapping[str, Any]], np.ndarray]


def draw_sweep(
    chart: Mapping[str, Any], values: Reader, title: str, at: str, labels: Mapping[str, str]
) -> Figure:
    """Return a figure of `chart`, its blocks read by `values`, standing at the position `at`."""
    figure = house_figure(6.4, 3.8)
    ax = figure.subplots()
    x = values(chart["x"])
    for band in chart["bands"]:
        color = series_style(band["slot"])["color"]
        ax.fill_between(x, values(band["low"]), values(band["high"]), color=color, alpha=0.2, lw=0)
    for line in chart["lines"]:
        ax.plot(x, values(line["y"]), label=line["name"], **series_style(line["slot"]))
    for dots in chart["dots"]:
        style = series_style(dots["slot"], dots=True)
        ax.plot(values(dots["x"]), values(dots["y"]), label=f"_{dots['name']}", **style)
    _axes(ax, chart, labels)
    finding(ax, f"{title}\n")
    ax.annotate(at, (0, 1), xytext=(0, 6), xycoords="axes fraction", textcoords="offset points")
    numbers = [f"{r['name']}: {write_number(values(r['value'])[0])}" for r in chart["readouts"]]
    _key(figure, ax, chart, labels["band"], "   ".join(numbers))
    return figure


def _key(figure: Figure, ax: Axes, chart: Mapping[str, Any], band: str, numbers: str) -> None:
    """Write the numbers below, and name what has no end to be named at: dots, and the bands."""
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    entries = [*zip(dots, (d["name"] for d in chart["dots"]), strict=True)]
    entries += [(ax.collections[0], band)] if band and chart["bands"] else []
    style = {"loc": "outside lower left", "ncols": 3, "alignment": "left", "fontsize": 9}
    if entries or numbers:
        handles, names = zip(*entries, strict=True) if entries else ((), ())
        figure.legend(handles, names, title=numbers or None, title_fontsize=9, **style)


def _axes(ax: Axes, chart: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    if chart["logx"]:
        ax.set_xscale("log")
    if chart["logy"]:
        ax.set_yscale("log")
    ax.set(xlim=chart["xlim"], ylim=chart["ylim"])
    ax.set(xlabel=labels["xlabel"], ylabel=labels["ylabel"])
