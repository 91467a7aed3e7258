"""Exercise inverted_dropout: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.dropout.exercises.inverted import INVERTED
from reglab.exercises import check


def another(x, u, p, grad, training):
    out, back = np.array(x), np.array(grad)
    if training:
        for k in np.ndindex(x.shape):
            factor = 0.0 if u[k] < p else 1 / (1 - p)
            out[k], back[k] = out[k] * factor, back[k] * factor
    return [out.astype("f4"), back]


@pytest.mark.parametrize("solution", [INVERTED.reference, another])
def test_right_solutions_pass(solution):
    assert check("inverted_dropout", solution), check("inverted_dropout", solution)


@pytest.mark.parametrize("mistake", INVERTED.mistakes, ids=lambda m: m.hint[:30])
def test_every_mistake_is_recognized(mistake):
    report = check("inverted_dropout", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda x, u, p, grad, training: (x * (u >= p), grad), "return zeros there"),
        (lambda x, u, p, grad, training: x, "(output, gradient) was expected"),
        (lambda x, u, p, grad, training: (x, grad * 2), "In evaluation return x and grad"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("inverted_dropout", wrong)
    assert not report and hint in repr(report)
