"""Exercise independent_examples: right solutions pass, wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.augmentation.exercises.copies import COPIES, independent_examples
from reglab.exercises import check


def by_a_matrix(n, copies, rho):
    block = np.full((copies, copies), rho) + (1 - rho) * np.eye(copies)
    covariance = np.kron(np.eye(n), block)
    return 1 / (covariance.sum() / (n * copies) ** 2)


@pytest.mark.parametrize("solution", [independent_examples, by_a_matrix])
def test_right_solutions_pass(solution):
    assert check("independent_examples", solution), check("independent_examples", solution)


@pytest.mark.parametrize("mistake", COPIES.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("independent_examples", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda n, copies, rho: n, "Independent values: 1 / m"),
        (lambda n, copies, rho: 2 * n, "At copies = 1 nothing is added"),
        (lambda n, copies, rho: n * (1 + (copies - 1) * (1 - rho)), "Independent values: 1 / m"),
        (lambda n, copies, rho: "many", "one number was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("independent_examples", wrong)
    assert not report and hint in repr(report)
