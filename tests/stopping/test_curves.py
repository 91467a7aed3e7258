"""Rules for arrays of curves: equal to EarlyStopping on each curve; positions; errors."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reglab.stopping import curves as module
from reglab.stopping.curves import (
    Stops,
    as_costs,
    best_positions,
    freeze_curves,
    patience_stops,
    stops_where,
    values_at,
)
from reglab.stopping.patience import EarlyStopping

NAN, INF = math.nan, math.inf
# Few different values, so that ties and changes of exactly min_delta are frequent.
VALUES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 2.0, NAN, INF, -INF])


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


def one_curve(values, **settings):
    """(position, best, fired) of the readers' own loop."""
    stopping = EarlyStopping(**settings, restore_best=False)
    for value in values:
        if stopping.step(value):
            break
    return stopping.epoch - 1, (stopping.best_epoch or 1) - 1, stopping.stopped


@given(
    arrays(
        float, st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 12)), elements=VALUES
    ),
    st.integers(1, 4),
    st.sampled_from(["min", "max"]),
    st.sampled_from([0.0, 0.25, 0.5]),
)
def test_it_decides_as_early_stopping_run_on_each_curve(curves, patience, mode, min_delta):
    settings = dict(patience=patience, mode=mode, min_delta=min_delta)
    found = patience_stops(curves, **settings)
    for index in np.ndindex(curves.shape[:-1]):
        wanted = one_curve(curves[index], **settings)
        assert tuple(part[index] for part in found) == wanted


def test_shapes_and_kinds():
    found = patience_stops(np.zeros((2, 3, 9), dtype=np.float32), 4)
    assert [part.shape for part in found] == [(2, 3)] * 3
    assert [part.dtype.kind for part in found] == ["i", "i", "b"]
    assert (found.position == 4).all() and (found.best == 0).all() and found.fired.all()
    assert [type(part) for part in patience_stops([1.0, 2.0], 1)] == [int, int, bool]


def test_a_rule_that_never_fires_ends_with_the_curve():
    assert patience_stops([3.0, 2.0, 1.0], 1) == Stops(2, 2, False)


def test_best_looks_no_further_than_the_stop():
    assert patience_stops([2.0, 3.0, 3.0, 1.0], 2) == Stops(2, 0, True)


def test_best_positions():
    curves = [[0.5, 0.25, 0.25], [NAN, 0.5, 0.75], [NAN, NAN, NAN]]
    assert best_positions(curves).tolist() == [1, 1, 0]
    assert best_positions(curves, mode="max").tolist() == [0, 2, 0]


def test_values_at():
    curves = np.arange(24).reshape(2, 3, 4)
    positions = np.array([[0, 1, 2], [3, 2, 1]])
    assert values_at(curves, positions).tolist() == [[0, 5, 10], [15, 18, 21]]
    assert values_at(curves, positions).dtype == curves.dtype
    with pytest.raises(ValueError, match=r"one position each, of shape \(2, 3\); got \(3,\)"):
        values_at(curves, [0, 1, 2])
    with pytest.raises(ValueError, match="need one position each"):
        values_at(1.0, 0)


def test_freeze_curves():
    curves = np.array([[5, 4, 6, 7, 3], [5, 4, 3, 2, 1]])
    stops = patience_stops(curves, 2)
    assert freeze_curves(curves, stops).tolist() == [[5, 4, 6, 7, 4], [5, 4, 3, 2, 1]]
    # Other curves of the same runs are frozen at the same places.
    assert freeze_curves(10 * curves + 1, stops).tolist()[0] == [51, 41, 61, 71, 41]


def test_as_costs():
    assert as_costs([[1, 2]]).dtype == float
    assert as_costs([1.0, NAN, -INF, INF], "max").tolist() == [-1.0, INF, INF, INF]
    assert as_costs([1.0, NAN, -INF, INF], "min").tolist() == [1.0, INF, INF, INF]


def test_stops_where_takes_the_first_fire():
    fires = np.array([[False, True, True], [False, False, False]])
    costs = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 1.0]])
    found = stops_where(fires, costs)
    assert [part.tolist() for part in found] == [[1, 2], [1, 1], [True, False]]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(patience=0), "patience must be a whole number >= 1; got 0"),
        (dict(min_delta=-1.0), "min_delta must be a finite number >= 0; got -1"),
        (dict(mode="best"), "mode must be one of min, max; got 'best'"),
        (dict(curves=[]), r"curves must have shape \(\.\.\., epoch\), one value or more"),
        (dict(curves=1.0), "curves must have shape"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        patience_stops(**dict(curves=[1.0, 2.0], patience=1) | arguments)
