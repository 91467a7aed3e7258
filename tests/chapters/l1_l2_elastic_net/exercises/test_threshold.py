"""Exercise soft_threshold: other sound solutions pass."""

import numpy as np

from reglab.chapters.l1_l2_elastic_net.exercises import soft_threshold
from reglab.exercises import check


def by_cases(w, t):
    return np.where(w > t, w - t, np.where(w < -t, w + t, 0.0))


def by_clipping(w, t):
    return w - np.clip(w, -t, t)


def test_other_sound_solutions_pass(passes):
    passes("soft_threshold", by_cases, by_clipping)


def by_a_factor(w, t):
    return w * np.maximum(1 - t / np.abs(w), 0)  # NaN at w = t = 0


def test_no_nan_at_zero(fails):
    fails("soft_threshold", by_a_factor)


def test_what_is_nearly_zero_is_not_shown_as_zero():
    def nearly(w, t):
        return soft_threshold(w, t) + 1e-12

    report = repr(check("soft_threshold", nearly))
    assert "np.array([0.5]) became np.array([1e-12])" in report, report


def test_reference_by_hand():
    assert soft_threshold(np.array([3.0, -2.0, 0.5, 0.0]), 1.0).tolist() == [2.0, -1.0, 0.0, 0.0]
