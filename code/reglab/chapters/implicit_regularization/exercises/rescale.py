"""Exercise rescaled: the same function at weights of other sharpness.

Symbols     f(x) = V relu(W x + b): W (H, I), b (H,), V (K, H); c > 0 the factor.
            For the squared error, half its Hessian in one row of V is the mean of h h', where
            h = relu(W x + b): c times larger h, c^2 times larger curvature.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.chapters.implicit_regularization.exercises.arrays import decimals
from reglab.exercises.answers import Malformed, expect, kind, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

Layers = tuple[NDArray, NDArray, NDArray]


def rescaled(W: NDArray, b: NDArray, V: NDArray, c: float) -> Layers:
    """Return c W, c b, V / c."""
    return c * W, c * b, V / c


def parse(answer: Any, W: NDArray, b: NDArray, V: NDArray, c: float) -> Layers:
    """Return the three arrays; Malformed otherwise."""
    if type(answer) not in (tuple, list) or len(answer) != 3:
        raise Malformed(f"W, b and V were expected; it returned {kind(answer)}")
    first, bias, second = answer
    return numbers_of(W.shape, first), numbers_of(b.shape, bias), numbers_of(V.shape, second)


def hidden(W: NDArray, b: NDArray, inputs: int) -> NDArray:
    """Return relu(W x + b) at eight fixed inputs, (8, H)."""
    x = np.random.default_rng(0).normal(size=(8, inputs))
    return np.maximum(x @ W.T + b, 0)


RESCALE = Exercise(
    name="rescaled",
    arguments=("W", "b", "V", "c"),
    task="Return W, b and V of the same function, with hidden units c times as large.",
    returns="three arrays, shaped like W, b and V",
    parse=parse,
    cases=[
        (decimals(i, units, inputs), abs(decimals(50 + i, units)), decimals(90 + i, K, units), c)
        for i, (inputs, units, K) in enumerate([(1, 1, 1), (2, 2, 1), (3, 5, 2)])
        for c in (10.0, 1.0, 0.5)
    ],
    reference=rescaled,
)  # fmt: skip


@RESCALE.must(
    "the outputs stay",
    "relu(c z) = c relu(z) for c > 0: what goes in times c, what comes out divided by c.",
)
def _outputs(run: Run, W, b, V, c):
    W2, b2, V2 = run(W, b, V, c)
    before = hidden(W, b, W.shape[1]) @ V.T
    after = hidden(W2, b2, W.shape[1]) @ V2.T
    expect(near(before, after), f"an output was {show(before[0, 0])} and is {show(after[0, 0])}")


@RESCALE.must(
    "the curvature in V becomes c² times as large",
    "It is the mean square of the hidden units: all of them have to grow by c.",
    cases=[case for case in RESCALE.cases if case[3] != 1],
)
def _curvature(run: Run, W, b, V, c):
    W2, b2, _ = run(W, b, V, c)
    layers = [(W, b), (W2, b2)]
    before, after = ((hidden(w, shift, W.shape[1]) ** 2).mean(0) for w, shift in layers)
    text = f"the mean squares were {show(before)} and are {show(after)}"
    expect(near(after, c**2 * before), text)


@RESCALE.must(
    "each hidden unit becomes c times as large",
    "relu(c (W x + b)) is c relu(W x + b): the factor belongs before the ReLU.",
)
def _units(run: Run, W, b, V, c):
    W2, b2, _ = run(W, b, V, c)
    before, after = (hidden(w, shift, W.shape[1]) for w, shift in [(W, b), (W2, b2)])
    expect(near(after, c * before), f"a unit was {show(before[0, 0])}, is {show(after[0, 0])}")


@RESCALE.mistake("The bias goes into the unit, too: it needs the factor as well.")
def _without_bias(W, b, V, c):
    return c * W, b, V / c


@RESCALE.mistake("The outgoing weights stayed, so that all outputs grow by c.")
def _one_side(W, b, V, c):
    return c * W, c * b, V * 1.0


@RESCALE.mistake("This makes the hidden units smaller by c: turn it around.")
def _inverse(W, b, V, c):
    return W / c, b / c, V * c


@RESCALE.mistake("The factor is c, not c²: curvature is quadratic in the hidden units.")
def _squared(W, b, V, c):
    return c**2 * W, c**2 * b, V / c**2
