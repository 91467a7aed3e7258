"""paired_interval: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from reglab import evidence
from reglab.chapters.overfitting.exercises import paired_interval
from reglab.core import numpy_stream
from reglab.exercises import check


def by_scipy(a, b):
    return tuple(stats.ttest_rel(a, b).confidence_interval(0.95))


def by_the_library(a, b):
    return evidence.paired_interval(a, b)[1:]


def by_one_sample(a, b):
    mean, error = np.mean(a - b), stats.sem(a - b)
    return np.array([mean, mean]) + error * stats.t.ppf([0.025, 0.975], len(a) - 1)


@pytest.mark.parametrize("solution", [paired_interval, by_scipy, by_the_library, by_one_sample])
def test_sound_solutions_pass(solution):
    assert check("paired_interval", solution), check("paired_interval", solution)


def test_reference_equals_scipy_and_the_library():
    a, b = numpy_stream(0, "test").normal(size=(2, 12))
    assert_allclose(paired_interval(a, b), by_scipy(a, b))
    assert_allclose(paired_interval(a, b), by_the_library(a, b))


def around(a, b, quantile, error):
    return np.mean(a - b) - quantile * error, np.mean(a - b) + quantile * error


def sem(a, b):
    return np.std(a - b, ddof=1) / len(a) ** 0.5


def t(a, level=0.975, less=1):
    return stats.t.ppf(level, len(a) - less)


def in_place(a, b):
    a -= b
    return around(a, 0, t(a), sem(a, 0))


def welch(a, b):
    return tuple(stats.ttest_ind(a, b, equal_var=False).confidence_interval())


def by_hand_unpaired(a, b):
    return around(a, b, t(a), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)))


SCIPY = "agrees with scipy.stats.ttest_rel"
MIDDLE = "lies around the mean of a - b"
KIND = "returns two numbers, low and high, with low <= high"


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda a, b: around(a, b, 1.96, sem(a, b)), SCIPY, "1.96 is the normal quantile"),
        (lambda a, b: around(a, b, stats.norm.ppf(0.975), sem(a, b)), SCIPY, "normal quantile"),
        (lambda a, b: around(a, b, t(a, 0.95), sem(a, b)), SCIPY, "5 % on each side"),
        (lambda a, b: around(a, b, t(a), np.std(a - b) / len(a) ** 0.5), SCIPY, "ddof=1"),
        (lambda a, b: around(a, b, t(a, less=0), sem(a, b)), SCIPY, "n - 1 degrees"),
        (lambda a, b: around(a, b, t(a), np.std(a - b, ddof=1)), SCIPY, "divide by sqrt(n)"),
        (lambda a, b: paired_interval(b, a), MIDDLE, "The difference is a - b"),
        (lambda a, b: tuple(stats.ttest_ind(a, b).confidence_interval()), SCIPY, "unrelated"),
        (welch, SCIPY, "unrelated samples"),
        (by_hand_unpaired, SCIPY, "t quantile(0.975, n - 1)"),
        (lambda a, b: (np.mean(a - b), t(a) * sem(a, b)), KIND, "mean and the half width"),
        (lambda a, b: paired_interval(a, b)[::-1], KIND, "low comes first"),
        (in_place, "leaves its inputs as they were", "copy"),
        (lambda a, b: np.mean(a - b), KIND, "two numbers were expected"),
        (lambda a, b: stats.ttest_rel(a, b), KIND, "low comes first"),
        (lambda a, b: paired_interval(a, 0 * b), MIDDLE, "np.mean(a - b)"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("paired_interval", solution, fails, hint)


def test_scipys_interval_fails_only_without_spread_and_is_told_why():
    def by_t_interval(a, b):
        return stats.t.interval(0.95, len(a) - 1, loc=np.mean(a - b), scale=stats.sem(a - b))

    (failed,) = [r for r in check("paired_interval", by_t_interval).results if not r.holds]
    assert failed.says == "equal differences give an interval without width"
    assert "SciPy's interval is NaN" in failed.hint


def test_unpaired_solutions_fail_where_pairing_matters():
    says = [r.says for r in check("paired_interval", by_hand_unpaired).results if not r.holds]
    assert says == [
        SCIPY,
        "equal differences give an interval without width",
        "pairing matters: with b in another order the width changes",
    ]


def test_shifts_and_the_sign_are_checked():
    def relative(a, b):
        low, high = paired_interval(a, b)
        return low, high + abs(a).max() + 100 - abs(b).max()

    says = [r.says for r in check("paired_interval", relative).results if not r.holds]
    assert any(said.startswith("follows shifts") for said in says)
    assert "swapping a and b flips the sign" in says
