"""Exercise matching_rates: other sound solutions pass."""

import numpy as np

from reglab.chapters.scale_invariance.exercises.rates import matching_rates
from reglab.penalties import growing_rate


def in_a_loop(lr, lam, steps):
    rates, rate = [], lr / (1 - lr * lam)
    for _ in range(steps):
        rates.append(rate)
        rate /= (1 - lr * lam) ** 2
    return np.array(rates)


def test_other_sound_solutions_pass(passes):
    passes("matching_rates", in_a_loop)


def test_the_reference_is_the_chapter_s_schedule():
    want = [growing_rate(0.1, 0.5, t) for t in range(6)]
    np.testing.assert_allclose(matching_rates(0.1, 0.5, 6), want, rtol=1e-12)
