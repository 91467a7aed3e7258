"""Exercise stochastic_depth: one residual block, in training and in evaluation.

Symbols     x, branch (D,) input and what the branch makes of it, p drops, draw in [0, 1).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect_near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def stochastic_depth(x: NDArray, branch: NDArray, p: float, draw: float, training: bool) -> NDArray:
    """Return x + branch in evaluation; in training x, or x + branch / (1 - p) if draw >= p."""
    if not training:
        return x + branch
    return x + branch / (1 - p) if draw >= p else x.copy()


def _cases() -> list[tuple]:
    cases = [(np.array([1.0]), np.array([2.0]), 0.5, draw, True) for draw in (0.2, 0.7)]
    for size, p, draw, training in [
        (1, 0.25, 0.6, False), (2, 0.2, 0.1, True), (2, 0.2, 0.9, True), (3, 0.0, 0.0, True),
        (3, 1.0, 0.999, True), (4, 0.9, 0.95, True), (4, 0.9, 0.5, False),
    ]:  # fmt: skip
        x, branch = np.random.default_rng(size).normal(size=(2, size)).round(1)
        cases.append((x, branch, p, draw, training))
    return cases


DEPTH = Exercise(
    name="stochastic_depth",
    arguments=("x", "branch", "p", "draw", "training"),
    task="Return the output of a residual block with stochastic depth.",
    returns="an array of finite numbers in the shape of x",
    parse=lambda answer, x, *_: numbers_of(x.shape, answer),
    cases=_cases(),
    reference=stochastic_depth,
)


@DEPTH.must("a dropped branch leaves x as it is", "If draw < p the output is x: not 0, not scaled.")
def _dropped(run: Run, x, branch, p, draw, training):
    if p > 0:
        got = run(x, branch, p, 0.5 * p, True)
        expect_near(got, x, f"with draw = {show(0.5 * p)} < p it is {{}}; x is {{}}")


@DEPTH.must("evaluation is x + branch", "With survivors scaled in training, nothing is left to do.")
def _evaluation(run: Run, x, branch, p, draw, training):
    got = run(x, branch, p, draw, False)
    expect_near(got, x + branch, "it is {}; x + branch is {}")


@DEPTH.must(
    "the mean over draws in training is the output in evaluation",
    "A branch survives with probability 1 - p, so a survivor has to count 1 / (1 - p) times.",
)
def _mean(run: Run, x, branch, p, draw, training):
    if 0 < p < 1:
        out, there = run(x, branch, p, p / 2, True), run(x, branch, p, (1 + p) / 2, True)
        got = p * out + (1 - p) * there
        expect_near(got, x + branch, "the mean is {}, not {}")


@DEPTH.mistake("That takes p for the probability of surviving, as the paper does. Here p drops.")
def _survival(x, branch, p, draw, training):
    if not training:
        return x + branch
    return x + branch / p if draw < p else x.copy()


@DEPTH.mistake("A survivor is not rescaled: the branch counts 1 - p times on average.")
def _unscaled(x, branch, p, draw, training):
    return x + branch if not training or draw >= p else x.copy()


@DEPTH.mistake("The branch is scaled in training and at test time. One of the two is enough.")
def _twice(x, branch, p, draw, training):
    return stochastic_depth(x, branch, p, draw, True) if training else x + (1 - p) * branch


@DEPTH.mistake("A dropped block gives 0 here. Only the branch is dropped; x passes.")
def _all(x, branch, p, draw, training):
    lost = training and draw < p
    return 0 * x if lost else stochastic_depth(x, branch, p, draw, training)


@DEPTH.mistake("The whole sum is scaled. Only the branch is divided by 1 - p.")
def _sum(x, branch, p, draw, training):
    alive = training and draw >= p
    return (x + branch) / (1 - p) if alive else stochastic_depth(x, branch, p, draw, training)
