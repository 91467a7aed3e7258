"""Exercise mask_disagreement: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.dropout.exercises.disagreement import DISAGREEMENT
from reglab.exercises import check


def another(probabilities):
    """The mean divergence of each mask from the mean of all."""
    mean = probabilities.mean(0)
    tiny = 1e-300
    terms = probabilities * (np.log(probabilities + tiny) - np.log(mean + tiny))
    return terms.sum(-1).mean(0)


@pytest.mark.parametrize("solution", [DISAGREEMENT.reference, another])
def test_right_solutions_pass(solution):
    assert check("mask_disagreement", solution), check("mask_disagreement", solution)


@pytest.mark.parametrize("mistake", DISAGREEMENT.mistakes, ids=lambda m: m.hint[:30])
def test_every_mistake_is_recognized(mistake):
    report = check("mask_disagreement", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda probabilities: np.zeros(probabilities.shape[1]), "use the natural logarithm"),
        (lambda probabilities: np.ones(probabilities.shape[1]), "Subtract what each mask"),
        (lambda probabilities: 1.0, "an array of shape"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("mask_disagreement", wrong)
    assert not report and hint in repr(report)
