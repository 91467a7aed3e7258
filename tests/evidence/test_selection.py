"""The best of k: parity with all subsets, ties, and the order statistics of normals."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.core import numpy_stream
from reglab.evidence import expected_best, expected_maximum, winning_shares


@pytest.mark.parametrize("k", range(1, 8))
def test_expected_best_is_the_mean_over_all_subsets(k):
    rng = numpy_stream(0, "selection")
    scores, values = rng.normal(size=7), rng.normal(size=7)
    won = [min(chosen, key=lambda i: scores[i]) for chosen in combinations(range(7), k)]
    assert_allclose(expected_best(scores, k), np.mean(scores[won]))
    assert_allclose(expected_best(scores, k, values), np.mean(values[won]))


@pytest.mark.parametrize("k", [1, 2, 4])
def test_equal_scores_win_equally_often(k):
    scores, wins = np.array([2.0, 1.0, 1.0, 3.0, 2.0]), np.zeros(5)
    for chosen in combinations(range(5), k):
        best = [i for i in chosen if scores[i] == min(scores[list(chosen)])]
        wins[best] += 1 / len(best)
    assert_allclose(winning_shares(scores, k), wins / wins.sum())


def test_one_trial_is_the_mean_and_all_trials_the_winner():
    assert expected_best([3.0, 1.0, 8.0], 1) == pytest.approx(4.0)
    assert expected_best([3.0, 1.0, 8.0], 3, [5.0, 6.0, 7.0]) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("k", "want"),
    [(1, 0.0), (2, 1 / np.sqrt(np.pi)), (3, 1.5 / np.sqrt(np.pi)), (10, 1.5387527308)],
)
def test_expected_maximum_known_values(k, want):
    """The first three are exact; that of 10 is tabled by Teichroew (1956)."""
    assert expected_maximum(k) == pytest.approx(want, abs=1e-9)


def test_expected_maximum_of_many_is_the_mean_of_draws():
    largest = numpy_stream(1, "selection").normal(size=(20_000, 40)).max(1)
    error = largest.std() / np.sqrt(20_000)
    assert abs(largest.mean() - expected_maximum(40)) < 4.9 * error  # alpha = 1e-6, seed fixed


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_best([1.0, 2.0], 3), "at most the number of trials, 2; got 3"),
        (lambda: expected_best([1.0, 2.0], 0), "k must be a whole number >= 1"),
        (lambda: expected_best([1.0, np.nan], 1), "finite"),
        (lambda: expected_best([1.0, 2.0], 1, [np.inf, 1.0]), "finite"),
        (lambda: expected_best([1.0, 2.0], 1, [1.0]), "got shapes \\(2,\\) and \\(1,\\)"),
        (lambda: expected_best([[1.0, 2.0]], 1), "one number a trial"),
        (lambda: expected_maximum(0), "k must be a whole number >= 1"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call()
