"""Exercise proximal_step: one step of training with L1 that ends in exact zeros.

Symbols     w (n,) weights, gradient (n,) of the loss alone, lr > 0, lam >= 0.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show, show_both
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def proximal_step(w: NDArray, gradient: NDArray, lr: float, lam: float) -> NDArray:
    """Return the soft threshold, by lr lam, of w - lr gradient."""
    v = w - lr * gradient
    return np.sign(v) * np.maximum(np.abs(v) - lr * lam, 0)


def _cases() -> list[tuple]:
    by_hand = [
        ([1.0], [0.0], 0.5, 0.4),
        ([-1.0], [0.0], 0.5, 0.4),
        ([0.1], [0.0], 0.5, 0.4),
        ([0.1], [1.0], 0.5, 0.4),
        ([0.1], [-1.0], 0.5, 0.4),
        ([0.0, 0.0], [0.3, -2.0], 0.1, 1.0),
        ([2.0, -0.5], [1.0, 1.0], 0.5, 0.0),
    ]
    small = [(np.array(w), np.array(g), lr, lam) for w, g, lr, lam in by_hand]
    w, g = np.random.default_rng(3).normal(size=(2, 12)).round(1)
    return [*small, (w, g, 0.25, 1.6)]


PROXIMAL = Exercise(
    name="proximal_step",
    arguments=("w", "gradient", "lr", "lam"),
    task="Step along the gradient of the loss, then take the proximal step of lam sum |w|.",
    returns="an array of numbers of w's shape",
    parse=lambda answer, w, *_: numbers_of(w.shape, answer),
    cases=_cases(),
    reference=proximal_step,
)


@PROXIMAL.must(
    "with lam = 0 it is plain gradient descent", "Without a penalty nothing follows the step."
)
def _plain(run: Run, w, gradient, lr, lam):
    got, want = run(w, gradient, lr, 0.0), w - lr * gradient
    expect_near(got, want, "it gives {}; gradient descent gives {}")


@PROXIMAL.must(
    "where the loss is flat, weights lose lr · lam and stop at 0",
    "The threshold is as long as a step, lr, times the strength, lam.",
)
def _flat(run: Run, w, gradient, lr, lam):
    got = run(w, 0 * gradient, lr, lam)
    want = proximal_step(w, 0 * gradient, lr, lam)
    expect_near(got, want, f"{show(w)} became {{}}; it should be {{}}")


@PROXIMAL.must(
    "a weight at 0 stays there if the loss is no steeper than lam",
    "The step away from 0 is at most lr · lam long, and the threshold takes it back.",
)
def _stays(run: Run, w, gradient, lr, lam):
    got = run(0 * w, gradient, lr, lam)[abs(gradient) <= lam]
    text, _zeros = show_both(got, 0 * got)
    expect((got == 0).all(), f"with slopes {show(gradient)} and lam = {show(lam)}: {text}")


@PROXIMAL.must(
    "no weight next to it costs less: distance to the step squared / 2 + lr · lam · |w|",
    "The threshold is applied where the gradient step has led, not where it began.",
)
def _argmin(run: Run, w, gradient, lr, lam):
    found, v = run(w, gradient, lr, lam), w - lr * gradient

    def cost(u):
        return (u - v) ** 2 / 2 + lr * lam * abs(u)

    for move in (-0.001, 0.001):
        better = cost(found + move) < cost(found) - 1e-12
        expect(not better.any(), f"{show(found[better] + move)} costs less than it")


@PROXIMAL.mistake("The threshold is lr · lam. With lam alone it does not shrink with the steps.")
def _no_rate(w, gradient, lr, lam):
    v = w - lr * gradient
    return np.sign(v) * np.maximum(np.abs(v) - lam, 0)


@PROXIMAL.mistake("That adds lam · sign(w) to the gradient: a small weight jumps over 0.")
def _subgradient(w, gradient, lr, lam):
    return w - lr * (gradient + lam * np.sign(w))


@PROXIMAL.mistake("The order is the other way round: first the gradient, then the threshold.")
def _reversed(w, gradient, lr, lam):
    return np.sign(w) * np.maximum(np.abs(w) - lr * lam, 0) - lr * gradient


@PROXIMAL.mistake("Descent goes against the gradient: w - lr · gradient.")
def _uphill(w, gradient, lr, lam):
    return proximal_step(w, -gradient, lr, lam)


@PROXIMAL.mistake("This keeps large weights as they are: that is the hard threshold.")
def _hard(w, gradient, lr, lam):
    v = w - lr * gradient
    return np.where(np.abs(v) > lr * lam, v, 0.0)


@PROXIMAL.mistake("That is the proximal step of L2, which divides and reaches no zero.")
def _ridge(w, gradient, lr, lam):
    return (w - lr * gradient) / (1 + lr * lam)
