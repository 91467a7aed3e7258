"""Exercise paired_interval: a 95 % t interval of a paired difference.

Symbols     a, b (n,): one value per seed of two methods, the same seeds in the same order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reglab.exercises.answers import (
    Malformed,
    expect,
    expect_near,
    near,
    show,
    show_both,
    two_numbers,
)
from reglab.exercises.exercise import Exercise, Run


def paired_interval(a: NDArray, b: NDArray) -> tuple[float, float]:
    """Return the ends of the 95 % t interval of mean(a - b), with n - 1 degrees of freedom."""
    apart = a - b
    half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    return apart.mean() - half, apart.mean() + half


def _cases() -> list[tuple]:
    """By hand, then numbers with one decimal; pairs move together, as seeds do."""
    by_hand = [([1, 3], [0, 0]), ([1, 5], [2, 4]), ([1, 2, 3], [0, 0, 0]), ([5, 1, 3], [4, 1, 2])]
    small = [(np.array(a, dtype=float), np.array(b, dtype=float)) for a, b in by_hand]
    large = []
    for n in (4, 5, 10, 30, 50):
        rng = np.random.default_rng(n)
        b = rng.normal(10, 3, size=n).round(1)
        large.append((b + rng.normal(1, 0.5, size=n).round(1), b))
    return small + large


def _ends(answer: Any, a: NDArray, b: NDArray) -> tuple[float, float]:
    none = np.isscalar(answer) or not np.array_equal(answer, [np.nan] * 2, equal_nan=True)
    if not none and near(np.ptp(a - b), 0):  # SciPy's way to say that there is no spread
        return float(np.mean(a - b)), float(np.mean(a - b))
    low, high = two_numbers(answer)
    if low > high:
        raise Malformed(f"low comes first; it returned {show(low)}, {show(high)}")
    return low, high


DIFFERENCES = Exercise(
    name="paired_interval",
    arguments=("a", "b"),
    task="Return the ends of the 95 % t interval of the mean of a - b, paired seed by seed.",
    returns="two numbers, low and high, with low <= high",
    parse=_ends,
    cases=_cases(),
    reference=paired_interval,
)


def _expect_ends(got: tuple[float, float], want: tuple[float, float]) -> None:
    (low, best_low), (high, best_high) = map(show_both, got, want)
    message = f"the interval is {low} to {high}; it should be {best_low} to {best_high}"
    expect(near(got, want), message)


@DIFFERENCES.must(
    "lies around the mean of a - b",
    "The middle is np.mean(a - b), and both ends are equally far from it.",
)
def _middle(run: Run, a, b):
    middle, mean = sum(run(a, b)) / 2, float(np.mean(a - b))
    expect_near(middle, mean, "the middle is {}; mean(a - b) is {}")


@DIFFERENCES.must(
    "agrees with scipy.stats.ttest_rel",
    "Which quantile, which spread, and how much less than one value does a mean of n spread?",
)
def _parity(run: Run, a, b):
    _expect_ends(run(a, b), tuple(stats.ttest_rel(a, b).confidence_interval(0.95)))


@DIFFERENCES.must(
    "equal differences give an interval without width",
    "The width comes from the spread of a - b alone, not from the spread of a or b.",
)
def _no_spread(run: Run, a, b):
    _expect_ends(run(b + 2.0, b), (2.0, 2.0))


@DIFFERENCES.must(
    "follows shifts and scales: c * a + d against c * b moves the ends to c * end + d",
    "Nothing but the mean and the spread of a - b should enter.",
)
def _moves(run: Run, a, b):
    low, high = run(a, b)
    _expect_ends(run(4 * a + 3, 4 * b), (4 * low + 3, 4 * high + 3))


@DIFFERENCES.must("swapping a and b flips the sign", "The difference is a - b, in that order.")
def _swap(run: Run, a, b):
    low, high = run(a, b)
    _expect_ends(run(b, a), (-high, -low))


@DIFFERENCES.must(
    "pairing matters: with b in another order the width changes",
    "Subtract seed by seed first, and take the spread of the differences.",
    cases=[(np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 2.0])), _cases()[-2]],
)
def _pairs(run: Run, a, b):
    (low, high), (other_low, other_high) = run(a, b), run(a, b[::-1])
    width, other = high - low, other_high - other_low
    expect(not near(width, other), f"the width is {show(width)} for both orders of b")


def _around(a, b, half):
    return np.mean(a - b) - half, np.mean(a - b) + half


def _error(apart):
    return apart.std(ddof=1) / np.sqrt(len(apart))


@DIFFERENCES.mistake("1.96 is the normal quantile. With n seeds use t: stats.t.ppf(0.975, n - 1).")
def _normal(a, b):
    return _around(a, b, 1.96 * _error(a - b))


@DIFFERENCES.mistake("That is the normal quantile. With n seeds use t: stats.t.ppf(0.975, n - 1).")
def _normal_exactly(a, b):
    return _around(a, b, stats.norm.ppf(0.975) * _error(a - b))


@DIFFERENCES.mistake("ppf(0.95) leaves 5 % on each side. For 95 % in the middle use ppf(0.975).")
def _one_sided(a, b):
    return _around(a, b, stats.t.ppf(0.95, len(a) - 1) * _error(a - b))


@DIFFERENCES.mistake("The standard deviation divides by n. Estimated from a sample, use ddof=1.")
def _biased(a, b):
    return _around(a, b, stats.t.ppf(0.975, len(a) - 1) * (a - b).std() / np.sqrt(len(a)))


@DIFFERENCES.mistake("n seeds have n - 1 degrees of freedom: stats.t.ppf(0.975, n - 1).")
def _degrees(a, b):
    return _around(a, b, stats.t.ppf(0.975, len(a)) * _error(a - b))


@DIFFERENCES.mistake("That is where single seeds fall. For their mean, divide by sqrt(n).")
def _spread(a, b):
    return _around(a, b, stats.t.ppf(0.975, len(a) - 1) * (a - b).std(ddof=1))


@DIFFERENCES.mistake("The interval is that of b - a. The difference is a - b.")
def _reversed(a, b):
    return paired_interval(b, a)


@DIFFERENCES.mistake("That treats a and b as unrelated samples. Subtract seed by seed first.")
def _unpaired(a, b):
    return tuple(stats.ttest_ind(a, b).confidence_interval(0.95))


@DIFFERENCES.mistake("That treats a and b as unrelated samples. Subtract seed by seed first.")
def _welch(a, b):
    return tuple(stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95))


@DIFFERENCES.mistake(
    "These are the mean and the half width. Return the ends: mean - half, mean + half."
)
def _mean_and_half(a, b):
    low, high = paired_interval(a, b)
    return (low + high) / 2, (high - low) / 2
