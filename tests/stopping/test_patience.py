"""EarlyStopping: its rule, value by value; what a monitor is; errors."""

import doctest
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reglab.stopping import patience as module
from reglab.stopping.patience import EarlyStopping, one_number

NAN, INF = math.nan, math.inf


def decisions(values, **settings):
    stopping = EarlyStopping(**settings, restore_best=False)
    return [stopping.step(value) for value in values], stopping


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_it_stops_at_the_patience_th_epoch_in_a_row_without_improvement(patience):
    stops, stopping = decisions([1.0, *[2.0] * patience], patience=patience)
    assert stops == [False] * patience + [True]
    assert (stopping.stopped, stopping.wait, stopping.epoch) == (True, patience, patience + 1)


def test_an_improvement_starts_the_count_again():
    stops, stopping = decisions([3.0, 4.0, 2.0, 3.0, 3.0], patience=2)
    assert stops == [False, False, False, False, True]
    assert (stopping.best, stopping.best_epoch) == (2.0, 3)


def test_mode_max_is_mode_min_of_the_negative_values():
    values = [0.5, 0.6, 0.55, 0.61, 0.6, 0.6, 0.7]
    high, a = decisions(values, patience=2, mode="max", min_delta=0.02)
    low, b = decisions([-v for v in values], patience=2, mode="min", min_delta=0.02)
    assert high == low == [False, False, False, True, True, True, False]
    assert (a.best, a.best_epoch) == (-b.best, b.best_epoch) == (0.7, 7)


def test_a_tie_is_no_improvement_and_the_first_of_equals_is_the_best():
    stops, stopping = decisions([1.0, 1.0, 1.0], patience=2)
    assert stops == [False, False, True]
    assert stopping.best_epoch == 1


@pytest.mark.parametrize("change, counts", [(0.25, False), (0.375, True)])
def test_a_change_of_exactly_min_delta_is_no_improvement(change, counts):
    stops, _ = decisions([1.0, 1.0 - change], patience=1, min_delta=0.25)
    assert stops == [False, not counts]


def test_small_changes_add_up_to_an_improvement():
    """Each is compared with the last improvement, not with the epoch before."""
    stops, stopping = decisions([1.0, 0.875, 0.75, 0.625], patience=3, min_delta=0.25)
    assert stops == [False] * 4 and stopping.wait == 0 and stopping.reference == 0.625


def test_min_delta_decides_on_patience_and_not_on_what_is_best():
    stops, stopping = decisions([1.0, 0.9, 0.95], patience=2, min_delta=0.5)
    assert stops == [False, False, True]
    assert (stopping.best, stopping.best_epoch, stopping.reference) == (0.9, 2, 1.0)


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_a_value_that_is_not_finite_is_no_improvement(mode, bad):
    stops, stopping = decisions([1.0, bad, bad], patience=2, mode=mode)
    assert stops == [False, False, True] and stopping.best == 1.0


def test_not_finite_first_values():
    stops, stopping = decisions([NAN, 5.0, 6.0], patience=2)
    assert stops == [False, False, False]
    assert (stopping.best, stopping.best_epoch) == (5.0, 2)
    stops, stopping = decisions([NAN, INF], patience=2)
    assert stops == [False, True] and stopping.best is stopping.best_epoch is None


def test_the_first_epoch_is_an_improvement_even_if_min_delta_is_larger_than_it():
    stops, stopping = decisions([0.1], patience=1, min_delta=5.0)
    assert stops == [False] and stopping.reference == 0.1


def test_it_may_go_on_after_it_stopped():
    stops, _ = decisions([1.0, 2.0, 2.0, 0.5, 1.0], patience=1)
    assert stops == [False, True, True, False, True]


@given(
    st.lists(st.floats(0, 4).map(lambda v: round(4 * v) / 4) | st.just(NAN), max_size=20),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.25, 1.0]),
)
def test_against_the_rule_written_in_one_line_per_word(values, patience, min_delta):
    """Keras and Lightning, without their surprises: wait counts, improvement resets it."""
    best, wait, wanted = INF, 0, []
    for value in values:
        wait += 1
        if value < best - min_delta:
            best, wait = value, 0
        wanted.append(wait >= patience)
    assert decisions(values, patience=patience, min_delta=min_delta)[0] == wanted


@pytest.mark.parametrize(
    "value",
    [1.5, np.float32(1.5), np.array(1.5), np.array([1.5]), torch.tensor(1.5), torch.ones(1) * 1.5],
)
def test_what_counts_as_one_number(value):
    assert one_number(value) == 1.5 and type(one_number(value)) is float


def test_a_monitor_with_a_gradient():
    assert one_number(torch.tensor(2.0, requires_grad=True)) == 2.0


@pytest.mark.parametrize(
    "value", [True, "0.5", None, [0.5], torch.ones(2), np.ones(2), torch.tensor(True), 1j]
)
def test_what_does_not(value):
    with pytest.raises(ValueError, match="monitor must be one number; got .*; take its mean"):
        one_number(value)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(patience=0), "patience must be a whole number >= 1; got 0"),
        (dict(patience=2.5), "patience must be a whole number >= 1; got 2.5"),
        (dict(mode="auto"), "mode must be one of min, max; got 'auto'"),
        (dict(min_delta=-0.1), "min_delta must be a finite number >= 0; got -0.1"),
        (dict(min_delta=NAN), "min_delta must be a finite number >= 0; got nan"),
    ],
)
def test_arguments_out_of_range(wrong, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**wrong)
