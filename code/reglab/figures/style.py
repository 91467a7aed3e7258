"""The one look of the book's figures: colors, dashes and markers, and the matplotlib style sheet.

Source      Okabe, Ito (2008), "Color Universal Design", jfly.uni-koeln.de/color, for the hues;
            Machado, Oliveira, Fernandes (2009), "A physiologically-based model for simulation of
            color vision deficiency", for the check that any two stay apart.
Departures  Lightness is chosen by us, so that each has a contrast of 4.5 : 1 or more (text in the
            color of its line stays readable) on white, and in the dark set on #1a1a1a; yellow and
            sky blue are left out of the light set. The sets also stand in js/figure.css.
Color is never alone: the i-th line of a figure also has its own dash and marker.
"""

from typing import Any, Literal

from matplotlib import style
from matplotlib.figure import Figure

SHEET = "reglab.figures.house"
LIGHT = ("#1074d2", "#b95c12", "#00463a", "#86007c", "#665100", "#757575")
DARK = ("#2f9ff5", "#ec9056", "#c1f2da", "#c873a4", "#f5d956", "#bdbdbd")
INK = "#1a1a1a"
# Lengths of stroke and gap in points; () is a solid line. The same patterns stand in js/series.js.
DASHES = ((), (7, 3), (2, 2.5), (8, 3, 2, 3), (12, 3), (4, 2, 1, 2, 1, 2))
MARKERS = ("o", "s", "^", "D", "v", "P")


def use_house_style() -> None:
    """Give every later matplotlib figure the look of the book."""
    style.use(SHEET)


def house_figure(width: float = 6.0, height: float = 3.2) -> Figure:
    """Return an empty figure (inches) that pyplot does not know, so nothing shows or leaks.

    It takes fonts, spines and sizes from the house style when drawn inside
    `matplotlib.style.context(SHEET)`.
    """
    with style.context(SHEET):
        return Figure(figsize=(width, height), layout="constrained")


def series_style(slot: int | Literal["ink"], dots: bool = False) -> dict[str, Any]:
    """Return matplotlib's arguments for the series in `slot`: 0 ... 5, or "ink" (a reference)."""
    ink = slot == "ink"
    color = INK if ink else LIGHT[slot]
    if dots:
        marker = "o" if ink else MARKERS[slot]
        return {"color": color, "linestyle": "None", "marker": marker, "markeredgewidth": 0}
    dash = (4, 2) if ink else DASHES[slot]
    style = {"color": color, "linestyle": (0, dash) if dash else "-"}
    return {**style, "linewidth": 1.2} if ink else style
