"""Exercise invariant_gradient: the gradient of a function that sees only a weight's direction.

Symbols     w (P,) a weight, f(w) = F(w / |w|); slope (P,) the gradient of F at w / |w|.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def invariant_gradient(w: NDArray, slope: NDArray) -> NDArray:
    """Return the part of slope at a right angle to w, divided by |w|."""
    length = np.linalg.norm(w)
    u = w / length
    return (slope - (slope @ u) * u) / length


BY_HAND = [([2.0], [3.0]), ([0.5, 0.0], [1.0, 1.0]), ([3.0, 4.0], [0.0, 5.0])]

SLOPE = Exercise(
    name="invariant_gradient",
    arguments=("w", "slope"),
    task="Return the gradient of F(w / |w|), given the gradient of F.",
    returns="an array of numbers in the shape of w",
    parse=lambda answer, w, slope: numbers_of(w.shape, answer),
    cases=[
        *((np.array(w), np.array(slope)) for w, slope in BY_HAND),
        *((decimals(n, 2)[:, 0], decimals(n, 3)[:, 1]) for n in (4, 9)),
    ],
    reference=invariant_gradient,
)


@SLOPE.must(
    "it stands at a right angle to w",
    "Along w the function does not change. Take out the part of the slope that points along w.",
)
def _right_angle(run: Run, w, slope):
    along = run(w, slope) @ w
    expect(near(along, 0.0), f"its product with w is {show(along)}; it should be 0")


@SLOPE.must(
    "at a weight four times as long it is a quarter",
    "The same change of direction takes a longer way from a longer weight.",
)
def _quarter(run: Run, w, slope):
    got, long = run(w, slope), run(4 * w, slope)
    expect(near(4 * long, got), f"it is {show(got)} at w and {show(long)} at 4 w")


@SLOPE.must(
    "it tells by how much the function changes, in every direction",
    "Derive F(w / |w|) by the chain rule, or try small steps.",
)
def _differences(run: Run, w, slope):
    """F(u) = slope @ u has this gradient everywhere, so f can be tried out."""
    got, h = run(w, slope), 1e-5 * np.linalg.norm(w)
    ways = h * np.eye(len(w))
    rise = [slope @ ((w + d) / np.linalg.norm(w + d) - (w - d) / np.linalg.norm(w - d))
            for d in ways]  # fmt: skip
    want = np.array(rise) / (2 * h)
    expect(np.allclose(got, want, rtol=1e-5, atol=1e-7), f"it is {show(got)}, not {show(want)}")


@SLOPE.mistake("That still has a part along w: subtract (slope @ u) u, with u = w / |w|.")
def _not_projected(w, slope):
    return slope / np.linalg.norm(w)


@SLOPE.mistake("The direction is right. Divide by the length of w: the chain rule brings 1 / |w|.")
def _not_divided(w, slope):
    u = w / np.linalg.norm(w)
    return slope - (slope @ u) * u


@SLOPE.mistake("Divided once too often: the gradient falls with |w|, and not with its square.")
def _twice(w, slope):
    return invariant_gradient(w, slope) / np.linalg.norm(w)


@SLOPE.mistake("w has to be divided by its length before you project onto it.")
def _onto_w(w, slope):
    return (slope - (slope @ w) * w) / np.linalg.norm(w)


@SLOPE.mistake("That is the step, which goes down. The gradient points up.")
def _down(w, slope):
    return -invariant_gradient(w, slope)
