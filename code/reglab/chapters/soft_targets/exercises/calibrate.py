"""Exercise calibration_error: the expected calibration error with bins of equal width.

Symbols     confidence (N,) in (0, 1], right (N,) bool; of B bins, the one numbered i holds the
            confidences above i / B, up to and with (i + 1) / B.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect_near, number
from reglab.exercises.exercise import Exercise, Run


def calibration_error(confidence: NDArray, right: NDArray, bins: int) -> float:
    """Return sum over bins of (share of the examples) |accuracy - mean confidence|."""
    which = np.ceil(confidence * bins).astype(int) - 1
    gap = np.bincount(which, right - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(right))


def _case(n: int, bins: int) -> tuple:
    """Confidences that stay away from the edges of the bins, where rounding would decide."""
    rng = np.random.default_rng(n)
    at = rng.integers(0, bins, n) + rng.integers(2, 9, n) / 10
    return (at / bins).round(4), rng.random(n) < 0.7, bins


CALIBRATE = Exercise(
    name="calibration_error",
    arguments=("confidence", "right", "bins"),
    task="Return the expected calibration error with bins of equal width.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (np.array([0.9]), np.array([True]), 1),
        (np.array([0.9]), np.array([False]), 1),
        (np.array([0.9, 0.7]), np.array([True, False]), 1),
        (np.array([0.9, 0.3]), np.array([False, True]), 2),
        (np.array([0.9, 0.8, 0.3]), np.array([True, False, False]), 2),
        *(_case(n, bins) for n, bins in [(8, 4), (30, 5), (200, 10)]),
    ],
    reference=calibration_error,
)


@CALIBRATE.must(
    "with one bin it is the gap of accuracy and mean confidence",
    "Average first, over the bin, and then take the absolute value.",
)
def _one_bin(run: Run, confidence, right, bins):
    got, want = run(confidence, right, 1), abs(right.mean() - confidence.mean())
    expect_near(got, want, "with bins = 1 it is {}; the gap is {}")


@CALIBRATE.must(
    "each bin counts by its share of the examples",
    "Weight the gap of a bin by its number of examples, and divide by all of them at the end.",
)
def _weights(run: Run, confidence, right, bins):
    got, want = run(confidence, right, bins), calibration_error(confidence, right, bins)
    expect_near(got, want, "it is {} instead of {}")


@CALIBRATE.must(
    "every example twice changes nothing",
    "It is a mean over examples.",
)
def _twice(run: Run, confidence, right, bins):
    once = run(confidence, right, bins)
    twice = run(np.repeat(confidence, 2), np.repeat(right, 2), bins)
    expect_near(once, twice, "once {}, twice {}")


@CALIBRATE.must(
    "a confidence of exactly 1 belongs to the last bin",
    "floor(confidence * bins) is one bin too high there. The upper edge belongs to a bin.",
    cases=[(np.array([1.0, 0.8, 0.3]), np.array([False, True, True]), 2)],
)
def _certain(run: Run, confidence, right, bins):
    got, want = run(confidence, right, bins), calibration_error(confidence, right, bins)
    expect_near(got, want, "it is {} instead of {}")


@CALIBRATE.mistake("Every bin counts alike. A bin with few examples should count little.")
def _unweighted(confidence, right, bins):
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs((right[which == i] - confidence[which == i]).mean())
        for i in range(bins)
        if (which == i).any()
    ]
    return float(np.mean(gaps))


@CALIBRATE.mistake(
    "The absolute value is taken for each example. Within a bin, average first: single examples "
    "are right or wrong, never 70 % right."
)
def _each(confidence, right, bins):
    return float(np.abs(right - confidence).mean())


@CALIBRATE.mistake("That is one bin for all: gaps of opposite signs cancel. Part them by bins.")
def _no_bins(confidence, right, bins):
    return float(abs((right - confidence).mean()))


@CALIBRATE.mistake("The gaps are added with their signs, so they cancel. Take the absolute value.")
def _signed(confidence, right, bins):
    return float((confidence - right).mean())


@CALIBRATE.mistake("That is the largest gap of a bin, the maximum calibration error.")
def _largest(confidence, right, bins):
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    inside = [which == i for i in range(bins) if (which == i).any()]
    return float(max(abs((right[i] - confidence[i]).mean()) for i in inside))


@CALIBRATE.mistake("That is the sum over all examples. Divide it by their number.")
def _summed(confidence, right, bins):
    return len(right) * calibration_error(confidence, right, bins)
