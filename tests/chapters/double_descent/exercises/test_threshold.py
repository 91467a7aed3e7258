"""Exercise threshold: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.double_descent.exercises.threshold import THRESHOLD
from reglab.exercises import check


def by_residuals(features):
    n, most = features.shape
    for N in range(1, most + 1):
        used = features[:, :N] / np.abs(features).max()
        if np.allclose(used @ np.linalg.pinv(used), np.eye(n), atol=1e-8):
            return N


def by_all_ranks(features):
    ranks = [np.linalg.matrix_rank(features[:, :N]) for N in range(features.shape[1] + 1)]
    return ranks.index(len(features)) if len(features) in ranks else None


@pytest.mark.parametrize("solution", [THRESHOLD.reference, by_residuals, by_all_ranks])
def test_right_solutions_pass(solution):
    assert check("threshold", solution), check("threshold", solution)


def counting_from_0(features):
    for N in range(features.shape[1]):
        if np.linalg.matrix_rank(features[:, : N + 1]) == len(features):
            return N


def with_a_fixed_limit(features):
    for N in range(1, features.shape[1] + 1):
        s = np.linalg.svd(features[:, :N], compute_uv=False)
        if (s > 1e-6).sum() == len(features):
            return N


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda features: len(features), "That is the number of points"),
        (lambda features: np.linalg.matrix_rank(features), "That is the rank of all features"),
        (counting_from_0, "Counting from 0?"),
        (with_a_fixed_limit, "Compare singular values with the largest one"),
        (lambda features: features.shape[1], "stop at the first N"),
        (lambda features: None, "points that share their features"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("threshold", wrong)
    assert not report and hint in repr(report)


def test_a_number_where_nothing_is_enough_is_told():
    def never_none(features):
        return THRESHOLD.reference(features) or features.shape[1]

    assert "it returned 1; not even all features are enough" in repr(check("threshold", never_none))


def test_other_answers_are_told():
    assert "a whole number or None" in repr(check("threshold", lambda features: 1.5))
    assert "a whole number or None" in repr(check("threshold", lambda features: True))
