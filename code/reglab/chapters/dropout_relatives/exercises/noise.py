"""Exercise shared_variance: what dropout adds to a sum when units share their decisions.

Symbols     c (H,) contributions w_i h_i to a sum, groups (H,) who shares a decision, p drops.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def shared_variance(c: NDArray, groups: NDArray, p: float) -> float:
    """Return p / (1 - p) times the sum over groups of (sum of c in the group)^2."""
    sums = [c[groups == name].sum() for name in np.unique(groups)]
    return float(p / (1 - p) * np.square(sums).sum())


def _cases() -> list[tuple]:
    cases = [(np.array([1.0]), np.array([0]), 0.5), (np.array([1.0, 1.0]), np.array([0, 0]), 0.5)]
    cases += [(np.array([1.0, -1.0]), np.array([0, 0]), 0.2)]
    for groups in ([0, 1, 2], [0, 0, 1, 1], [2, 0, 2, 0, 7], [0, 0, 0, 1, 1, 1]):
        c = np.random.default_rng(len(groups)).normal(size=len(groups)).round(1)
        cases += [(c, np.array(groups), p) for p in (0.1, 0.5, 0.75)]
    return cases


NOISE = Exercise(
    name="shared_variance",
    arguments=("c", "groups", "p"),
    task="Return the variance of the sum of m_i c_i over masks that groups share.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=_cases(),
    reference=shared_variance,
)


@NOISE.must("without dropout there is no noise", "At p = 0 every mask is 1.")
def _none(run: Run, c, groups, p):
    got = run(c, groups, 0.0)
    expect(near(got, 0.0), f"at p = 0 it is {show(got)}")


@NOISE.must(
    "with a decision for each unit it is p / (1 - p) times the sum of squares",
    "A mask that is 0 or 1 / (1 - p) has mean 1 and variance p / (1 - p).",
)
def _single(run: Run, c, groups, p):
    got, want = run(c, np.arange(len(c)), p), p / (1 - p) * (c**2).sum()
    expect_near(got, want, "with groups 0, 1, 2, ... it is {}, not {}")


@NOISE.must(
    "it is the variance over all masks",
    "Units of one group are multiplied by one and the same mask: add them up first, then square.",
)
def _all(run: Run, c, groups, p):
    got, want = run(c, groups, p), _enumerated(c, groups, p)
    expect_near(got, want, "it is {}; over all masks it is {}")


def _enumerated(c: NDArray, groups: NDArray, p: float) -> float:
    names, place = np.unique(groups, return_inverse=True)
    drops = np.array(list(product([1, 0], repeat=len(names))))  # 1 is dropped
    chance = np.where(drops, p, 1 - p).prod(1)
    sums = ((1 - drops) / (1 - p))[:, place] @ c
    return float(chance @ (sums - chance @ sums) ** 2)


@NOISE.mistake("That is a decision for each unit. Units of one group move together.")
def _apart(c, groups, p):
    return p / (1 - p) * (c**2).sum()


@NOISE.mistake("That is one decision for all. Square the sum of each group, then add the squares.")
def _together(c, groups, p):
    return p / (1 - p) * c.sum() ** 2


@NOISE.mistake("p (1 - p) is the variance of a mask of 0 and 1. Survivors are divided by 1 - p.")
def _vanilla(c, groups, p):
    return p * (1 - p) * shared_variance(c, groups, 0.5)


@NOISE.mistake("(1 - p) / p is right if p were the probability of keeping. Here p drops.")
def _keeps(c, groups, p):
    return (1 - p) / p * shared_variance(c, groups, 0.5) if p else 0.0


@NOISE.mistake("That is the standard deviation; the variance is its square.")
def _root(c, groups, p):
    return np.sqrt(shared_variance(c, groups, p))
