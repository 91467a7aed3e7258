"""Exercise soft_threshold: the proximal step of L1.

Symbols     w (any shape) weights, t >= 0 the threshold: step size times lam.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show, show_both
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def soft_threshold(w: NDArray, t: float) -> NDArray:
    """Return sign(w) max(|w| - t, 0)."""
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def _cases() -> list[tuple]:
    by_hand = [
        ([3.0], 1.0),
        ([-3.0], 1.0),
        ([0.5], 1.0),
        ([1.0], 1.0),
        ([0.0, -0.5], 0.5),
        ([0.0, 1.0], 0.0),
        ([2.0, -2.0, 0.25], 0.0),
        ([4.0, -0.5, 1.5, -2.5], 1.5),
    ]
    large = np.random.default_rng(0).normal(size=(5, 4)).round(1)
    return [(np.array(w), t) for w, t in by_hand] + [(large, 0.7)]


SOFT_THRESHOLD = Exercise(
    name="soft_threshold",
    arguments=("w", "t"),
    task="Move every weight towards 0 by t, and to exactly 0 if it is nearer than that.",
    returns="an array of numbers of w's shape",
    parse=lambda answer, w, t: numbers_of(w.shape, answer),
    cases=_cases(),
    reference=soft_threshold,
)


@SOFT_THRESHOLD.must(
    "weights of size t or less become exactly 0",
    "np.maximum(..., 0) keeps a weight from passing 0.",
)
def _zeros(run: Run, w, t):
    small = abs(w) <= t
    found = run(w, t)[small]
    text, _zeros = show_both(found, 0 * found)
    expect((found == 0).all(), f"{show(w[small])} became {text}")


@SOFT_THRESHOLD.must(
    "larger weights move towards 0 by exactly t",
    "A weight of 3 with t = 1 becomes 2, one of -3, -2.",
)
def _moves(run: Run, w, t):
    large = abs(w) > t
    found, want = run(w, t)[large], (w - t * np.sign(w))[large]
    expect_near(found, want, f"{show(w[large])} became {{}}; it should be {{}}")


@SOFT_THRESHOLD.must(
    "it minimizes (v - w)² / 2 + t |v| over v", "That is what makes it the proximal step of L1."
)
def _argmin(run: Run, w, t):
    found = run(w, t)

    def cost(v):
        return (v - w) ** 2 / 2 + t * abs(v)

    for step in (-0.01, 0.01):
        better = cost(found + step) < cost(found) - 1e-12
        expect(
            not better.any(), f"for w = {show(w[better])}, {show(found[better] + step)} costs less"
        )


@SOFT_THRESHOLD.mistake("That is the hard threshold: it keeps large weights as they are.")
def _hard(w, t):
    return np.where(abs(w) > t, w, 0.0)


@SOFT_THRESHOLD.mistake("That is one step along t sign(w): a small weight jumps over 0 instead.")
def _subgradient(w, t):
    return w - t * np.sign(w)


@SOFT_THRESHOLD.mistake("The sign is lost. Multiply by np.sign(w).")
def _unsigned(w, t):
    return np.maximum(abs(w) - t, 0)


@SOFT_THRESHOLD.mistake("That is the step of L2: it shrinks by a factor, and reaches no zero.")
def _ridge(w, t):
    return w / (1 + t)


@SOFT_THRESHOLD.mistake(
    "That clips the weights to [-t, t]. What is left over, w - clip, is the answer."
)
def _clipped(w, t):
    return np.clip(w, -t, t)
