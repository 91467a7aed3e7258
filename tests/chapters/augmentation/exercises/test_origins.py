"""Exercise validation_rows: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.augmentation.exercises.origins import ORIGINS, validation_rows
from reglab.exercises import check


def by_shuffling(origin, share, rng):
    originals = rng.permutation(sorted(set(origin.tolist())))
    chosen = set(originals[: int(share * len(originals) + 0.5)].tolist())
    return np.array([o in chosen for o in origin])


@pytest.mark.parametrize("solution", [validation_rows, by_shuffling])
def test_right_solutions_pass(solution):
    assert check("validation_rows", solution), check("validation_rows", solution)


@pytest.mark.parametrize("mistake", ORIGINS.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("validation_rows", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda origin, share, rng: rng.random(len(origin)) < 0.5, "Draw originals, not rows"),
        (lambda origin, share, rng: np.zeros(len(origin), bool), "round(share * number of"),
        (lambda origin, share, rng: np.flatnonzero(origin), "a boolean array of shape"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("validation_rows", wrong)
    assert not report and hint in repr(report)
