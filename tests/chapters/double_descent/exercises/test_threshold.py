"""Exercise threshold: other sound solutions pass."""

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


def test_other_sound_solutions_pass(passes):
    passes("threshold", by_residuals, by_all_ranks)


def test_a_number_where_nothing_is_enough_is_told():
    def never_none(features):
        return THRESHOLD.reference(features) or features.shape[1]

    assert "it returned 1; not even all features are enough" in repr(check("threshold", never_none))


def test_other_answers_are_told():
    assert "a whole number was expected" in repr(check("threshold", lambda features: 1.5))
    assert "a value of type bool" in repr(check("threshold", lambda features: True))


@pytest.mark.parametrize("tol", [1e-11, 1e-12])
def test_a_fixed_tolerance_is_seen_in_other_units(tol, fails):
    def fixed(features):
        n, most = features.shape
        ranks = {N: np.linalg.matrix_rank(features[:, :N], tol=tol) for N in range(n, most + 1)}
        return next((N for N, rank in ranks.items() if rank == n), None)

    fails("threshold", fixed)
