"""Exercise greedy_weights: a greedy soup of linear models, chosen on validation data.

Symbols     weights (M, I) of M models; x (B, I), y (B,) validation examples; the error of w is
            mean (x w - y)^2.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def validation_error(w: NDArray, x: NDArray, y: NDArray) -> float:
    """Return mean (x w - y)^2."""
    return float(((x @ w - y) ** 2).mean())


def greedy_weights(weights: NDArray, x: NDArray, y: NDArray) -> NDArray:
    """Return the mean of the weights that join, from best to worst, if the error does not rise."""
    errors = [validation_error(w, x, y) for w in weights]
    order = np.argsort(errors, kind="stable")
    chosen, best = [order[0]], errors[order[0]]
    for i in order[1:]:
        found = validation_error(weights[[*chosen, i]].mean(0), x, y)
        if found <= best:
            chosen, best = [*chosen, i], found
    return weights[chosen].mean(0)


def _case(weights: list, x: list, y: list) -> tuple:
    return tuple(np.array(part, dtype=float) for part in (weights, x, y))


GREEDY = Exercise(
    name="greedy_weights",
    arguments=("weights", "x", "y"),
    task="Return the weights of the greedy soup: from best to worst, each joins if it helps.",
    returns="one number for each input",
    parse=lambda answer, weights, *_: numbers_of(weights.shape[1:], answer),
    cases=[
        _case([[3]], [[1]], [2]),
        _case([[4], [1]], [[1]], [2]),  # both: 2.5 is better than 1
        _case([[2.1], [9]], [[1]], [2]),  # the second does not join
        _case([[5], [1], [2.8]], [[1]], [2]),
        _case([[1], [3.5], [0], [2.8]], [[1]], [2]),
        _case([[-1.7], [2], [5.6], [5.5]], [[1]], [2.2]),
        _case([[3, 0], [0, 1], [1, 1], [2, 2.5], [0, 0]], [[1, 0], [0, 1], [1, 1]], [1, 2, 2.5]),
        _case([[0, 3], [1, 2.5], [2, 0], [0.5, 0.4]], [[1, 0], [0, 1], [1, 1]], [1, 1, 1.5]),
    ],
    reference=greedy_weights,
)
ONE = GREEDY.cases[0]


@GREEDY.must("a single model is its own soup", cases=[ONE])
def _one(run: Run, weights, x, y):
    got = run(weights, x, y)
    expect(near(got, weights[0]), f"it is {show(got)}")


@GREEDY.must(
    "the soup is no worse than the best model, on these data",
    "Begin with the best model, and let another one join only if the error does not rise.",
)
def _no_worse(run: Run, weights, x, y):
    best = min(validation_error(w, x, y) for w in weights)
    got = validation_error(run(weights, x, y), x, y)
    expect(got <= best + 1e-9, f"its error is {show(got)}, that of the best model {show(best)}")


@GREEDY.must("the order in which the models are given plays no part", "Sort them by their errors.")
def _order(run: Run, weights, x, y):
    one, other = run(weights, x, y), run(weights[::-1].copy(), x, y)
    expect_near(one, other, "it is {}, and with the models turned around {}")


@GREEDY.must(
    "from the best to the worst, each joins if the error of the soup does not rise",
    "Compare each candidate with the soup as it is so far, and go on after a refusal.",
)
def _greedy(run: Run, weights, x, y):
    got, want = run(weights, x, y), greedy_weights(weights, x, y)
    expect_near(got, want, "it is {} instead of {}")


@GREEDY.mistake("That averages all models: the uniform soup.")
def _uniform(weights, x, y):
    return weights.mean(0)


@GREEDY.mistake("That is the best single model; nothing has joined it.")
def _best(weights, x, y):
    return weights[np.argmin([validation_error(w, x, y) for w in weights])]


@GREEDY.mistake("The models are taken in the order in which they are given. Sort them first.")
def _unsorted(weights, x, y):
    chosen, best = [0], validation_error(weights[0], x, y)
    for i in range(1, len(weights)):
        found = validation_error(weights[[*chosen, i]].mean(0), x, y)
        if found <= best:
            chosen, best = [*chosen, i], found
    return weights[chosen].mean(0)


@GREEDY.mistake("That stops at the first model that does not help. A later one still may.")
def _stops(weights, x, y):
    errors = [validation_error(w, x, y) for w in weights]
    order = np.argsort(errors, kind="stable")
    chosen, best = [order[0]], errors[order[0]]
    for i in order[1:]:
        found = validation_error(weights[[*chosen, i]].mean(0), x, y)
        if found > best:
            break
        chosen, best = [*chosen, i], found
    return weights[chosen].mean(0)


@GREEDY.mistake("That compares with the best single model, so the soup may get worse again.")
def _with_single(weights, x, y):
    errors = [validation_error(w, x, y) for w in weights]
    order = np.argsort(errors, kind="stable")
    chosen = [order[0]]
    for i in order[1:]:
        if validation_error(weights[[*chosen, i]].mean(0), x, y) <= errors[order[0]]:
            chosen = [*chosen, i]
    return weights[chosen].mean(0)
