"""Exercise interaction_effect: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np

from reglab.exercises import check


def another(none, a, b, both):
    errors = np.stack([none, a, b, both])
    return (np.array([1, -1, -1, 1]) @ errors).mean()


def test_other_sound_solutions_pass(passes):
    passes("interaction_effect", another)


def test_a_missing_return_is_said():
    report = check("interaction_effect", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
