"""Exercise loss_since_best: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.early_stopping.exercises.loss import LOSS, loss_since_best
from reglab.exercises import check


def in_a_loop(values):
    return np.array([100 * (v / min(values[: i + 1]) - 1) for i, v in enumerate(values)])


def in_single_precision(values):
    lowest = np.minimum.accumulate(values.astype(np.float32))
    return 100 * (values.astype(np.float32) - lowest) / lowest


@pytest.mark.parametrize("solution", [LOSS.reference, in_a_loop, in_single_precision])
def test_right_solutions_pass(solution):
    assert check("loss_since_best", solution), check("loss_since_best", solution)


@pytest.mark.parametrize("mistake", LOSS.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("loss_since_best", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda values: values, "Divide by the lowest value so far"),
        (lambda values: 0 * values, "100 (value / lowest - 1)"),
        (lambda values: 1.01 * loss_since_best(values), "100 (value / lowest - 1)"),
        (lambda values: 0.5, "an array of shape (1,) was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("loss_since_best", wrong)
    assert not report and hint in repr(report)
