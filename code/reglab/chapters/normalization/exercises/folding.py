"""Exercise folded_layer: in evaluation a linear layer and its batch normalization are one layer.

Symbols     w (O, I), b (O,) the linear layer; mean, var (O,) running statistics, scale and shift
            (O,); eps = 1e-5.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

Arrays = tuple[NDArray, NDArray, NDArray, NDArray, NDArray, NDArray]


def folded_layer(
    w: NDArray, b: NDArray, mean: NDArray, var: NDArray, scale: NDArray, shift: NDArray
) -> NDArray:
    """Return (O, I + 1): the weights of the one layer, and its biases as the last column."""
    factor = scale / np.sqrt(var + 1e-5)
    return np.column_stack([factor[:, None] * w, factor * (b - mean) + shift])


def _cases() -> list[tuple]:
    one = (np.array([[2.0]]), *(np.array([v]) for v in (1.0, 3.0, 4.0, 1.5, 0.5)))
    cases = [one]
    for outputs, inputs in [(2, 1), (2, 3), (3, 3), (5, 4)]:
        rng = np.random.default_rng(10 * outputs + inputs)
        b, mean, scale, shift = rng.normal(size=(4, outputs)).round(1)
        var = rng.random(outputs).round(1) + 0.3
        cases.append((rng.normal(size=(outputs, inputs)).round(1), b, mean, var, scale, shift))
    return cases


FOLDING = Exercise(
    name="folded_layer",
    arguments=("w", "b", "mean", "var", "scale", "shift"),
    task="Return one linear layer that does what linear, then batch normalization, do together.",
    returns="an array of shape (O, I + 1): the weights, and the biases as the last column",
    parse=lambda answer, w, *_: numbers_of((w.shape[0], w.shape[1] + 1), answer),
    cases=_cases(),
    reference=folded_layer,
)


@FOLDING.must(
    "its weights are right",
    "Each row is multiplied by its own scale / sqrt(var + 1e-5).",
)
def _weights(run: Run, *layer):
    got, want = run(*layer)[:, :-1], folded_layer(*layer)[:, :-1]
    expect(near(got, want), f"the first row is {show(got[0])}, not {show(want[0])}")


@FOLDING.must(
    "its biases are right",
    "What both give for an input of zeros: (b - mean) times the row's factor, plus shift.",
)
def _biases(run: Run, *layer):
    got, want = run(*layer)[:, -1], folded_layer(*layer)[:, -1]
    expect_near(got, want, "the biases are {}, not {}")


@FOLDING.must(
    "it does what both layers do",
    "Normalization in evaluation is scale * (z - mean) / sqrt(var + 1e-5) + shift.",
)
def _together(run: Run, w, b, mean, var, scale, shift):
    folded, x = run(w, b, mean, var, scale, shift), np.ones(w.shape[1])
    got = folded[:, :-1] @ x + folded[:, -1]
    want = scale * (w @ x + b - mean) / np.sqrt(var + 1e-5) + shift
    expect_near(got, want, "inputs of 1 give {}; both layers give {}")


@FOLDING.mistake("The running mean is missing: it is subtracted from b before the scale.")
def _without_mean(w, b, mean, var, scale, shift):
    return folded_layer(w, b, 0 * mean, var, scale, shift)


@FOLDING.mistake("The layer's own bias b is missing.")
def _without_bias(w, b, mean, var, scale, shift):
    return folded_layer(w, 0 * b, mean, var, scale, shift)


@FOLDING.mistake("That divides by the variance. Divide by the root of var + 1e-5.")
def _no_root(w, b, mean, var, scale, shift):
    return folded_layer(w, b, mean, (var + 1e-5) ** 2 - 1e-5, scale, shift)


@FOLDING.mistake("eps is missing: the layer divides by sqrt(var + 1e-5).")
def _without_eps(w, b, mean, var, scale, shift):
    return folded_layer(w, b, mean, var - 1e-5, scale, shift)


@FOLDING.mistake("The shift is scaled too. It is added after the scale.")
def _scaled_shift(w, b, mean, var, scale, shift):
    factor = scale / np.sqrt(var + 1e-5)
    return folded_layer(w, b, mean, var, scale, factor * shift)


@FOLDING.mistake("That is the linear layer alone. Normalization changes weights and biases.")
def _unfolded(w, b, mean, var, scale, shift):
    return np.column_stack([w, b])


@FOLDING.mistake("The weights need the factor too: each row is scaled as its output is.")
def _old_weights(w, b, mean, var, scale, shift):
    return np.column_stack([w, folded_layer(w, b, mean, var, scale, shift)[:, -1]])


@FOLDING.mistake("The learned scale is missing: a row's factor is scale / sqrt(var + 1e-5).")
def _without_scale(w, b, mean, var, scale, shift):
    return folded_layer(w, b, mean, var, np.ones_like(scale), shift)


@FOLDING.mistake("The running mean is not scaled: it is subtracted from b before the factor.")
def _unscaled_mean(w, b, mean, var, scale, shift):
    factor = scale / np.sqrt(var + 1e-5)
    return np.column_stack([factor[:, None] * w, factor * b - mean + shift])
