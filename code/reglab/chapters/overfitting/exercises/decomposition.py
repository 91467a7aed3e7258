"""Exercise bias_variance: split the error of many runs into bias² and variance.

Symbols     predictions (R, P) of R runs at P points, truth (P,).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show, two_numbers
from reglab.exercises.exercise import Exercise, Run


def bias_variance(predictions: NDArray, truth: NDArray) -> tuple[float, float]:
    """Return the means over points of (average run - truth)² and of the variance over runs."""
    average = predictions.mean(axis=0)  # (P,)
    return ((average - truth) ** 2).mean(), ((predictions - average) ** 2).mean()


def _cases() -> list[tuple]:
    """By hand where the answer is plain to see, then numbers with one decimal."""
    by_hand = [
        ([[1]], [0]),
        ([[0], [2]], [1]),
        ([[0], [2]], [0]),
        ([[1, 2]], [0, 0]),
        ([[0, 1], [2, 1]], [1, 3]),
    ]
    small = [(np.array(runs, dtype=float), np.array(at, dtype=float)) for runs, at in by_hand]
    large = []
    for runs, points in [(3, 2), (2, 5), (10, 4), (7, 30)]:
        rng = np.random.default_rng(runs)
        truth = rng.normal(size=points).round(1)
        large.append((truth + rng.normal(0.5, 1.0, size=(runs, points)).round(1), truth))
    return small + large


DECOMPOSITION = Exercise(
    name="bias_variance",
    arguments=("predictions", "truth"),
    task="Return bias² and variance of predictions (R runs, P points), averaged over points.",
    returns="two numbers, bias² and variance",
    parse=lambda answer, *_: two_numbers(answer),
    cases=_cases(),
    reference=bias_variance,
)


def _expect_pair(got: tuple[float, float], want: tuple[float, float]) -> None:
    for name, ours, theirs in zip(("bias²", "variance"), got, want, strict=True):
        expect_near(ours, theirs, f"{name} is {{}}; it should be {{}}")


@DECOMPOSITION.must(
    "bias² + variance = mean squared error over runs and points",
    "Both parts are averages: over points for bias², over runs and points for the variance.",
)
def _identity(run: Run, predictions, truth):
    total, error = sum(run(predictions, truth)), float(np.mean((predictions - truth) ** 2))
    expect_near(total, error, "the sum is {}; the mean squared error is {}")


@DECOMPOSITION.must(
    "runs that all agree have variance 0; so has a single run",
    "The variance is over runs (axis 0), at each point; with one run it is 0, not undefined.",
)
def _agree(run: Run, predictions, truth):
    for runs in (predictions[:1], np.repeat(predictions[:1], 3, axis=0)):
        _bias2, variance = run(runs, truth)
        expect(near(variance, 0.0), f"variance is {show(variance)}; it should be 0.0")


@DECOMPOSITION.must(
    "runs that are right on average have bias² 0",
    "Average over runs before you compare with the truth.",
)
def _right_on_average(run: Run, predictions, truth):
    apart = predictions - truth
    bias2, _variance = run(np.concatenate([truth + apart, truth - apart]), truth)
    expect(near(bias2, 0.0), f"bias² is {show(bias2)}; it should be 0.0")


@DECOMPOSITION.must(
    "the same shift of predictions and truth changes nothing",
    "Only differences from the truth and from the average run should enter.",
)
def _shift(run: Run, predictions, truth):
    shift = np.arange(1.0, len(truth) + 1)
    _expect_pair(run(predictions + shift, truth + shift), run(predictions, truth))


@DECOMPOSITION.must(
    "agrees with the definition",
    "Write both down for a single point first, by hand for two runs; then average over points.",
)
def _parity(run: Run, predictions, truth):
    _expect_pair(run(predictions, truth), bias_variance(predictions, truth))


def _runs_mean(predictions, truth):
    return predictions.mean(axis=0)


@DECOMPOSITION.mistake(
    "The variance divides by R - 1. The exact split of the error needs R: ddof=0, NumPy's default."
)
def _unbiased(predictions, truth):
    return bias_variance(predictions, truth)[0], predictions.var(axis=0, ddof=1).mean()


@DECOMPOSITION.mistake("The two numbers are in the wrong order: bias² comes first.")
def _swapped(predictions, truth):
    return bias_variance(predictions, truth)[::-1]


@DECOMPOSITION.mistake(
    "The bias is averaged over points before it is squared, so its signs cancel."
)
def _square_last(predictions, truth):
    return np.mean(predictions.mean(axis=0) - truth) ** 2, predictions.var(axis=0).mean()


@DECOMPOSITION.mistake("The bias is not squared. Square it at each point, then average.")
def _not_squared(predictions, truth):
    return np.mean(predictions.mean(axis=0) - truth), predictions.var(axis=0).mean()


@DECOMPOSITION.mistake("That is the absolute bias. Square it at each point, then average.")
def _absolute(predictions, truth):
    return np.abs(predictions.mean(axis=0) - truth).mean(), predictions.var(axis=0).mean()


@DECOMPOSITION.mistake("The variance is taken over points (axis 1). It is over runs: axis 0.")
def _over_points(predictions, truth):
    return bias_variance(predictions, truth)[0], predictions.var(axis=1).mean()


@DECOMPOSITION.mistake(
    "The variance mixes runs and points. Take it over runs (axis=0), then average."
)
def _over_all(predictions, truth):
    return bias_variance(predictions, truth)[0], predictions.var()


@DECOMPOSITION.mistake(
    "That is the standard deviation. The variance is its square: use var, not std."
)
def _deviation(predictions, truth):
    return bias_variance(predictions, truth)[0], predictions.std(axis=0).mean()


@DECOMPOSITION.mistake("The first number is the whole error. Average over runs before you square.")
def _whole_error(predictions, truth):
    return np.mean((predictions - truth) ** 2), predictions.var(axis=0).mean()


@DECOMPOSITION.mistake("These are sums over points. Take the mean over points of both parts.")
def _summed(predictions, truth):
    return tuple(part * len(truth) for part in bias_variance(predictions, truth))
