"""Exercise inverted_dropout: the forward and the backward pass of one layer.

Symbols     x (B, H) activations, u (B, H) uniform numbers in [0, 1), grad (B, H) the gradient of
            the loss with respect to the output; a number is dropped where u < p.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, expect_near, kind, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def inverted_dropout(x: NDArray, u: NDArray, p: float, grad: NDArray, training: bool):
    """Return (output, gradient with respect to x)."""
    if not training:
        return x.copy(), grad.copy()
    mask = (u >= p) / (1 - p) if p < 1 else np.zeros_like(x)
    return x * mask, grad * mask


def _pair(answer, x, *_):
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Malformed(f"(output, gradient) was expected; it returned {kind(answer)}")
    return numbers_of(x.shape, answer[0]), numbers_of(x.shape, answer[1])


def _cases() -> list[tuple]:
    cases = []
    for b, h in [(1, 1), (1, 3), (2, 4), (5, 6)]:
        x, grad = decimals(b, h), decimals(b, h + 1)[:, :h]
        x = np.where(x == 0, 0.5, x)
        u = np.random.default_rng(b + h).random((b, h)).round(2)
        u[0, 0] = 0.1
        u[-1, -1] = 0.9 if u.size > 1 else 0.1
        cases += [(x, u, p, grad, training) for p in (0.25, 0.5, 0.0) for training in (True, False)]
        cases.append((x, u, 1.0, grad, True))
    return cases


INVERTED = Exercise(
    name="inverted_dropout",
    arguments=("x", "u", "p", "grad", "training"),
    task="Return the output of inverted dropout and the gradient with respect to its input.",
    returns="two arrays in the shape of x",
    parse=_pair,
    cases=_cases(),
    reference=inverted_dropout,
)


@INVERTED.must("in evaluation nothing happens", "In evaluation return x and grad as they are.")
def _evaluation(run: Run, x, u, p, grad, training):
    out, back = run(x, u, p, grad, False)
    found = f"the output is {show(out)}, the gradient {show(back)}"
    expect(near(out, x) and near(back, grad), found)


@INVERTED.must("at p = 1 all is 0", "1 / (1 - p) does not exist at p = 1; return zeros there.")
def _all(run: Run, x, u, p, grad, training):
    out, back = run(x, u, 1.0, grad, True)
    expect(not out.any() and not back.any(), f"the output is {show(out)}")


@INVERTED.must(
    "in training it drops where u < p and divides the others by 1 - p",
    "The mask is 0 where u < p and 1 / (1 - p) elsewhere.",
)
def _output(run: Run, x, u, p, grad, training):
    got, want = run(x, u, p, grad, True)[0], inverted_dropout(x, u, p, grad, True)[0]
    expect_near(got, want, "the output is {}; it should be {}")


@INVERTED.must(
    "the gradient passes through the same mask",
    "output = mask * x, so the gradient with respect to x is mask * grad.",
)
def _gradient(run: Run, x, u, p, grad, training):
    got, want = run(x, u, p, grad, True)[1], inverted_dropout(x, u, p, grad, True)[1]
    expect_near(got, want, "the gradient is {}; it should be {}")


def _mistaken(mask):
    def solution(x, u, p, grad, training):
        m = mask(u, p)
        return (x * m, grad * m) if training else (x.copy(), grad.copy())

    return solution


def _scale(p):
    return 1 / (1 - p) if p < 1 else 0.0


INVERTED.mistake(
    "Nothing is divided by 1 - p, so the mean falls to (1 - p) x. That is the form that scales "
    "at test time."
)(_mistaken(lambda u, p: 1.0 * (u >= p)))
INVERTED.mistake(
    "p is the probability of dropping here: numbers are dropped where u < p, and the others "
    "divided by 1 - p, not by p."
)(_mistaken(lambda u, p: (u < p) / p if p else np.zeros_like(u)))
INVERTED.mistake("Those that remain are multiplied by 1 - p; divide by it.")(
    _mistaken(lambda u, p: (u >= p) * (1 - p))
)


@INVERTED.mistake("The gradient needs the factor 1 / (1 - p) too: it belongs to the mask.")
def _unscaled_gradient(x, u, p, grad, training):
    if not training:
        return x.copy(), grad.copy()
    return x * (u >= p) * _scale(p), grad * (u >= p) * (p < 1)


@INVERTED.mistake("The gradient passes everywhere; where the output is 0 it must be 0 as well.")
def _open_gradient(x, u, p, grad, training):
    if not training:
        return x.copy(), grad.copy()
    return x * (u >= p) * _scale(p), grad * _scale(p)


@INVERTED.mistake("It drops in evaluation too. Look at `training` first.")
def _always(x, u, p, grad, training):
    return inverted_dropout(x, u, p, grad, True)


@INVERTED.mistake("It drops in evaluation too, and nothing is divided by 1 - p in training.")
def _always_and_unscaled(x, u, p, grad, training):
    return x * (u >= p), grad * (u >= p)


INVERTED.mistake("Those are kept that should go: a number is dropped where u is below p.")(
    _mistaken(lambda u, p: (u < p) * _scale(p))
)


@INVERTED.mistake("x belongs to the output alone: the slope of mask * x is the mask.")
def _gradient_times_x(x, u, p, grad, training):
    out, back = inverted_dropout(x, u, p, grad, training)
    return out, back * x
