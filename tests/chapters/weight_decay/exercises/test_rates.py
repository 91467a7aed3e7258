"""Exercise matching_rates: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.weight_decay.exercises.rates import RATES, matching_rates
from reglab.chapters.weight_decay.invariance import growing_rate
from reglab.exercises import check


def in_a_loop(lr, lam, steps):
    rates, rate = [], lr / (1 - lr * lam)
    for _ in range(steps):
        rates.append(rate)
        rate /= (1 - lr * lam) ** 2
    return np.array(rates)


@pytest.mark.parametrize("solution", [RATES.reference, in_a_loop])
def test_right_solutions_pass(solution):
    assert check("matching_rates", solution), check("matching_rates", solution)


def test_the_reference_is_the_chapter_s_schedule():
    want = [growing_rate(0.1, 0.5, t) for t in range(6)]
    np.testing.assert_allclose(matching_rates(0.1, 0.5, 6), want, rtol=1e-12)


@pytest.mark.parametrize("mistake", RATES.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("matching_rates", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda lr, lam, steps: np.full(steps, lr), "Put u = w / (1 - lr lam)^t"),
        (lambda lr, lam, steps: np.full(steps, lr / (1 - lr * lam)), "Twice: u is longer than w"),
        (lambda lr, lam, steps: matching_rates(lr, lam + 0.1, steps), "At lam = 0 nothing grows"),
        (lambda lr, lam, steps: lr, "an array of shape (1,) was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("matching_rates", wrong)
    assert not report and hint in repr(report)
