"""Exercise penalty_like_steps: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.early_stopping.exercises.filters import PENALTY, penalty_like_steps
from reglab.exercises import check
from reglab.stopping import gradient_descent_filter, ridge_filter


def from_the_learned_share(h, lr, steps):
    share = gradient_descent_filter(h, lr, steps)
    return np.float64(h / share - h)


@pytest.mark.parametrize("solution", [PENALTY.reference, from_the_learned_share])
def test_right_solutions_pass(solution):
    assert check("penalty_like_steps", solution), check("penalty_like_steps", solution)


@pytest.mark.parametrize("mistake", PENALTY.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("penalty_like_steps", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda h, lr, steps: 1.0, "Set them equal"),
        (lambda h, lr, steps: -h, "makes the penalized loss unbounded"),
        (lambda h, lr, steps: 1.1 * penalty_like_steps(h, lr, steps), "Set them equal"),
        (lambda h, lr, steps: [1.0], "one number was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("penalty_like_steps", wrong)
    assert not report and hint in repr(report)


def test_the_reference_is_the_library_s_ridge():
    alpha = penalty_like_steps(0.3, 0.5, 4)
    np.testing.assert_allclose(ridge_filter(0.3, alpha), gradient_descent_filter(0.3, 0.5, 4))
