"""Exercise prior_strength: other sound solutions pass."""

import numpy as np
import pytest

from reglab.chapters.l1_l2_elastic_net.exercises import prior_strength
from reglab.exercises import check


def test_other_sound_solutions_pass(passes):
    passes("prior_strength", lambda tau, sigma, n: np.divide(sigma, tau) ** 2 / n)


@pytest.mark.parametrize("digits", [3, 5, 6])
def test_rounded_is_not_right(digits, fails):
    fails("prior_strength", lambda tau, sigma, n: round(prior_strength(tau, sigma, n), digits))


@pytest.mark.parametrize("answer", [0, 0.0, -1, -1.0])
def test_what_a_judge_might_divide_by_is_only_wrong(answer):
    report = check("prior_strength", lambda tau, sigma, n: answer)
    assert not report and "cannot be computed" not in repr(report)


def test_reference_by_hand():
    assert prior_strength(0.5, 2.0, 8) == 2.0
