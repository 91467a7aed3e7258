"""Exercise z_loss_gradient: how the z-loss moves the logits.

Symbols     z (B, K) logits of B tokens; the penalty is c times the mean over tokens of (log Z)^2.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run


def _parts(z: NDArray) -> tuple[NDArray, NDArray]:
    top = z.max(-1, keepdims=True)
    log_z = top + np.log(np.exp(z - top).sum(-1, keepdims=True))
    return log_z, np.exp(z - log_z)


def z_loss_gradient(z: NDArray, c: float) -> NDArray:
    """Return 2 c log Z softmax(z) / B."""
    log_z, p = _parts(z)
    return 2 * c * log_z * p / len(z)


def penalty(z: NDArray, c: float) -> float:
    """Return c times the mean over tokens of (log Z)^2."""
    return float(c * (_parts(z)[0] ** 2).mean())


PARTITION = Exercise(
    name="z_loss_gradient",
    arguments=("z", "c"),
    task="Return the gradient in z of c times the mean over tokens of (log Z)².",
    returns="an array in the shape of z",
    parse=lambda answer, z, c: numbers_of(z.shape, answer),
    cases=[
        (np.array(z), c)
        for z in [[[0.0, 0.0]], [[3.0, 1.0]], [[1.0, 0.0], [-4.0, -3.0]], 2 * decimals(4, 5)]
        for c in (1.0, 0.1)
    ],
    reference=z_loss_gradient,
)


@PARTITION.must(
    "where log Z is 0 it is 0",
    "Subtract log Z from the logits: then Z is 1, and the penalty is at its minimum.",
)
def _minimum(run: Run, z, c):
    got = run(z - _parts(z)[0], c)
    expect(near(got, 0), f"at log Z = 0 it is {show(got[0])}")


@PARTITION.must(
    "the entries of a token sum to 2 c log Z / B",
    "Chain rule: the derivative of c (log Z)² in log Z is 2 c log Z, and the mean divides by B.",
)
def _sums(run: Run, z, c):
    got, want = run(z, c).sum(1), 2 * c * _parts(z)[0][:, 0] / len(z)
    expect_near(got, want, "the sums are {}; 2 c log Z / B is {}")


@PARTITION.must(
    "it is the slope of the penalty",
    "The derivative of log Z in z_k is softmax(z)_k.",
)
def _slope(run: Run, z, c):
    got, direction = run(z, c), np.cos(np.arange(z.size)).reshape(z.shape)
    step = 1e-5
    slope = (penalty(z + step * direction, c) - penalty(z - step * direction, c)) / (2 * step)
    along = float((got * direction).sum())
    expect(abs(along - slope) < 1e-6, f"along one direction it is {show(along)}, not {show(slope)}")


@PARTITION.mistake("The factor 2 of the square is missing.")
def _no_two(z, c):
    return z_loss_gradient(z, c) / 2


@PARTITION.mistake("The mean over tokens is missing: divide by B.")
def _no_mean(z, c):
    return z_loss_gradient(z, c) * len(z)


@PARTITION.mistake("That is the gradient of c log Z. The square adds a factor 2 log Z.")
def _no_square(z, c):
    return c * _parts(z)[1] / len(z)


@PARTITION.mistake("That is Z itself. The penalty is on its logarithm.")
def _no_log(z, c):
    log_z, p = _parts(z)
    return 2 * c * np.exp(log_z) * p / len(z)


@PARTITION.mistake("Every logit gets the same. Each gets its own share softmax(z)_k.")
def _same(z, c):
    log_z, p = _parts(z)
    return 2 * c * log_z * np.ones_like(p) / p.shape[1] / len(z)
