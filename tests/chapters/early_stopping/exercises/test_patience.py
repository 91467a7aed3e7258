"""Exercise patience_stop: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.early_stopping.exercises.patience import PATIENCE, patience_stop
from reglab.exercises import check
from reglab.stopping import patience_stops


def with_the_library(values, patience):
    stops = patience_stops(values, patience)
    return np.array([stops.position + 1, stops.best + 1])


def with_slices(values, patience):
    for last in range(1, len(values) + 1):
        best = int(np.argmin(values[:last])) + 1
        if last - best >= patience:
            break
    return [last, best]


@pytest.mark.parametrize("solution", [PATIENCE.reference, with_the_library, with_slices])
def test_right_solutions_pass(solution):
    assert check("patience_stop", solution), check("patience_stop", solution)


@pytest.mark.parametrize(
    "mistake", PATIENCE.mistakes, ids=lambda mistake: mistake.function.__name__
)
def test_every_mistake_is_recognized(mistake):
    report = check("patience_stop", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (
            lambda values, patience: (len(values), int(values.argmin()) + 1),
            "Count the epochs since",
        ),
        (lambda values, patience: (*patience_stop(values, patience)[:1], 1), "strictly below all"),
        (lambda values, patience: len(values), "two epochs were expected"),
        (lambda values, patience: (1.5, 1.0), "two whole numbers were expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("patience_stop", wrong)
    assert not report and hint in repr(report)
