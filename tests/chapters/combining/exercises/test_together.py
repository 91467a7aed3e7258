"""Exercise interaction_effect: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.combining.exercises.together import TOGETHER
from reglab.exercises import check


def another(none, a, b, both):
    errors = np.stack([none, a, b, both])
    return (np.array([1, -1, -1, 1]) @ errors).mean()


@pytest.mark.parametrize("solution", [TOGETHER.reference, another])
def test_right_solutions_pass(solution):
    assert check("interaction_effect", solution), check("interaction_effect", solution)


@pytest.mark.parametrize("mistake", TOGETHER.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("interaction_effect", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_a_missing_return_is_said():
    report = check("interaction_effect", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
