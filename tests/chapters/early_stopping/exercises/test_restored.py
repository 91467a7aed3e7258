"""Exercise restored_test_errors: right solutions pass, wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.early_stopping.exercises.restored import RESTORED, restored_test_errors
from reglab.exercises import check


def in_a_loop(val, test):
    return np.array([t[list(v).index(min(v))] for v, t in zip(val, test, strict=True)])


def along_an_axis(val, test):
    return np.take_along_axis(test, val.argmin(1)[:, None], 1)[:, 0]


@pytest.mark.parametrize("solution", [RESTORED.reference, in_a_loop, along_an_axis])
def test_right_solutions_pass(solution):
    assert check("restored_test_errors", solution), check("restored_test_errors", solution)


@pytest.mark.parametrize(
    "mistake", RESTORED.mistakes, ids=lambda mistake: mistake.function.__name__
)
def test_every_mistake_is_recognized(mistake):
    report = check("restored_test_errors", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda val, test: test[:, 0], "The test errors say nothing about which epoch to take"),
        (lambda val, test: test[np.arange(len(val)), test.argmin(1)], "it peeks"),
        (lambda val, test: test[:, val.argmin(1)], "an array of shape"),
        (lambda val, test: restored_test_errors(val, test) + 1, "Index `test` with pairs"),
        (lambda val, test: np.full(len(val), 1e300), "Index `test` with pairs"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("restored_test_errors", wrong)
    assert not report and hint in repr(report)
