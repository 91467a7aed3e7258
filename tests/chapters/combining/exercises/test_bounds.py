"""Exercise paired_bounds: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np

from reglab.exercises import check


def another(treated, baseline, t):
    n, apart = len(treated), [a - b for a, b in zip(treated, baseline, strict=True)]
    mean = sum(apart) / n
    half = t * (sum((d - mean) ** 2 for d in apart) / (n - 1) / n) ** 0.5
    return np.array([mean - half, mean + half])


def test_other_sound_solutions_pass(passes):
    passes("paired_bounds", another)


def test_a_missing_return_is_said():
    report = check("paired_bounds", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
