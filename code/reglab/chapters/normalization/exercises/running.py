"""Exercise running_step: how batch normalization's running statistics move in one training step.

Symbols     x (B, C) a batch; mean, var (C,) the running statistics before the step; momentum is
            the share of the new value, as in torch.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def running_step(x: NDArray, mean: NDArray, var: NDArray, momentum: float) -> NDArray:
    """Return [new mean, new variance] (2, C): (1 - momentum) old + momentum new."""
    new = np.array([x.mean(0), x.var(0, ddof=1)])
    return (1 - momentum) * np.array([mean, var]) + momentum * new


def _cases() -> list[tuple]:
    by_hand = np.array([[0.0], [2.0], [4.0], [10.0]])
    cases = [(by_hand, np.zeros(1), np.ones(1), m) for m in (0.5, 0.1)]
    for size in [(2, 1), (3, 2), (5, 3), (20, 2)]:
        rng = np.random.default_rng(sum(size))
        mean, var = rng.normal(size=size[1]).round(1), rng.random(size[1]).round(1) + 0.5
        cases.append((rng.normal(size=size).round(1), mean, var, 0.1))
    return cases


RUNNING = Exercise(
    name="running_step",
    arguments=("x", "mean", "var", "momentum"),
    task="Return the running statistics of batch normalization after one training step.",
    returns="an array of shape (2, C): the new mean, the new variance",
    parse=lambda answer, x, *_: numbers_of((2, x.shape[1]), answer),
    cases=_cases(),
    reference=running_step,
)


@RUNNING.must(
    "the mean moves towards the batch's",
    "(1 - momentum) times the old value plus momentum times the new one.",
)
def _mean(run: Run, x, mean, var, momentum):
    got, want = run(x, mean, var, momentum)[0], running_step(x, mean, var, momentum)[0]
    expect_near(got, want, "the new mean is {}, not {}")


@RUNNING.must(
    "the variance moves towards the batch's unbiased one",
    "What is stored estimates the variance of all data: divide by B - 1, var(0, ddof=1).",
)
def _variance(run: Run, x, mean, var, momentum):
    got, want = run(x, mean, var, momentum)[1], running_step(x, mean, var, momentum)[1]
    expect_near(got, want, "the new variance is {}, not {}")


@RUNNING.must("at momentum 0 nothing moves", "Momentum is the share of the new value.")
def _still(run: Run, x, mean, var, momentum):
    got = run(x, mean, var, 0.0)
    expect(near(got, np.array([mean, var])), f"the first row becomes {show(got[0])}")


@RUNNING.mistake("momentum is the share of the *new* value in torch; the paper's is the old one's.")
def _papers_momentum(x, mean, var, momentum):
    return running_step(x, mean, var, 1 - momentum)


@RUNNING.mistake("The stored variance is the unbiased one: torch divides it by B - 1, not by B.")
def _biased(x, mean, var, momentum):
    new = np.array([x.mean(0), x.var(0)])
    return (1 - momentum) * np.array([mean, var]) + momentum * new


@RUNNING.mistake("That averages the standard deviation. The variance is what is kept.")
def _deviation(x, mean, var, momentum):
    new = np.array([x.mean(0), x.std(0, ddof=1)])
    return (1 - momentum) * np.array([mean, var]) + momentum * new


@RUNNING.mistake("That forgets the past: the old statistics have the share 1 - momentum.")
def _forgets(x, mean, var, momentum):
    return np.array([x.mean(0), x.var(0, ddof=1)])


@RUNNING.mistake("That starts from 0 at each step: the old statistics are left out of the sum.")
def _from_zero(x, mean, var, momentum):
    return momentum * np.array([x.mean(0), x.var(0, ddof=1)])


@RUNNING.mistake("That forgets the past: the old statistics have the share 1 - momentum.")
def _forgets_and_biased(x, mean, var, momentum):
    return np.array([x.mean(0), x.var(0)])


@RUNNING.mistake("Every channel has statistics of its own: average over the batch only, axis 0.")
def _all_channels(x, mean, var, momentum):
    new = np.array([[x.mean()], [x.var(ddof=1)]])
    return (1 - momentum) * np.array([mean, var]) + momentum * new


@RUNNING.mistake("A batch varies around its own mean: the running one is not used for it.")
def _around_running_mean(x, mean, var, momentum):
    new = np.array([x.mean(0), ((x - mean) ** 2).sum(0) / (len(x) - 1)])
    return (1 - momentum) * np.array([mean, var]) + momentum * new
