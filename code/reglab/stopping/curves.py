"""Stopping rules for recorded curves: many at once, long after the training.

Source      The rule is that of `reglab.stopping.patience`; see there for its sources.
Departures  None: `patience_stops` decides as EarlyStopping.step, called on one value after another.
Symbols     A curve is an array (..., E): one value per measured epoch on the last axis, any axes
            before it (settings, seeds). A position counts along the last axis from 0; it is not an
            epoch, unless the first value was measured before training: epochs[position] is.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reglab.core import check_choice, check_count, check_nonnegative
from reglab.stopping.patience import MODES


class Stops(NamedTuple):
    """Where a rule ends each curve: three arrays (...), or scalars for a single curve.

    position: the last measurement that a run stopped by the rule makes.
    best: the first position of the best value up to there: whose weights to return.
    fired: False where the rule never fired, so that `position` is the end of the curve.
    """

    position: np.ndarray
    best: np.ndarray
    fired: np.ndarray


def patience_stops(
    curves: ArrayLike, patience: int, *, mode: str = "min", min_delta: float = 0.0
) -> Stops:
    """Return where `EarlyStopping(patience, mode=mode, min_delta=min_delta)` stops each curve.

    Args: as there; curves (..., E), whose values that are not finite count as no improvement.
    Raises: ValueError for an argument out of range, or curves without a value.

    >>> patience_stops([0.5, 0.3, 0.4, 0.3, 0.2], patience=2)
    Stops(position=3, best=1, fired=True)
    """
    patience = check_count("patience", patience)
    min_delta = check_nonnegative("min_delta", min_delta)
    values = as_costs(curves, mode)
    reference = np.full(values.shape[:-1], np.inf)
    wait = np.zeros(values.shape[:-1], dtype=int)
    fires = np.zeros(values.shape, dtype=bool)
    for e in range(values.shape[-1]):  # each step is vectorized over all curves
        improved = values[..., e] < reference - min_delta
        reference = np.where(improved, values[..., e], reference)
        wait = np.where(improved, 0, wait + 1)
        fires[..., e] = wait >= patience
    return stops_where(fires, values)


def best_positions(curves: ArrayLike, *, mode: str = "min") -> np.ndarray:
    """Return the first position of the best finite value of each curve: (...), 0 if none is.

    >>> int(best_positions([0.5, 0.3, 0.4, 0.3]))
    1
    """
    return as_costs(curves, mode).argmin(axis=-1)


def values_at(curves: ArrayLike, positions: ArrayLike) -> np.ndarray:
    """Return each curve's value at its own position: (..., E) and (...) give (...).

    With the positions found on the validation curves and the test curves here, this is the test
    error of the networks that would have been returned.
    Raises: ValueError if the shapes do not fit.

    >>> float(values_at([0.5, 0.3, 0.4], 1))
    0.3
    """
    values, where = np.asarray(curves), np.asarray(positions)
    if values.ndim == 0 or where.shape != values.shape[:-1]:
        raise ValueError(
            f"curves (..., epoch) need one position each, of shape {values.shape[:-1]}; got "
            f"{where.shape}"
        )
    return np.take_along_axis(values, where[..., None], axis=-1)[..., 0]


def freeze_curves(curves: ArrayLike, stops: Stops) -> np.ndarray:
    """Return the curves as if each run had been stopped and its best weights restored: (..., E).

    Up to `stops.position` a curve is as it was; from there on it has the value at `stops.best`.

    >>> freeze_curves([0.5, 0.3, 0.4, 0.6], Stops(2, 1, True)).tolist()
    [0.5, 0.3, 0.4, 0.3]
    """
    values = np.asarray(curves)
    restored = values_at(values, stops.best)[..., None]
    after = np.arange(values.shape[-1]) > np.asarray(stops.position)[..., None]
    return np.where(after, restored, values)


def as_costs(curves: ArrayLike, mode: str = "min") -> np.ndarray:
    """Return the curves as float64 of which low values are good, inf where they are not finite.

    >>> as_costs([0.5, float("nan")], mode="max").tolist()
    [-0.5, inf]
    """
    check_choice("mode", mode, MODES)
    values = np.asarray(curves, dtype=float)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"curves must have shape (..., epoch), one value or more; got {curves!r}")
    return np.where(np.isfinite(values), values if mode == "min" else -values, np.inf)


def stops_where(fires: np.ndarray, costs: np.ndarray) -> Stops:
    """Return the stops of a rule that fires where `fires` (..., E) is first True.

    >>> stops_where(np.array([False, True, True]), np.array([0.5, 0.7, 0.4]))
    Stops(position=1, best=0, fired=True)
    """
    fired = fires.any(axis=-1)
    position = np.where(fired, fires.argmax(axis=-1), fires.shape[-1] - 1)
    seen = np.arange(fires.shape[-1]) <= position[..., None]
    best = np.where(seen, costs, np.inf).argmin(axis=-1)
    found: list[Any] = [np.asarray(part) for part in (position, best, fired)]
    return Stops(*(a if a.ndim else a.item() for a in found))  # a single curve: plain numbers
