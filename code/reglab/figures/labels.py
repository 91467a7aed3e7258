"""Names written at the ends of lines, moved apart where they would overlap."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions in [low, high], at least `gap` apart, as near to `wanted` as can be.

    It minimizes sum (position - wanted)^2 in the order of `wanted` (isotonic regression, by
    pooling neighbors that collide). Where they cannot all fit, the gap shrinks to what fits.
    """
    order = np.argsort(wanted, kind="stable")
    n = len(order)
    gap = min(gap, (high - low) / max(n - 1, 1))
    pools: list[tuple[float, int]] = []  # (sum of wanted - rank * gap, count)
    for rank, i in enumerate(order):
        pools.append((wanted[i] - rank * gap, 1))
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            total, count = pools.pop()
            pools[-1] = (pools[-1][0] + total, pools[-1][1] + count)
    levels = [_mean(pool) for pool in pools for _ in range(pool[1])]
    placed = np.empty(n)
    placed[order] = np.clip(levels, low, high - (n - 1) * gap) + np.arange(n) * gap
    return placed.tolist()


def _mean(pool: tuple[float, int]) -> float:
    return pool[0] / pool[1]


class EndLabels(Artist):
    """The names of an axes' lines, placed again at each drawing.

    So it does not matter whether scales and limits are set before or after the lines are named,
    and the layout leaves space for the names.
    """

    SIZE, AWAY = 9.0, 6.0  # of the letters, and from the last end, in points

    axes: Axes  # never without

    def __init__(self, ax: Axes):
        super().__init__()
        self._names: dict[Line2D, tuple[Text, Line2D]] = {}
        ax.add_artist(self)
        self.set_clip_on(False)  # the layout leaves no space for what is clipped to the axes

    def add(self, line: Line2D) -> None:
        """Name `line` by its label, in its color, and hide the label from a legend."""
        name, color = str(line.get_label()), line.get_color()
        line.set_label(f"_{name}")
        text = Text(text=name, color=color, size=self.SIZE, verticalalignment="center")
        leader = Line2D([], [], color=color, linewidth=0.7, linestyle="-", marker="")
        for part in (text, leader):
            part.set_figure(self.axes.figure)
        self._names[line] = (text, leader)

    def draw(self, renderer: RendererBase) -> None:
        """Place the names and draw them."""
        for text, leader in self._placed():
            leader.draw(renderer)
            text.draw(renderer)

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        """Return the box around the names, in pixels; the layout asks for it."""
        boxes = [text.get_window_extent(renderer) for text, _ in self._placed()]
        return Bbox.union(boxes) if boxes else Bbox.null()

    def _placed(self) -> list[tuple[Text, Line2D]]:
        frame, point = self.axes.bbox, self.axes.figure.dpi / 72
        ends = {line: end for line in self._names if (end := _end(self.axes, line)) is not None}
        wanted = [y for _, y in ends.values()]
        placed = spread(wanted, 1.25 * self.SIZE * point, frame.y0, frame.y1)
        start = max((x for x, _ in ends.values()), default=0.0) + self.AWAY * point
        for (line, (x, y)), at in zip(ends.items(), placed, strict=True):
            text, leader = self._names[line]
            # A thin line leads to a name that had to move, and from a line that ends early.
            far = abs(at - y) > 3 * point or start - x > 3 * self.AWAY * point
            text.set_position((start + (self.AWAY * point if far else 0), at))
            leader.set_data([x, start + 3 * point] if far else [], [y, at] if far else [])
        return [self._names[line] for line in ends]


def _end(ax: Axes, line: Line2D) -> tuple[float, float] | None:
    """The last drawn point of `line` within the frame's width, in pixels; y kept in the frame."""
    points = np.column_stack([line.get_xdata(orig=False), line.get_ydata(orig=False)]).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        pixels = line.get_transform().transform(points)
    seen = pixels[np.isfinite(pixels).all(axis=1) & (pixels[:, 0] <= ax.bbox.x1 + 1)]
    if not len(seen):
        return None
    return float(seen[-1, 0]), float(np.clip(seen[-1, 1], ax.bbox.y0, ax.bbox.y1))


def label_line_end(line: Line2D) -> None:
    """Write the label of `line` at its right end, clear of the names already there."""
    ax = line.axes
    assert isinstance(ax, Axes), "a line to label is in a figure"
    names = next((child for child in ax.get_children() if isinstance(child, EndLabels)), None)
    (names or EndLabels(ax)).add(line)


def label_line_ends(ax: Axes) -> None:
    """Write the labels of all lines of `ax` at their ends, except of dots and of vertical lines.

    A line without a label of its own (matplotlib names it with an underscore) is left out.
    """
    for line in list(ax.lines):
        drawn = line.get_linestyle() != "None" and not str(line.get_label()).startswith("_")
        if drawn and np.ptp(np.asarray(line.get_xdata(orig=False), dtype=float)) > 0:
            label_line_end(line)
