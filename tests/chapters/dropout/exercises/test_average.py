"""Exercise subnetwork_average: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.dropout.exercises.average import AVERAGE
from reglab.exercises import check


def another(h, V, b, p):
    z = [sum(v * x for v, x in zip(row, h, strict=True)) + c for row, c in zip(V, b, strict=True)]
    e = [np.exp(value - max(z)) for value in z]
    return np.array(e) / sum(e)


@pytest.mark.parametrize("solution", [AVERAGE.reference, another])
def test_right_solutions_pass(solution):
    assert check("subnetwork_average", solution), check("subnetwork_average", solution)


@pytest.mark.parametrize("mistake", AVERAGE.mistakes, ids=lambda m: m.hint[:30])
def test_every_mistake_is_recognized(mistake):
    report = check("subnetwork_average", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda h, V, b, p: np.full(len(b), 1 / len(b)), "average the logits"),
        (lambda h, V, b, p: np.ones(len(b)), "Normalize at the end"),
        (lambda h, V, b, p: None, "an array of shape"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("subnetwork_average", wrong)
    assert not report and hint in repr(report)
