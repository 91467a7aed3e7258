"""Exercise idle_shares: what AdamW leaves of an idle weight while the learning rate changes.

Symbols     rates (T,) the learning rate of each step, decay torch's weight_decay.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def idle_shares(rates: NDArray, decay: float) -> NDArray:
    """Return the running product of 1 - rate * decay."""
    return np.cumprod(1 - rates * decay)


SCHEDULES = [[0.5], [0.5, 0.25], [0.0, 0.5, 0.5], [0.1, 0.2, 0.3, 0.2, 0.1], [0.4, 0.3, 0.1, 0.0]]

SHARES = Exercise(
    name="idle_shares",
    arguments=("rates", "decay"),
    task="Return, after each step, the share of an idle weight that decay has left.",
    returns="an array of one share per step",
    parse=lambda answer, rates, decay: numbers_of(rates.shape, answer),
    cases=[(np.array(rates), decay) for rates in SCHEDULES for decay in (1.0, 0.1, 0.0)],
    reference=idle_shares,
)


@SHARES.must(
    "each step takes rate * decay of what was left before it",
    "Begin with 1, and multiply by what a step leaves.",
)
def _product(run: Run, rates, decay):
    got, left = run(rates, decay), 1.0
    for step, (rate, share) in enumerate(zip(rates, got, strict=True), 1):
        left -= rate * decay * left
        expect_near(share, left, f"after step {step} it is {{}}; it should be {{}}")


@SHARES.must("without decay all of it is left", "At decay = 0 no step takes anything.")
def _none(run: Run, rates, decay):
    got = run(rates, 0.0)
    expect(near(got, 1.0), f"at decay = 0 it is {show(got)}")


@SHARES.must(
    "half the rates with twice the decay leave the same",
    "Only the product of rate and decay counts in a step.",
)
def _traded(run: Run, rates, decay):
    one, other = run(rates, decay), run(rates / 2, 2 * decay)
    expect_near(one, other, "it is {}, and with half the rates {}")


@SHARES.mistake("A step takes its share of what is left, and not of the weight at the start.")
def _sum(rates, decay):
    return 1 - np.cumsum(rates) * decay


@SHARES.mistake(
    "exp(-rate * decay) is right for small shares only. A step leaves 1 - rate * decay."
)
def _exponential(rates, decay):
    return np.exp(-np.cumsum(rates) * decay)


@SHARES.mistake("The rate changes from step to step: use each of them, not only the first.")
def _first_rate(rates, decay):
    return (1 - rates[0] * decay) ** np.arange(1, len(rates) + 1)


@SHARES.mistake("In torch a step takes rate * decay of the weight, and not decay.")
def _without_rate(rates, decay):
    return (1 - decay) ** np.arange(1.0, len(rates) + 1)


@SHARES.mistake("These are the shares before each step. Give those after it.")
def _before(rates, decay):
    return np.concatenate([[1.0], np.cumprod(1 - rates * decay)[:-1]])
