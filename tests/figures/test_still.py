"""The picture of a Sweep: the same curves, names and numbers as in the page."""

import numpy as np
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose

from reglab.figures import Sweep
from reglab.figures.labels import EndLabels
from reglab.figures.style import INK, LIGHT

X = np.linspace(0, 1, 5)
FIT = np.arange(10.0).reshape(2, 5)


def picture(**changes):
    parts = {
        "title": "It rises",
        "knobs": {"size": [10, 20]},
        "x": X,
        "lines": {"truth": X, "fit": FIT},
        "bands": {"fit": (FIT - 1, FIT + 1)},
        "dots": {"data": ([0.5, np.nan], [1, np.nan])},
        "readouts": {"error": [0.25, 0.125]},
        "reference": ["truth"],
        "band_label": "95 % interval, 10 seeds",
        "xlabel": "time (s)",
        "ylabel": "loss",
        "start": {"size": 20},
        "alt": "a",
    }
    with style.context("reglab.figures.house"):
        figure = Sweep(**parts | changes).still()
        FigureCanvasAgg(figure).draw()
        return figure, figure.axes[0]


def test_curves_bands_and_dots_stand_at_the_start_position():
    _, ax = picture()
    truth, fit, data = ax.lines
    assert_allclose(truth.get_ydata(), X)
    assert_allclose(fit.get_ydata(), FIT[1])
    assert_allclose(data.get_xydata()[0], [0.5, 1])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (FIT[1].min() - 1, FIT[1].max() + 1)
    assert truth.get_color() == INK and fit.get_color() == LIGHT[0]


def test_everything_is_named():
    figure, ax = picture()
    assert ax.get_title("left").strip() == "It rises"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "loss")
    assert "size = 20" in [text.get_text() for text in ax.texts]
    (names,) = (child for child in ax.get_children() if isinstance(child, EndLabels))
    assert {text.get_text() for text, _ in names._placed()} == {"truth", "fit"}
    (key,) = figure.legends
    assert [t.get_text() for t in key.get_texts()] == ["data", "95 % interval, 10 seeds"]
    assert key.get_title().get_text() == "error: 0.125"


@pytest.mark.parametrize("parts", [{"readouts": {}}, {"dots": {}, "bands": {}}])
def test_a_key_needs_only_one_of_both(parts):
    figure, _ = picture(**parts)
    assert len(figure.legends) == 1


def test_no_key_without_anything_to_explain():
    figure, _ = picture(readouts={}, dots={}, bands={})
    assert not figure.legends


def test_axes_are_as_in_the_page():
    _, ax = picture(xlim=(0.1, 0.9), ylim=(0.5, 20), logx=True, logy=True)
    assert ax.get_xlim() == (0.1, 0.9) and ax.get_ylim() == (0.5, 20)
    assert ax.get_xscale() == ax.get_yscale() == "log"
