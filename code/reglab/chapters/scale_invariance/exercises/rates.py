"""Exercise matching_rates: learning rates that do, without decay, what decay does to a direction.

Source      Li, Arora (2020), "An Exponential Learning Rate Schedule for Deep Learning", ICLR.
Symbols     a scale-invariant loss: its gradient at c w is 1/c of that at w.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def matching_rates(lr: float, lam: float, steps: int) -> NDArray:
    """Return lr (1 - lr lam)^-(2 t + 1) for t = 0 ... steps - 1."""
    return lr * (1 - lr * lam) ** -(2.0 * np.arange(steps) + 1)


RATES = Exercise(
    name="matching_rates",
    arguments=("lr", "lam", "steps"),
    task="Return the learning rates that replace decay on a scale-invariant weight.",
    returns="an array of one rate per step",
    parse=lambda answer, lr, lam, steps: numbers_of((steps,), answer),
    cases=[(lr, lam, n) for lr, lam in [(0.5, 1.0), (0.1, 0.5), (0.1, 0.0)] for n in (1, 2, 5, 40)],
    reference=matching_rates,
)


def _slope(w: NDArray) -> NDArray:
    """The gradient of -a.w / |w|: scale-invariant."""
    a, length = np.array([1.0, 2.0, -1.0]), np.linalg.norm(w)
    u = w / length
    return -(a - (a @ u) * u) / length


def _train(rates: NDArray, shrink: float) -> NDArray:
    w, directions = np.array([1.0, -0.5, 0.3]), []
    for rate in rates:
        w = shrink * w - rate * _slope(w)
        directions.append(w / np.linalg.norm(w))
    return np.array(directions)


@RATES.must(
    "without decay the weights take the same directions, step by step",
    "Put u = w / (1 - lr lam)^t into the step of w, and read off the rate of u.",
)
def _same(run: Run, lr, lam, steps):
    got, want = _train(run(lr, lam, steps), 1.0), _train(np.full(steps, lr), 1 - lr * lam)
    apart = np.abs(got - want).max(axis=1)
    first = int(np.argmax(apart > 1e-6)) + 1
    expect(apart.max() <= 1e-6, f"after step {first} the directions differ by {show(apart.max())}")


@RATES.must("without decay the rate stays lr", "At lam = 0 nothing grows.")
def _constant(run: Run, lr, lam, steps):
    got = run(lr, 0.0, steps)
    expect(near(got, np.full(steps, lr)), f"at lam = 0 the rates are {show(got)}")


@RATES.must(
    "each rate is 1 / (1 - lr lam)² times the one before",
    "Twice: u is longer than w by one factor, and the gradient at u is smaller by another.",
)
def _grows(run: Run, lr, lam, steps):
    got = run(lr, lam, steps + 1)
    growth, want = got[1:] / got[:-1], 1 / (1 - lr * lam) ** 2
    expect_near(growth, want, "they grow by {}; it should be {}")


@RATES.mistake(
    "The exponent is too small by one: the new weight is divided by rho once more than the old."
)
def _late(lr, lam, steps):
    return lr * (1 - lr * lam) ** -(2.0 * np.arange(steps))


@RATES.mistake(
    "The rate grows as the weight does, but the gradient falls as well: the exponent is 2t + 1."
)
def _once(lr, lam, steps):
    return lr * (1 - lr * lam) ** -(np.arange(steps) + 1.0)


@RATES.mistake("These rates fall. Decay keeps the weights short, where steps turn them more.")
def _falls(lr, lam, steps):
    return lr * (1 - lr * lam) ** (2.0 * np.arange(steps) + 1)


@RATES.mistake(
    "exp((2t + 1) lr lam) is right only for small lr lam. Use powers of 1 / (1 - lr lam)."
)
def _exponential(lr, lam, steps):
    return lr * np.exp((2 * np.arange(steps) + 1) * lr * lam)
