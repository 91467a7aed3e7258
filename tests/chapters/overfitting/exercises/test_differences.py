"""Exercise paired_interval: other sound solutions pass."""

import numpy as np
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


def by_t_interval(a, b):  # NaN, NaN where there is no spread
    return stats.t.interval(0.95, len(a) - 1, loc=np.mean(a - b), scale=stats.sem(a - b))


def by_one_sample(a, b):
    mean, error = np.mean(a - b), stats.sem(a - b)
    return np.array([mean, mean]) + error * stats.t.ppf([0.025, 0.975], len(a) - 1)


def test_other_sound_solutions_pass(passes):
    passes("paired_interval", by_scipy, by_the_library, by_one_sample, by_t_interval)


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


def by_hand_unpaired(a, b):
    return around(a, b, t(a), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)))


SCIPY = "agrees with scipy.stats.ttest_rel"


def test_nan_is_no_interval_where_there_is_spread():
    report = check("paired_interval", lambda a, b: (np.nan, np.nan))
    assert "a finite number was expected; it returned nan" in repr(report)


def test_the_normal_quantile_is_not_near_enough_for_many_seeds(fails):
    def textbook(a, b):
        return around(a, b, t(a) if len(a) <= 30 else 1.96, sem(a, b))

    fails("paired_interval", textbook)


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
