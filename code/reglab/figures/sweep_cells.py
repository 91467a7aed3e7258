"""The cells of a Sweep: a matrix as colored cells, for heat maps, decision boundaries and masks.

Symbols: R rows, C columns. Rows and columns are drawn at positions: those of numbers where numbers
are given, else 0, 1, 2 ... with the first row on top, as a matrix is written. A cell reaches half
way to its neighbors; `edges` are the C + 1 (or R + 1) ends of the cells.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reglab.figures.grid import Grid, Packer

if TYPE_CHECKING:
    from reglab.figures.sweep_layout import Panel

MAX_CELLS = 4096  # more would neither be seen nor move smoothly


@dataclass(frozen=True)
class Frame:
    """What cells ask of the axes of their panel; nothing where there are none."""

    columns: np.ndarray | None = None  # positions
    x: tuple[float, float] | None = None  # from the first edge to the last
    y: tuple[float, float] | None = None
    ynames: list[str] | None = None  # None: numbers as usual
    square: bool = False


def places(name: str, values: Any) -> tuple[np.ndarray, list[str] | None]:
    """Return the positions along an axis, and their names where `values` are texts.

    >>> places("x", ["none", "dropout"])
    (array([0., 1.]), ['none', 'dropout'])
    """
    data = np.asarray(values if values is not None else [])
    texts = data.ndim == 1 and data.dtype.kind in "UO" and all(isinstance(v, str) for v in data)
    if texts and len(data) > 1:
        return np.arange(len(data), dtype=np.float64), data.tolist()
    numbers = data.astype(np.float64) if data.dtype.kind in "biuf" else np.empty(0)
    if numbers.ndim != 1 or len(numbers) < 2 or not np.isfinite(numbers).all():
        raise ValueError(
            f"{name} must hold 2 or more finite numbers or texts, (P,); got shape {data.shape}"
        )
    return numbers, None


def edges(centers: np.ndarray, log: bool = False) -> np.ndarray:
    """Return the ends of cells around `centers` (P,), half way to their neighbors: (P + 1,).

    >>> edges(np.array([0.0, 1.0, 3.0]))
    array([-0.5,  0.5,  2. ,  4. ])
    """
    at = np.log(centers) if log else centers
    middle = (at[1:] + at[:-1]) / 2
    ends = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(ends) if log else ends


def pack_cells(grid: Grid, packer: Packer, panel: "Panel") -> tuple[list[dict[str, Any]], Frame]:
    """Return the layout of the panel's cells, a list of one or none, and what they ask of its axes.

    Raises: ValueError for more than one matrix, for x or y of other lengths than the matrix, for
        limits that are not low < high, and for `controls` that are no knobs of these lengths.
    """
    if not panel.cells:
        if panel.y is not None:
            raise ValueError("y belongs to cells; got it without cells")
        return [], Frame()
    if len(panel.cells) > 1:
        raise ValueError(f"a panel shows one matrix; got cells {', '.join(panel.cells)}")
    ((name, values),) = panel.cells.items()
    data, (rows, columns) = grid.align_matrix(name, values)
    if rows * columns > MAX_CELLS or min(rows, columns) < 2:
        raise ValueError(
            f"cells need 2 or more rows and columns and at most {MAX_CELLS} cells; got "
            f"{rows} x {columns}"
        )
    x, _ = places("x", np.arange(columns) if panel.x is None else panel.x)
    y, ynames = places("y", np.arange(rows) if panel.y is None else panel.y)
    if (len(y), len(x)) != (rows, columns):
        raise ValueError(f"{name!r} is {rows} x {columns}, but y has {len(y)} and x {len(x)}")
    if panel.y is None or ynames:
        y = y[::-1]  # the first row on top
    ends = {"xedges": edges(x, panel.logx), "yedges": edges(y, panel.logy)}
    blocks = {
        key: packer.add(v.reshape((1,) * len(grid.shape) + v.shape)) for key, v in ends.items()
    }
    low, high = _colors(name, data, panel)
    layout = {"name": name, "value": packer.add(data), **blocks, "low": low, "high": high}
    layout |= {"center": panel.center, "controls": _controls(grid, panel, rows, columns)}
    (left, right), (bottom, top) = ((v.min(), v.max()) for v in ends.values())
    names = [] if panel.y is None else ynames
    square = panel.x is None and panel.y is None
    return [layout], Frame(x, (left, right), (bottom, top), names, square)


def _colors(name: str, data: np.ndarray, panel: "Panel") -> tuple[float, float]:
    """The values of the palest and the strongest color: the same at every position of the knobs."""
    finite = data[np.isfinite(data)]
    if panel.zlim is None and not finite.size:
        raise ValueError(f"{name!r} holds no finite number")
    low, high = map(float, panel.zlim or (finite.min(), finite.max()))
    if panel.zlim is None and low == high:
        low, high = low - 0.5, high + 0.5
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"zlim must be (low, high) with low < high; got ({low:g}, {high:g})")
    if panel.center is not None and not low <= panel.center <= high:
        raise ValueError(f"center must lie in zlim ({low:g}, {high:g}); got {panel.center:g}")
    return low, high


def _controls(grid: Grid, panel: "Panel", rows: int, columns: int) -> list[int] | None:
    """The places of the knobs that a click on a cell sets: of its column, of its row."""
    if panel.controls is None:
        return None
    found = [grid.names.index(name) for name in panel.controls if name in grid.names]
    if [grid.shape[k] for k in found] != [columns, rows] or found[0] == found[1]:
        raise ValueError(
            f"controls must name the knobs of the {columns} columns and of the {rows} rows; got "
            f"{panel.controls}"
        )
    return found
