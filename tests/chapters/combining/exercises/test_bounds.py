"""Exercise paired_bounds: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.combining.exercises.bounds import BOUNDS
from reglab.exercises import check


def another(treated, baseline, t):
    n, apart = len(treated), [a - b for a, b in zip(treated, baseline, strict=True)]
    mean = sum(apart) / n
    half = t * (sum((d - mean) ** 2 for d in apart) / (n - 1) / n) ** 0.5
    return np.array([mean - half, mean + half])


@pytest.mark.parametrize("solution", [BOUNDS.reference, another])
def test_right_solutions_pass(solution):
    assert check("paired_bounds", solution), check("paired_bounds", solution)


@pytest.mark.parametrize("mistake", BOUNDS.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("paired_bounds", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_a_missing_return_is_said():
    report = check("paired_bounds", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
