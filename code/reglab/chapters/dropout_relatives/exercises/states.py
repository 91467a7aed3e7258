"""Exercise zoneout_step: the state of a recurrent network after a step with zoneout.

Symbols     old, new (H,) the state before and what the cell proposes, draws (H,) in [0, 1).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def zoneout_step(old: NDArray, new: NDArray, draws: NDArray, p: float, training: bool) -> NDArray:
    """Return old where draws < p and new elsewhere; in evaluation p old + (1 - p) new."""
    return np.where(draws < p, old, new) if training else p * old + (1 - p) * new


def _cases() -> list[tuple]:
    cases = []
    for size, p in [(1, 0.5), (2, 0.1), (3, 0.0), (3, 1.0), (6, 0.3)]:
        rng = np.random.default_rng(size)
        old, new = rng.normal(size=(2, size)).round(1)
        draws = rng.random(size).round(2)
        cases += [(old, new, draws, p, True), (old, new, draws, p, False)]
    return cases


STATES = Exercise(
    name="zoneout_step",
    arguments=("old", "new", "draws", "p", "training"),
    task="Return the state after one step with zoneout.",
    returns="an array of numbers in the shape of old",
    parse=lambda answer, old, *_: numbers_of(old.shape, answer),
    cases=_cases(),
    reference=zoneout_step,
)


@STATES.must(
    "in training a unit with draw < p keeps exactly its old value, the others take the new one",
    "Choose between old and new unit by unit; nothing is set to 0 and nothing is rescaled.",
)
def _choice(run: Run, old, new, draws, p, training):
    got = run(old, new, draws, p, True)
    wrong = ~np.isclose(got, np.where(draws < p, old, new), rtol=1e-6, atol=1e-9)
    i = int(np.argmax(wrong))
    found = f"unit {i} with draw {show(draws[i])} becomes {show(got[i])}"
    expect(not wrong.any(), f"{found}; old is {show(old[i])}, new is {show(new[i])}")


@STATES.must(
    "evaluation is the mean over draws",
    "A unit is old with probability p and new with 1 - p.",
)
def _mean(run: Run, old, new, draws, p, training):
    got, want = run(old, new, draws, p, False), p * old + (1 - p) * new
    expect_near(got, want, "it is {}; the mean is {}")


@STATES.must("at p = 0 the state is the new one", "Nothing stays old where p is 0, in both modes.")
def _off(run: Run, old, new, draws, p, training):
    got = run(old, new, draws, 0.0, training)
    expect_near(got, new, "it is {}; new is {}")


@STATES.mistake("That is dropout: the unit becomes 0 and forgets. Zoneout gives it its old value.")
def _dropout(old, new, draws, p, training):
    return np.where(draws < p, 0.0, new) if training else (1 - p) * new


@STATES.mistake("Old and new are exchanged: p is the probability of keeping the old value.")
def _exchanged(old, new, draws, p, training):
    return zoneout_step(new, old, draws, p, training)


@STATES.mistake("Evaluation uses the new state only. On average a unit is old p of the time.")
def _new(old, new, draws, p, training):
    return np.where(draws < p, old, new) if training else new.copy()


@STATES.mistake("Nothing needs rescaling: no unit is lost.")
def _scaled(old, new, draws, p, training):
    factor = 1 / (1 - p) if p < 1 else 1.0
    return np.where(draws < p, old, factor * new) if training else p * old + (1 - p) * new


@STATES.mistake("The noise stays on in evaluation. There, take the mean: p old + (1 - p) new.")
def _always(old, new, draws, p, training):
    return np.where(draws < p, old, new)
