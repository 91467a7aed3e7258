"""One look, charts with intervals, and figures that readers can move.

It draws numpy arrays (and labeled ones), and never imports torch.
"""

from reglab.figures.book_figure import BookFigure
from reglab.figures.charts import (
    curve_with_band,
    finding,
    note,
    points_with_interval,
    small_multiples,
)
from reglab.figures.labels import label_line_ends
from reglab.figures.product import Product
from reglab.figures.quiz import Quiz
from reglab.figures.style import house_figure, use_house_style
from reglab.figures.sweep import Sweep

__all__ = [
    "BookFigure",
    "Product",
    "Quiz",
    "Sweep",
    "curve_with_band",
    "finding",
    "house_figure",
    "label_line_ends",
    "note",
    "points_with_interval",
    "small_multiples",
    "use_house_style",
]
