"""Exercise without_dead_units: take out units that receive nothing; the outputs stay.

Symbols     f(x) = W2 relu(W1 x + b1) + b2: W1 (H, I), b1 (H,), W2 (O, H), b2 (O,). In each case
            some unit receives something.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, kind, near, show
from reglab.exercises.arrays import decimals, numbers_of
from reglab.exercises.exercise import Exercise, Run
from reglab.exercises.formats import as_array

Layers = tuple[NDArray, NDArray, NDArray, NDArray]


def without_dead_units(W1: NDArray, b1: NDArray, W2: NDArray, b2: NDArray) -> Layers:
    """Return the layers without the units whose row of W1 is 0; their constants go into b2."""
    used = (W1 != 0).any(axis=1)
    constants = np.maximum(b1[~used], 0)
    return W1[used], b1[used], W2[:, used], b2 + W2[:, ~used] @ constants


def parse(answer: Any, W1: NDArray, b1: NDArray, W2: NDArray, b2: NDArray) -> Layers:
    """Return the four arrays of a network with some number of units; Malformed otherwise."""
    if type(answer) not in (tuple, list) or len(answer) != 4:
        raise Malformed(f"W1, b1, W2 and b2 were expected; it returned {kind(answer)}")
    bias = as_array(answer[1])
    if bias is None or bias.ndim != 1:
        raise Malformed(f"b1 has one number for each unit; it returned {kind(answer[1])}")
    H, I, O = len(bias), W1.shape[1], len(b2)
    shapes = [(H, I), (H,), (O, H), (O,)]
    a, b, c, d = (numbers_of(shape, part) for shape, part in zip(shapes, answer, strict=True))
    return a, b, c, d


def outputs(W1: NDArray, b1: NDArray, W2: NDArray, b2: NDArray) -> NDArray:
    """Return f at six fixed inputs, (6, O)."""
    x = np.random.default_rng(1).normal(size=(6, W1.shape[1]))
    return np.maximum(x @ W1.T + b1, 0) @ W2.T + b2


def _cases() -> list[tuple]:
    by_hand = [
        ([[1.0]], [0.5], [[2.0]], [0.0]),
        ([[1.0], [0.0]], [0.5, 3.0], [[1.0, 2.0]], [1.0]),
        ([[0.0], [1.0]], [-3.0, 0.5], [[2.0, 1.0]], [1.0]),
        ([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]], [2.0, 0.0, 1.0], [[1.0, 1.0, -1.0]], [0.0]),
    ]
    cases = [tuple(np.array(part) for part in case) for case in by_hand]
    for H, I, O in [(4, 3, 2), (6, 2, 3)]:
        W1 = decimals(H, I)
        W1[[0, H - 2]] = 0
        cases.append((W1, decimals(H, 1)[:, 0] + 0.5, decimals(O, H), decimals(O, 1)[:, 0]))
    return cases


REMOVAL = Exercise(
    name="without_dead_units",
    arguments=("W1", "b1", "W2", "b2"),
    task="Take out the hidden units that receive nothing, and keep all outputs as they are.",
    returns="W1, b1, W2 and b2 of a network with the same inputs and outputs",
    parse=parse,
    cases=_cases(),
    reference=without_dead_units,
)


@REMOVAL.must(
    "the outputs stay the same for every input",
    "A unit that receives nothing sends a constant. Where does it go?",
)
def _outputs(run: Run, *layers):
    before, after = outputs(*layers), outputs(*run(*layers))
    expect(near(before, after), f"at one input they were {show(before[0])}, are {show(after[0])}")


@REMOVAL.must("no unit that receives nothing is left", "Its row of W1 holds only zeros.")
def _gone(run: Run, *layers):
    rows = run(*layers)[0]
    dead = int((rows == 0).all(axis=1).sum())
    expect(dead == 0, f"{dead} of {len(rows)} units receive nothing")


@REMOVAL.must(
    "as many units are left as receive something", "One weight that is not 0 is enough to stay."
)
def _left(run: Run, W1, b1, W2, b2):
    got, want = len(run(W1, b1, W2, b2)[1]), int((W1 != 0).any(axis=1).sum())
    expect(got == want, f"{got} units are left; {want} receive something")


@REMOVAL.mistake("The constants that the removed units sent are lost: add them to b2.")
def _no_constant(W1, b1, W2, b2):
    used = (W1 != 0).any(axis=1)
    return W1[used], b1[used], W2[:, used], b2 * 1.0


@REMOVAL.mistake("The constant passes through the ReLU first: a negative bias sends 0.")
def _no_relu(W1, b1, W2, b2):
    used = (W1 != 0).any(axis=1)
    return W1[used], b1[used], W2[:, used], b2 + W2[:, ~used] @ b1[~used]


@REMOVAL.mistake("A unit goes only if all its weights are 0, not if one of them is.")
def _any_zero(W1, b1, W2, b2):
    used = (W1 != 0).all(axis=1)
    return W1[used], b1[used], W2[:, used], b2 + W2[:, ~used] @ np.maximum(b1[~used], 0)


@REMOVAL.mistake("The constants reach the outputs through their columns of W2: multiply by them.")
def _unweighted(W1, b1, W2, b2):
    used = (W1 != 0).any(axis=1)
    return W1[used], b1[used], W2[:, used], b2 + np.maximum(b1[~used], 0).sum()


@REMOVAL.mistake("The constants of all units are added: those of units that stay count twice.")
def _all_constants(W1, b1, W2, b2):
    used = (W1 != 0).any(axis=1)
    return W1[used], b1[used], W2[:, used], b2 + W2 @ np.maximum(b1, 0)


@REMOVAL.mistake("Nothing was taken out.")
def _same(W1, b1, W2, b2):
    return W1 * 1.0, b1 * 1.0, W2 * 1.0, b2 * 1.0
