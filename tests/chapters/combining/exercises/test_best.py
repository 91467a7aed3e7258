"""Exercise best_of_k: right solutions pass, typical wrong ones get the hint that helps."""

from itertools import combinations
from math import comb

from reglab.exercises import check


def another(scores, k):
    return sum(min(one) for one in combinations(scores.tolist(), k)) / comb(len(scores), k)


def test_other_sound_solutions_pass(passes):
    passes("best_of_k", another)


def test_a_missing_return_is_said():
    report = check("best_of_k", lambda *_: None)
    assert not report and "Is the return missing?" in repr(report)
