"""Exercise winner_optimism: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np

from reglab.exercises import check


def another(val, test):
    pairs = [(min(zip(v, t, strict=True)), 0)[0] for v, t in zip(val.T, test.T, strict=True)]
    return np.mean([t - v for v, t in pairs])


def test_other_sound_solutions_pass(passes):
    passes("winner_optimism", another)


def test_a_missing_return_is_said():
    report = check("winner_optimism", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
