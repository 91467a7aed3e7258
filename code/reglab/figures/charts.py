"""The book's charts: curves with their intervals, findings as titles, small multiples.

Each function draws on given axes, and takes plain or labeled (xarray) arrays.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from reglab.figures.labels import label_line_end, label_line_ends


def curve_with_band(
    ax: Axes,
    x: Any,
    mean: Any,
    low: Any,
    high: Any,
    *,
    label: str,
    n: int | None = None,
    **style: Any,
) -> Line2D:
    """Draw `mean` over `x` with the band from `low` to `high`, and name it at its end.

    Shapes: x, mean, low, high (P,). `reglab.evidence.interval` gives the last three:
    `curve_with_band(ax, runs.epoch, *interval(runs.test_error), label="test")`.

    Args:
        n: the runs behind the band; then "band: 95 % interval, n = ..." is written under the
            figure. Leave it out where the caption says so.
        style: passed on to `ax.plot` (color, linestyle, marker, ...).
    Raises: ValueError if the shapes differ, or if the mean leaves its band.
    """
    x, mean, low, high = (np.asarray(v, dtype=float) for v in (x, mean, low, high))
    shapes = {v.shape for v in (x, mean, low, high)}
    if len(shapes) > 1 or x.ndim != 1:
        got = ", ".join(str(v.shape) for v in (x, mean, low, high))
        raise ValueError(f"x, mean, low, high must have one shape (P,); got {got}")
    if (mean < low).any() or (mean > high).any():
        raise ValueError(
            "the mean must lie in its band; are the arguments in order mean, low, high?"
        )
    (line,) = ax.plot(x, mean, label=label, **style)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.18, linewidth=0)
    label_line_end(line)
    if n is not None:
        note(ax.figure, f"band: 95 % interval, n = {n}")
    return line


def points_with_interval(
    ax: Axes, names: Sequence[str], mean: Any, low: Any, high: Any, *, n: int | None = None
) -> None:
    """Draw one row per name, the first on top: a point for the mean, a bar for the interval.

    Shapes: mean, low, high (len(names),). A bar chart would start at 0; these start where the
    values are, so that intervals can be read.
    """
    mean, low, high = (np.asarray(v, dtype=float) for v in (mean, low, high))
    rows = np.arange(len(names))
    if not mean.shape == low.shape == high.shape == rows.shape:
        got = f"{mean.shape}, {low.shape}, {high.shape}"
        raise ValueError(f"{len(names)} names need as many means, lows and highs; got {got}")
    ax.errorbar(mean, rows, xerr=(mean - low, high - mean), fmt="o", capsize=3)
    ax.set_yticks(rows, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if n is not None:
        note(ax.figure, f"bar: 95 % interval, n = {n}")


def finding(ax: Axes, title: str) -> None:
    """Write what the figure found above it, and name every labeled line at its end."""
    ax.set_title(title)
    label_line_ends(ax)


def note(figure: Figure | SubFigure, text: str) -> None:
    """Write a line in small letters under the figure; the last one written stays."""
    figure.supxlabel(text, fontsize=8, x=0.99, ha="right", color="0.35")


def small_multiples(
    count: int,
    columns: int | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    height: float = 2.6,
    width: float = 8.0,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels on shared axes, in reading order; sizes in inches.

    Sharing both axes lets panels be compared by eye. Only the outer panels carry axis names.
    """
    columns = columns or min(count, 3)
    rows = -(-count // columns)
    figure, grid = plt.subplots(
        rows, columns, sharex=True, sharey=True, squeeze=False, figsize=(width, height * rows)
    )
    panels = list(grid.flat)
    for k, ax in enumerate(panels[:count]):
        ax.set_ylabel(ylabel if k % columns == 0 else "")
        below = k + columns
        ax.set_xlabel(xlabel if below >= count else "")
        ax.tick_params(labelbottom=below >= count)
    for ax in panels[count:]:
        ax.remove()
    return figure, panels[:count]
