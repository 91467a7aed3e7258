"""The cells of a Sweep: where they lie, their colors, their knobs, and clear errors."""

import numpy as np
import pytest

from reglab.figures.grid import Grid, Packer, read
from reglab.figures.sweep_cells import edges, pack_cells, places
from reglab.figures.sweep_layout import Panel, pack

GRID = Grid({"a": [1, 2, 3], "b": [1, 2]})
MATRIX = np.arange(36.0).reshape(3, 2, 2, 3)  # 2 rows, 3 columns


def layout(**parts):
    (panel,), _, data = pack(GRID, [Panel(**{"cells": {"m": MATRIX}} | parts)], {})
    return panel, panel["cells"][0], data


def test_places_of_numbers_and_of_texts():
    at, names = places("x", [3, 1])
    assert at.tolist() == [3, 1] and names is None
    at, names = places("x", np.array(["u", "v"]))
    assert at.tolist() == [0, 1] and names == ["u", "v"]
    for bad in (None, [1], ["a"], [[1, 2]], [1, np.nan], ["a", None]):
        with pytest.raises(ValueError, match="x must hold 2 or more finite numbers or texts"):
            places("x", bad)


def test_edges_lie_half_way_also_on_a_log_axis():
    np.testing.assert_allclose(edges(np.array([4.0, 2, 1])), [5, 3, 1.5, 0.5])
    np.testing.assert_allclose(edges(np.array([1.0, 100]), log=True), [0.1, 10, 1000])


def test_the_matrix_is_read_row_by_row_at_each_position():
    _, cells, data = layout()
    for at in np.ndindex(3, 2):
        np.testing.assert_allclose(read(data, cells["value"], at), MATRIX[at].ravel())


def test_without_places_the_first_row_is_on_top_and_cells_are_square():
    panel, cells, data = layout()
    assert read(data, cells["xedges"], (0, 0)).tolist() == [-0.5, 0.5, 1.5, 2.5]
    assert read(data, cells["yedges"], (0, 0)).tolist() == [1.5, 0.5, -0.5]
    assert panel["xlim"] == [-0.5, 2.5] and panel["ylim"] == [-0.5, 1.5]
    assert (panel["xnames"], panel["ynames"], panel["equal"]) == ([], [], True)


def test_texts_name_columns_and_rows_from_the_top():
    panel, cells, data = layout(x=["u", "v", "w"], y=["p", "q"])
    assert read(data, cells["yedges"], (0, 0)).tolist() == [1.5, 0.5, -0.5]
    assert (panel["xnames"], panel["ynames"]) == (["u", "v", "w"], ["p", "q"])
    assert panel["equal"] is False


def test_numbers_make_axes_on_which_y_grows_upward():
    panel, cells, data = layout(x=[0, 1, 2], y=[10, 20], logy=False)
    assert read(data, cells["yedges"], (0, 0)).tolist() == [5, 15, 25]
    assert panel["ylim"] == [5, 25]
    assert (panel["xnames"], panel["ynames"], panel["equal"]) == (None, None, False)


def test_numbers_on_one_axis_are_enough_to_let_cells_stretch():
    assert layout(y=[10, 20])[0]["equal"] is False
    assert layout(x=[0, 1, 5])[0]["equal"] is False


def test_log_axes_have_log_edges():
    panel, _, _ = layout(x=[1, 10, 100], y=[1, 100], logx=True, logy=True)
    np.testing.assert_allclose(panel["xlim"], [10**-0.5, 10**2.5])
    np.testing.assert_allclose(panel["ylim"], [0.1, 1000])


def test_each_axis_has_a_scale_of_its_own():
    panel, _, _ = layout(x=[1, 2, 3], y=[1, 100], logy=True)
    np.testing.assert_allclose(panel["xlim"], [0.5, 3.5])
    np.testing.assert_allclose(panel["ylim"], [0.1, 1000])


def test_dots_on_cells_change_no_limits():
    panel, _, _ = layout(x=[0, 1, 2], y=[10, 20], dots={"far": ([99], [99])})
    assert (panel["xlim"], panel["ylim"]) == ([-0.5, 2.5], [5, 25])


def test_colors_are_the_same_at_every_position():
    _, cells, _ = layout()
    assert (cells["low"], cells["high"], cells["center"]) == (0, 35, None)
    _, cells, _ = layout(cells={"m": np.where(MATRIX > 30, np.nan, MATRIX)})
    assert (cells["low"], cells["high"]) == (0, 30)
    _, cells, _ = layout(zlim=(-1, 50), center=50)
    assert (cells["low"], cells["high"], cells["center"]) == (-1, 50, 50)
    _, cells, _ = layout(cells={"m": np.full((2, 2), 3.0)})
    assert (cells["low"], cells["high"]) == (2.5, 3.5)


def test_controls_are_the_knobs_of_columns_and_rows():
    still = {"cells": {"m": MATRIX[0, 0]}}
    assert layout(**still, controls=("a", "b"))[1]["controls"] == [0, 1]
    turned = {"cells": {"m": MATRIX[0, 0].T}}
    assert layout(**turned, controls=("b", "a"))[1]["controls"] == [1, 0]
    assert layout()[1]["controls"] is None


def test_one_knob_cannot_control_columns_and_rows():
    panel = Panel(cells={"m": np.eye(2)}, controls=("b", "b"))
    with pytest.raises(ValueError, match="controls must name the knobs"):
        pack(GRID, [panel], {})


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"cells": {"m": MATRIX, "n": MATRIX}}, "one matrix; got cells m, n"),
        ({"x": [1, 2]}, "'m' is 2 x 3, but y has 2 and x 2"),
        ({"y": [1, 2, 3]}, "'m' is 2 x 3, but y has 3 and x 3"),
        ({"y": [1, np.inf]}, "y must hold 2 or more finite numbers or texts"),
        ({"zlim": (2, 2)}, r"zlim must be \(low, high\) with low < high; got \(2, 2\)"),
        ({"zlim": (0, np.inf)}, "zlim must be"),
        ({"center": -1}, r"center must lie in zlim \(0, 35\); got -1"),
        ({"cells": {"m": MATRIX * np.nan}}, "'m' holds no finite number"),
        ({"cells": {"m": np.zeros((65, 64))}}, "at most 4096 cells; got 65 x 64"),
        ({"cells": {"m": np.zeros((1, 3))}}, "2 or more rows and columns .* got 1 x 3"),
        ({"controls": ("a", "c")}, "knobs of the 3 columns and of the 2 rows; got"),
        ({"controls": ("b", "a")}, "knobs of the 3 columns and of the 2 rows; got"),
        ({"controls": ("a", "a")}, "knobs of the 3 columns and of the 2 rows; got"),
        ({"cells": {}, "x": [1, 2], "lines": {"l": [1, 2]}, "y": [1, 2]}, "y belongs to cells"),
    ],
)
def test_errors_name_what_is_wrong(parts, message):
    with pytest.raises(ValueError, match=message):
        layout(**parts)


def test_a_panel_without_cells_asks_nothing_of_its_axes():
    cells, frame = pack_cells(GRID, Packer(), Panel())
    assert cells == [] and frame.x is None and frame.y is None and not frame.square
    assert frame.ynames is None
