"""Exercise norm_gradient: the gradient of the loss through batch normalization.

Symbols     x (B, C) the input, g (B, C) the gradient of the loss with respect to
            xhat = (x - mean) / sqrt(var + 1e-5), mean and biased variance over the batch.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def norm_gradient(g: NDArray, x: NDArray) -> NDArray:
    """Return (g - mean(g) - xhat mean(g xhat)) / sqrt(var + 1e-5), means over the batch."""
    xhat, std = _normalized(x)
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std


def _normalized(x: NDArray) -> tuple[NDArray, NDArray]:
    std = np.sqrt(x.var(0) + 1e-5)
    return (x - x.mean(0)) / std, std


def _cases() -> list[tuple]:
    cases = [(np.array([[0.0], [0.0], [3.0]]), np.array([[1.0], [2.0], [6.0]]))]
    for size in [(3, 1), (4, 2), (6, 3), (12, 2)]:
        g, x = np.random.default_rng(sum(size)).normal(size=(2, *size)).round(1)
        cases.append((g, 3 * x + 1))
    return cases


GRADIENT = Exercise(
    name="norm_gradient",
    arguments=("g", "x"),
    task="Return the gradient of the loss with respect to x, from that with respect to xhat.",
    returns="an array of numbers in the shape of x",
    parse=lambda answer, g, x: numbers_of(x.shape, answer),
    cases=_cases(),
    reference=norm_gradient,
)


@GRADIENT.must(
    "it sums to 0 over the batch",
    "Adding a constant to a channel changes nothing, so mean(g) has to be taken out.",
)
def _flat_for_constants(run: Run, g, x):
    sums = run(g, x).sum(0)
    expect(near(sums, np.zeros_like(sums)), f"the sums are {show(sums)}")


@GRADIENT.must(
    "it is orthogonal to xhat, except for eps",
    "Scaling a channel changes nothing, so the part along xhat is taken out: xhat mean(g xhat).",
)
def _flat_for_scale(run: Run, g, x):
    along = (run(g, x) * _normalized(x)[0]).sum(0)
    want = (norm_gradient(g, x) * _normalized(x)[0]).sum(0)
    expect_near(along, want, "its product with xhat is {}, not {}")


@GRADIENT.must(
    "it is what differences of the loss give",
    "The sum of the three terms is divided by the standard deviation, sqrt(var + 1e-5).",
)
def _by_differences(run: Run, g, x):
    got, want = run(g, x), norm_gradient(g, x)
    expect(near(got, want), f"the first row is {show(got[0])}, not {show(want[0])}")


@GRADIENT.mistake(
    "That takes mean and variance for constants. They depend on every x of the batch."
)
def _constants(g, x):
    return g / _normalized(x)[1]


@GRADIENT.mistake("The way through the variance is missing: subtract xhat mean(g xhat) too.")
def _without_variance(g, x):
    return (g - g.mean(0)) / _normalized(x)[1]


@GRADIENT.mistake("The way through the mean is missing: subtract mean(g) too.")
def _without_mean(g, x):
    xhat, std = _normalized(x)
    return (g - xhat * (g * xhat).mean(0)) / std


@GRADIENT.mistake("The division by sqrt(var + 1e-5) is missing.")
def _without_scale(g, x):
    return norm_gradient(g, x) * _normalized(x)[1]


@GRADIENT.mistake("Sums stand where means belong: divide them by the size of the batch.")
def _sums(g, x):
    xhat, std = _normalized(x)
    return (g - g.sum(0) - xhat * (g * xhat).sum(0)) / std


@GRADIENT.mistake(
    "That takes mean and variance for constants. They depend on every x of the batch."
)
def _constants_without_eps(g, x):
    return g / x.std(0)


@GRADIENT.mistake("That divides by the variance. Divide by its root, sqrt(var + 1e-5).")
def _no_root(g, x):
    return norm_gradient(g, x) / _normalized(x)[1]


@GRADIENT.mistake("xhat has mean 0 over the batch: subtract the mean of x before you divide.")
def _not_centered(g, x):
    std = _normalized(x)[1]
    return (g - g.mean(0) - x / std * (g * x / std).mean(0)) / std


@GRADIENT.mistake("That divides by the unbiased deviation. Layers normalize with the biased one.")
def _unbiased(g, x):
    std = np.sqrt(x.var(0, ddof=1) + 1e-5)
    xhat = (x - x.mean(0)) / std
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std
