"""Exercise paired_bounds: the interval of a paired difference.

Symbols     treated, baseline (n,) errors of the same n seeds; t the quantile that is given.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show, two_numbers
from reglab.exercises.exercise import Exercise, Run


def paired_bounds(treated: NDArray, baseline: NDArray, t: float) -> tuple[float, float]:
    """Return mean -+ t s / sqrt(n) of treated - baseline, s with n - 1."""
    apart = treated - baseline
    half = t * apart.std(ddof=1) / np.sqrt(len(apart))
    return float(apart.mean() - half), float(apart.mean() + half)


BOUNDS = Exercise(
    name="paired_bounds",
    arguments=("treated", "baseline", "t"),
    task="Return low and high of the t interval of the mean of treated - baseline, seed by seed.",
    returns="two numbers",
    parse=lambda answer, *_: two_numbers(answer),
    cases=[
        (np.array(treated, dtype=float), np.array(baseline, dtype=float), t)
        for treated, baseline in [
            ([4, 6], [5, 9]),
            ([10, 20, 30], [12, 22, 32]),
            ([14.1, 16.0, 13.2, 15.9], [15.0, 17.5, 13.9, 16.1]),
        ]
        for t in (1.0, 2.5)
    ],
    reference=paired_bounds,
)
CONSTANT = next(case for case in BOUNDS.cases if len(case[0]) == 3 and case[2] == 2.5)


@BOUNDS.must(
    "where all seeds differ by the same, it has no width",
    "Subtract seed by seed first: what seeds share then cancels.",
    cases=[CONSTANT],
)
def _constant(run: Run, treated, baseline, t):
    got = run(treated, baseline, t)
    expect(near(got, (-2, -2)), f"every seed differs by -2; it is {show(got)}")


@BOUNDS.must("its middle is the mean difference, treated less baseline", "Mind the order.")
def _middle(run: Run, treated, baseline, t):
    low, high = run(treated, baseline, t)
    want = (treated - baseline).mean()
    expect_near((low + high) / 2, want, "{} instead of {}")


@BOUNDS.must(
    "half its width is t s / sqrt(n)",
    "s is the standard deviation of the differences, with n - 1: std(ddof=1).",
)
def _width(run: Run, treated, baseline, t):
    low, high = run(treated, baseline, t)
    a, b = paired_bounds(treated, baseline, t)
    expect(near(high - low, b - a), f"half of it is {show((high - low) / 2)}")


@BOUNDS.mistake("These are the two arms as if their seeds were different ones: nothing cancels.")
def _unpaired(treated, baseline, t):
    apart = treated.mean() - baseline.mean()
    n = len(treated)
    half = t * np.sqrt((treated.var(ddof=1) + baseline.var(ddof=1)) / n)
    return apart - half, apart + half


@BOUNDS.mistake("s divides by n - 1, since the mean comes from the same numbers: std(ddof=1).")
def _divided_by_n(treated, baseline, t):
    apart = treated - baseline
    half = t * apart.std() / np.sqrt(len(apart))
    return apart.mean() - half, apart.mean() + half


@BOUNDS.mistake("That is the spread of single seeds. The mean varies less, by sqrt(n).")
def _spread(treated, baseline, t):
    apart = treated - baseline
    half = t * apart.std(ddof=1)
    return apart.mean() - half, apart.mean() + half


@BOUNDS.mistake("The difference is turned: treated less baseline.")
def _turned(treated, baseline, t):
    return paired_bounds(baseline, treated, t)
