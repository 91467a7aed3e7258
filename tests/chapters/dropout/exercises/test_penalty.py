"""Exercise dropout_penalty: right solutions pass, typical wrong ones get the hint that helps."""

import pytest

from reglab.chapters.dropout.exercises.penalty import PENALTY
from reglab.exercises import check


def another(x, w, p):
    total = 0.0
    for row in x:
        for value, weight in zip(row, w, strict=True):
            total += (value * weight) ** 2 * p / (1 - p)
    return total / len(x)


@pytest.mark.parametrize("solution", [PENALTY.reference, another])
def test_right_solutions_pass(solution):
    assert check("dropout_penalty", solution), check("dropout_penalty", solution)


@pytest.mark.parametrize("mistake", PENALTY.mistakes, ids=lambda m: m.hint[:30])
def test_every_mistake_is_recognized(mistake):
    report = check("dropout_penalty", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda x, w, p: 0.0, "has the variance p / (1 - p)"),
        (lambda x, w, p: 1.0, "p / (1 - p) is 0 at p = 0"),
        (lambda x, w, p: None, "one number was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("dropout_penalty", wrong)
    assert not report and hint in repr(report)
