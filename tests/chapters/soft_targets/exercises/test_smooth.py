"""Exercise smoothed_rows: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.soft_targets.exercises.smooth import SMOOTH, smoothed_rows
from reglab.exercises import check
from reglab.targets import smooth_labels


def another(y, classes, eps, others):
    rows = []
    for label in y.tolist():
        share = eps / (classes - 1 if others else classes)
        row = [share] * classes
        row[label] = 1 - share * (classes - 1)
        rows.append(row)
    return rows


@pytest.mark.parametrize("solution", [SMOOTH.reference, another])
def test_right_solutions_pass(solution):
    assert check("smoothed_rows", solution), check("smoothed_rows", solution)


@pytest.mark.parametrize("mistake", SMOOTH.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("smoothed_rows", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda y, classes, eps, others: np.eye(classes)[y], "left with 1 - eps"),
        (lambda y, classes, eps, others: y, "an array of shape (1, 2) was expected"),
        (lambda y, classes, eps, others: None, "Is the return missing?"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("smoothed_rows", wrong)
    assert not report and hint in repr(report)


def test_the_library_does_the_same():
    y, hot = np.array([2, 0]), torch.eye(4, dtype=torch.float64)[[2, 0]]
    for others, spread in [(False, "all"), (True, "others")]:
        want = smooth_labels(hot, 0.2, spread=spread).numpy()
        assert np.allclose(smoothed_rows(y, 4, 0.2, others), want)
