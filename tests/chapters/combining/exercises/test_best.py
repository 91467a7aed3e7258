"""Exercise best_of_k: right solutions pass, typical wrong ones get the hint that helps."""

from itertools import combinations
from math import comb

import pytest

from reglab.chapters.combining.exercises.best import BEST
from reglab.exercises import check


def another(scores, k):
    return sum(min(one) for one in combinations(scores.tolist(), k)) / comb(len(scores), k)


@pytest.mark.parametrize("solution", [BEST.reference, another])
def test_right_solutions_pass(solution):
    assert check("best_of_k", solution), check("best_of_k", solution)


@pytest.mark.parametrize("mistake", BEST.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("best_of_k", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_a_missing_return_is_said():
    report = check("best_of_k", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
