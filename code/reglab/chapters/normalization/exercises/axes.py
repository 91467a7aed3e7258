"""Exercise normalized_over: batch, layer and instance normalization are one formula on other axes.

Symbols     x (B, C, L) examples, channels, positions; eps = 1e-5, no scale and shift.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

SHARED = {"batch": (0, 2), "layer": (1, 2), "instance": (2,)}


def normalized_over(x: NDArray, layer: str) -> NDArray:
    """Return (x - mean) / sqrt(var + 1e-5), mean and biased variance over the layer's axes."""
    return _normalized(x, SHARED[layer])


def _normalized(x: NDArray, axes: tuple[int, ...], ddof: int = 0, eps: float = 1e-5) -> NDArray:
    mean, var = x.mean(axes, keepdims=True), x.var(axes, ddof=ddof, keepdims=True)
    return (x - mean) / np.sqrt(var + eps)


def _cases() -> list[tuple]:
    first = np.array([[[1.0, 3.0], [5.0, 9.0]], [[2.0, 2.0], [0.0, 8.0]]])
    shapes = [(2, 3, 2), (3, 2, 4), (4, 4, 4)]
    drawn = [np.random.default_rng(sum(s)).normal(size=s).round(1) + 1 for s in shapes]
    return [(x, layer) for x in [first, *drawn] for layer in SHARED]


AXES = Exercise(
    name="normalized_over",
    arguments=("x", "layer"),
    task="Normalize x (B, C, L) as batch, layer or instance normalization does in training.",
    returns="an array of numbers in the shape of x",
    parse=lambda answer, x, layer: numbers_of(x.shape, answer),
    cases=_cases(),
    reference=normalized_over,
)


@AXES.must(
    "numbers that share a mean average 0",
    "Batch: one mean for each channel. Layer: for each example. Instance: for each pair of these.",
)
def _centered(run: Run, x, layer):
    means = run(x, layer).mean(SHARED[layer])
    expect(near(means, np.zeros_like(means)), f"the averages are {show(means)}, not 0")


@AXES.must(
    "numbers that share a mean have variance 1, except for eps",
    "Divide by the root of the variance plus 1e-5; NumPy's var() is the biased one, as it should.",
)
def _scaled(run: Run, x, layer):
    got, want = run(x, layer), normalized_over(x, layer)
    found = f"the first channel of the first example is {show(got[0, 0])}, not {show(want[0, 0])}"
    expect(near(got, want), found)


@AXES.must("adding 5 to all numbers changes nothing", "The mean is subtracted, whatever it is.")
def _shifted(run: Run, x, layer):
    got, moved = run(x, layer)[0, 0], run(x + 5.0, layer)[0, 0]
    expect_near(got, moved, "the first channel of the first example was {} and becomes {}")


@AXES.mistake("That is batch normalization whatever `layer` says.")
def _always_batch(x, layer):
    return normalized_over(x, "batch")


@AXES.mistake("Batch normalization has one mean for all positions of a channel: add axis 2.")
def _each_position(x, layer):
    return _normalized(x, (0,)) if layer == "batch" else normalized_over(x, layer)


@AXES.mistake("That normalizes each position by itself: a layer norm of (C, L) takes axes 1 and 2.")
def _each_token(x, layer):
    return _normalized(x, (1,)) if layer == "layer" else normalized_over(x, layer)


@AXES.mistake("Batch and layer are exchanged: batch normalization averages over axes 0 and 2.")
def _exchanged(x, layer: str):
    other = {"batch": "layer", "layer": "batch"}.get(layer, layer)
    return normalized_over(x, other)


@AXES.mistake("That divides by the unbiased deviation. Layers normalize with the biased one.")
def _unbiased(x, layer):
    return _normalized(x, SHARED[layer], ddof=1)


@AXES.mistake("That divides by the variance. Divide by its root.")
def _no_root(x, layer):
    axes = SHARED[layer]
    return (x - x.mean(axes, keepdims=True)) / (x.var(axes, keepdims=True) + 1e-5)


@AXES.mistake("Divided by the root of the mean square: the variance is taken around the mean.")
def _mean_square(x, layer):
    axes = SHARED[layer]
    mean, square = x.mean(axes, keepdims=True), (x**2).mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(square + 1e-5)


@AXES.mistake("One mean for all numbers: each layer averages over some of the axes only.")
def _everything(x, layer):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


@AXES.mistake("One mean for all numbers: each layer averages over some of the axes only.")
def _everything_without_eps(x, layer):
    return (x - x.mean()) / x.std()


@AXES.mistake("eps is missing: it goes under the root, or numbers that are all alike give 0 / 0.")
def _without_eps(x, layer):
    with np.errstate(invalid="ignore"):
        return _normalized(x, SHARED[layer], eps=0.0)


@AXES.mistake("eps stands outside the root: add it to the variance, then take the root.")
def _eps_outside(x, layer):
    axes = SHARED[layer]
    return (x - x.mean(axes, keepdims=True)) / (x.std(axes, keepdims=True) + 1e-5)
