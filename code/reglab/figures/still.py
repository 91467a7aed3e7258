"""The picture of a Sweep where no script runs: GitHub, an untrusted notebook, print."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import AutoLocator, LogLocator, NullFormatter

from reglab.figures.charts import finding
from reglab.figures.style import INK, LIGHT, house_figure, series_style

Layout = Mapping[str, Any]
Reader = Callable[[Layout], np.ndarray]
# The page's colors of cells: the first slot's over the ground, and the second's below a center.
RISING = LinearSegmentedColormap.from_list("reglab-rising", ["#ffffff", LIGHT[0]])
FAINT = {"alpha": 0.5, "linewidth": 1, "linestyle": "-"}
PARTING = LinearSegmentedColormap.from_list("reglab-parting", [LIGHT[1], "#ffffff", LIGHT[0]])


def draw_sweep(
    panels: Sequence[Layout],
    stacked: bool,
    values: Reader,
    title: str,
    at: str,
    readouts: Mapping[str, str],
    index: Sequence[int],
) -> Figure:
    """Return a figure of `panels`, their blocks read by `values`, at `index`, which `at` names."""
    one_column = stacked or len(panels) == 1
    figure = house_figure(6.4 if one_column else 8.4, 5.6 if stacked else 3.8)
    if stacked:
        axes = figure.subplots(2, 1, height_ratios=[1.8, 1])
    else:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
    entries = []
    for ax, panel in zip(axes, panels, strict=True):
        entries += _draw_panel(ax, panel, values, index)
        _axes(ax, panel)
        if along := (panel["controls"] or [None])[0]:
            ax.axvline(along["at"][index[along["knob"]]], color=INK, lw=1)
        finding(ax, "")
    if one_column:
        finding(axes[0], f"{title}\n")
        axes[0].annotate(
            at, (0, 1), xytext=(0, 6), xycoords="axes fraction", textcoords="offset points"
        )
    else:
        figure.suptitle(f"{title}\n", x=0.01, ha="left", fontsize=11, fontweight="bold")
        figure.text(0.01, 0.925, at, va="top")
    _key(figure, entries, _numbers(readouts))
    return figure


def _numbers(readouts: Mapping[str, str]) -> str:
    """The numbers below a chart, those of a group in one line."""
    lines: dict[str, list[str]] = {}
    for name, value in readouts.items():
        *group, own = name.split(": ", 1)
        lines.setdefault("".join(group), []).append(f"{own}: {value}")
    return "\n".join("   ".join([group] * bool(group) + own) for group, own in lines.items())


def _draw_panel(
    ax: Axes, panel: Layout, values: Reader, index: Sequence[int]
) -> list[tuple[Any, str]]:
    """Draw the marks of `panel`; return what has no end to be named at, with its name."""
    x, entries = values(panel["x"]), {}
    for cells in panel["cells"]:
        _draw_cells(ax, cells, values, index)
    for band in panel["bands"]:
        color = series_style(band["slot"])["color"]
        low, high = values(band["low"]), values(band["high"])
        area = ax.fill_between(x, low, high, color=color, alpha=0.2, lw=0)
        entries.setdefault("band", (area, panel["band_label"]))
    for k, bars in enumerate(panel["bars"]):
        width = 0.8 * np.diff(x).min() / len(panel["bars"])
        places = x + (k - (len(panel["bars"]) - 1) / 2) * width
        color = series_style(bars["slot"])["color"]
        drawn = ax.bar(places, values(bars["y"]), 0.92 * width, color=color, alpha=0.85)
        entries[f"bars {bars['name']}"] = (drawn, bars["name"])
    for line in panel["lines"]:
        style = _line_style(line)
        name = line["name"] if panel["direct"] else f"_{line['name']}"
        (drawn,) = ax.plot(x, values(line["y"]), label=name, **style)
        if not panel["direct"]:
            entries[f"lines {line['name']}"] = (drawn, line["name"])
    curves = {one["name"]: _draw_curve(ax, one, values) for one in panel["curves"]}
    entries |= {f"curves {name}": (drawn, name) for name, drawn in curves.items()}
    for dots in panel["dots"]:
        style = series_style(dots["slot"], dots=True)
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.8} if panel["cells"] else {}
        xs, ys = values(dots["x"]), values(dots["y"])
        (drawn,) = ax.plot(xs, ys, label=f"_{dots['name']}", **style | edge)
        if dots["name"] in curves:  # the two share an entry
            entries[f"curves {dots['name']}"] = ((*curves[dots["name"]], drawn), dots["name"])
        else:
            entries[f"dots {dots['name']}"] = (drawn, dots["name"])
    band = entries.pop("band", None)
    return [*entries.values(), *([band] if band and band[1] else [])]


def _line_style(line: Layout) -> dict[str, Any]:
    faint = FAINT | ({"alpha": 0.3} if line["slot"] == "ink" else {})  # ink is the darkest
    return series_style(line["slot"]) | (faint if line["faint"] else {})


def _draw_curve(ax: Axes, curve: Layout, values: Reader) -> tuple[Any, ...]:
    style = _line_style(curve)
    xs, ys = values(curve["x"]), values(curve["y"])
    (drawn,) = ax.plot(xs, ys, label=f"_{curve['name']}", **style, solid_capstyle="round")
    pale = 0.1 if curve["faint"] else 0.2
    fill = ax.fill(xs, ys, color=style["color"], alpha=pale, lw=0) if curve["filled"] else []
    return (drawn, *fill)


def _draw_cells(ax: Axes, cells: Layout, values: Reader, index: Sequence[int]) -> None:
    x, y = values(cells["xedges"]), values(cells["yedges"])
    low, high, center = cells["low"], cells["high"], cells["center"]
    if center is not None:
        far = max(high - center, center - low)
        low, high = center - far, center + far
    matrix = values(cells["value"]).reshape(len(y) - 1, len(x) - 1)
    colors = RISING if center is None else PARTING
    mesh = ax.pcolormesh(x, y, matrix, cmap=colors, vmin=low, vmax=high, rasterized=True)
    bar = ax.figure.colorbar(mesh, ax=ax, label=cells["name"], shrink=0.8)
    bar.ax.set_ylim(cells["low"], cells["high"])
    if cells["controls"]:
        column, row = (index[k] for k in cells["controls"])
        left, right = map(float, x[column : column + 2])
        bottom, top = map(float, y[row : row + 2])
        ax.add_patch(
            Rectangle((left, bottom), right - left, top - bottom, fill=False, ec=INK, lw=2)
        )


def _key(figure: Figure, entries: Sequence[tuple[Any, str]], numbers: str) -> None:
    """Write the numbers below, and name what has no end to be named at."""
    once = {name: handle for handle, name in entries}
    style = {"loc": "outside lower left", "ncols": 3, "alignment": "left", "fontsize": 9}
    figure.legend([*once.values()], [*once], title=numbers, title_fontsize=9, **style)


def _axes(ax: Axes, panel: Layout) -> None:
    for name in "xy":
        if panel[f"log{name}"]:
            ax.set(**{f"{name}scale": "log"})
            _plain(getattr(ax, f"{name}axis"), panel[f"{name}lim"])
    ax.set(xlim=panel["xlim"], ylim=panel["ylim"])
    ax.set(xlabel=panel["xlabel"], ylabel=panel["ylabel"])
    if panel["xnames"] is not None:
        places, names = _named(panel["xnames"], panel["xlim"], panel["xlabel"])
        ax.set_xticks(places, names)
    if panel["ynames"] is not None:
        places, names = _named(panel["ynames"], panel["ylim"], panel["ylabel"])
        ax.set_yticks(places[::-1], names)  # rows are named from the top, as in a matrix
    if panel["equal"]:
        ax.set_aspect("equal")


def _plain(axis: Axis, limits: Sequence[float]) -> None:
    """Plain numbers on a log axis with fewer than three powers of ten: 1, 2, 5 times them.

    Where fewer than three of these fit too, ticks are those of a linear axis; all as in the page.
    """
    low, high = limits[0] * (1 - 1e-9), limits[1] * (1 + 1e-9)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.log10(high))
    fine = np.outer([1, 2, 5], powers)
    if np.sum((powers >= low) & (powers <= high)) < 3:
        few = np.sum((fine >= low) & (fine <= high)) < 3
        axis.set_major_locator(AutoLocator() if few else LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def _named(
    names: Sequence[str], limits: Sequence[float], label: str
) -> tuple[Sequence[int], Sequence[str]]:
    """The ticks of an axis with names; of a labeled one without, the first and the last number."""
    last = round(limits[1] - limits[0]) - 1
    if names or not label:
        return range(len(names)), names
    return [0, last], ["1", str(last + 1)]
