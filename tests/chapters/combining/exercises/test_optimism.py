"""Exercise winner_optimism: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.combining.exercises.optimism import OPTIMISM
from reglab.exercises import check


def another(val, test):
    pairs = [(min(zip(v, t, strict=True)), 0)[0] for v, t in zip(val.T, test.T, strict=True)]
    return np.mean([t - v for v, t in pairs])


@pytest.mark.parametrize("solution", [OPTIMISM.reference, another])
def test_right_solutions_pass(solution):
    assert check("winner_optimism", solution), check("winner_optimism", solution)


@pytest.mark.parametrize("mistake", OPTIMISM.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("winner_optimism", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_a_missing_return_is_said():
    report = check("winner_optimism", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
