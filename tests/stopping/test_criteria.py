"""Prechelt's criteria: his formulas in loops, first epochs, zeros, values not finite, errors."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglab.stopping import criteria as module
from reglab.stopping.criteria import (
    generalization_loss,
    growth_stops,
    loss_stops,
    quotient_stops,
    strip_ends,
    training_progress,
)
from reglab.stopping.curves import Stops

NAN, INF = math.nan, math.inf
CURVE = st.lists(st.sampled_from([0.25, 0.375, 0.5, 0.75, 1.0, 2.0]), min_size=6, max_size=24)


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


# Prechelt (1998), section 2, for one curve, with his epochs t = 1, 2, ... and no arrays.


def gl(va, t):
    return 100 * (va[t - 1] / min(va[:t]) - 1)


def progress(tr, t, k):
    strip = tr[t - k : t]
    return 1000 * (sum(strip) / (k * min(strip)) - 1)


def up(va, s, t, k):
    """UP_s stops after epoch t if UP_{s-1} stops after epoch t - k and E_va(t) > E_va(t - k)."""
    if s == 0:
        return True
    return t > k and va[t - 1] > va[t - k - 1] and up(va, s - 1, t - k, k)


def first(rule, va, epochs):
    fired = [t for t in epochs if rule(t)]
    stop = fired[0] if fired else len(va)
    return Stops(stop - 1, va.index(min(va[:stop])), bool(fired))


@given(CURVE, st.sampled_from([1.0, 30.0, 100.0]))
def test_generalization_loss_is_the_paper_s(va, alpha):
    epochs = range(1, len(va) + 1)
    np.testing.assert_allclose(generalization_loss(va), [gl(va, t) for t in epochs], atol=1e-12)
    assert loss_stops(va, alpha) == first(lambda t: gl(va, t) > alpha, va, epochs)


@given(CURVE, CURVE, st.integers(1, 5), st.sampled_from([0.01, 0.13, 0.7]))
def test_the_quotient_is_the_paper_s(va, tr, k, alpha):
    n = min(len(va), len(tr))
    va, tr = va[:n], tr[:n]
    got, ends = training_progress(tr, k), range(k, n + 1, k)
    assert np.isnan(got[: k - 1]).all()
    wanted = [progress(tr, t, k) for t in range(k, n + 1)]
    np.testing.assert_allclose(got[k - 1 :], wanted, atol=1e-9)

    def rule(t):
        if gl(va, t) == 0:
            return False
        return progress(tr, t, k) < 1e-9 or gl(va, t) / progress(tr, t, k) > alpha

    assert quotient_stops(va, tr, alpha, strip=k) == first(rule, va, ends)


@given(CURVE, st.integers(1, 3), st.integers(1, 5))
def test_growth_over_strips_is_the_paper_s(va, s, k):
    ends = range(k, len(va) + 1, k)
    assert growth_stops(va, s, strip=k) == first(lambda t: up(va, s, t, k), va, ends)


def test_strips_of_five_epochs_are_the_default():
    rising = [1.0 + t for t in range(30)]
    assert growth_stops(rising, 1) == Stops(9, 0, True)
    assert growth_stops(rising, 3) == Stops(19, 0, True)
    assert quotient_stops(rising, [1.0] * 30, 0.5) == Stops(4, 0, True)
    assert np.isnan(training_progress(rising)).sum() == 4
    assert np.flatnonzero(strip_ends(12)).tolist() == [4, 9]


def test_growth_asks_for_strips_in_a_row():
    va = [1.0, 2.0, 1.0, 2.0, 3.0]
    assert growth_stops(va, 2, strip=1) == Stops(4, 0, True)
    assert growth_stops([1.0, 1.0, 1.0], 1, strip=1) == Stops(2, 0, False)


def test_many_curves_are_one_after_another():
    rng = np.random.default_rng(0)
    va, tr = rng.uniform(0.5, 1.0, (2, 2, 3, 20))
    for rule in (
        lambda v, t: loss_stops(v, 20.0),
        lambda v, t: quotient_stops(v, t, 0.2, strip=3),
        lambda v, t: growth_stops(v, 2, strip=2),
    ):
        found = rule(va, tr)
        for index in np.ndindex(2, 3):
            assert tuple(part[index] for part in found) == rule(va[index], tr[index])
    assert training_progress(tr, 3).shape == generalization_loss(va).shape == (2, 3, 20)


def test_zeros():
    assert generalization_loss([0.0, 0.0, 0.5]).tolist() == [0.0, 0.0, INF]
    assert training_progress([0.0, 0.0, 0.5], 2).tolist()[1:] == [0.0, INF]
    # A fitted training set makes no progress: any loss is then too much, no loss is not.
    assert quotient_stops([1.0, 1.0, 2.0], [0.0] * 3, 9.0, strip=1) == Stops(2, 0, True)
    assert quotient_stops([1.0, 1.0, 1.0], [0.0] * 3, 9.0, strip=1) == Stops(2, 0, False)


@pytest.mark.parametrize("bad", [NAN, INF])
def test_a_run_that_diverges_is_stopped(bad):
    va = [2.0, 1.0, bad, bad]
    assert generalization_loss(va).tolist() == [0.0, 0.0, INF, INF]
    assert loss_stops(va, 5.0) == Stops(2, 1, True)
    assert growth_stops(va, 1, strip=1) == Stops(2, 1, True)
    assert loss_stops([bad, bad], 5.0) == Stops(1, 0, False)
    assert loss_stops([bad, 1.0], 5.0) == Stops(1, 1, False)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: loss_stops([1.0], 0.0), "alpha must be a finite number > 0; got 0"),
        (
            lambda: loss_stops([1.0, -2.0], 1.0),
            "validation must hold errors or losses >= 0.*got -2",
        ),
        (lambda: quotient_stops([1.0], [1.0], -1, strip=1), "alpha must be a finite number > 0"),
        (lambda: quotient_stops([1.0], [1.0, 2.0], 1), r"one shape; got \(1,\) and \(2,\)"),
        (lambda: training_progress([-1.0], 1), "training must hold errors or losses >= 0"),
        (lambda: training_progress([1.0], 0), "strip must be a whole number >= 1; got 0"),
        (
            lambda: training_progress([1.0] * 4),
            "a strip of 5 epochs needs as many; the curves .* 4",
        ),
        (lambda: growth_stops([1.0] * 9, 0), "strips must be a whole number >= 1; got 0"),
        (lambda: growth_stops([-1.0] * 9, 1), "validation must hold errors"),
        (lambda: growth_stops([1.0] * 4, 1), "a strip of 5 epochs needs as many"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
