"""Exercise multiply_adds_left: what two dense layers cost after units without use are removed.

Symbols     W1 (H, I) into H hidden units, W2 (O, H) out of them.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show, whole_number
from reglab.exercises.exercise import Exercise, Run


def multiply_adds_left(W1: NDArray, W2: NDArray) -> int:
    """Return (I + O) times the number of units that receive something and send something."""
    used = (W1 != 0).any(axis=1) & (W2 != 0).any(axis=0)
    return int(used.sum()) * (W1.shape[1] + W2.shape[0])


def _cases() -> list[tuple]:
    by_hand = [
        ([[1.0]], [[2.0]]),
        ([[0.0]], [[2.0]]),
        ([[1.0, 0.0], [0.0, 0.0]], [[3.0, 2.0]]),
        ([[1.0, 2.0], [3.0, 4.0]], [[0.0, 2.0]]),
        ([[0.0, 0.0, 0.0], [1.0, 0.0, -1.0]], [[0.0, 1.0], [0.0, 0.0]]),
        ([[1.0, -1.0], [2.0, 2.0], [0.0, 1.0]], [[1.0, -1.0, 0.0], [0.0, 1.0, 5.0]]),
    ]
    rng = np.random.default_rng(2)
    scattered = rng.normal(size=(6, 5)).round(1), rng.normal(size=(3, 6)).round(1)
    for W in scattered:
        W.flat[::4] = 0
    some = scattered[0].copy(), scattered[1].copy()
    some[0][[0, 4]] = 0
    some[1][:, [1, 4]] = 0
    return [(np.array(a), np.array(b)) for a, b in by_hand] + [scattered, some]


COUNTS = Exercise(
    name="multiply_adds_left",
    arguments=("W1", "W2"),
    task="Count the multiply-adds of both layers after units without use are removed.",
    returns="a whole number",
    parse=lambda answer, W1, W2: whole_number(answer),
    cases=_cases(),
    reference=multiply_adds_left,
)


@COUNTS.must(
    "without any zero it is the size of both matrices",
    "A dense product takes one multiply-add for each entry of the matrix.",
)
def _full(run: Run, W1, W2):
    got = run(np.ones(W1.shape), np.ones(W2.shape))
    expect(got == W1.size + W2.size, f"{got} for {W1.size} and {W2.size} weights, none of them 0")


@COUNTS.must(
    "scattered zeros save nothing",
    "A dense product multiplies by zeros too; only whole units can be left out.",
)
def _scattered(run: Run, W1, W2):
    one, two = np.ones(W1.shape), np.ones(W2.shape)
    if W1.shape[1] > 1:
        one[:, 0] = 0  # every unit still receives something
    if W2.shape[0] > 1:
        two[0] = 0
    got, want = run(one, two), W1.size + W2.size
    expect(got == want, f"all units receive and send, and {want} became {got}")


@COUNTS.must(
    "a unit that receives nothing, or sends nothing, is not counted",
    "A row of W1 is what a unit receives, a column of W2 what it sends. One of them is enough.",
)
def _units(run: Run, W1, W2):
    got, want = run(W1, W2), multiply_adds_left(W1, W2)
    expect(got == want, f"it is {want}, not {got}")


@COUNTS.must(
    "the signs of the weights do not matter", "Ask whether any weight is not 0; weights may cancel."
)
def _signs(run: Run, W1, W2):
    got, turned = run(W1, W2), run(abs(W1), abs(W2))
    expect(got == turned, f"it is {show(got)}, and {show(turned)} without the signs")


@COUNTS.mistake("That counts the weights that are not 0. A dense product multiplies by zeros too.")
def _nonzero(W1, W2):
    return int((W1 != 0).sum() + (W2 != 0).sum())


@COUNTS.mistake("Units that send nothing are missing: their columns of W2 are 0.")
def _rows_only(W1, W2):
    return int((W1 != 0).any(axis=1).sum()) * (W1.shape[1] + W2.shape[0])


@COUNTS.mistake("Units that receive nothing are missing: their rows of W1 are 0.")
def _columns_only(W1, W2):
    return int((W2 != 0).any(axis=0).sum()) * (W1.shape[1] + W2.shape[0])


@COUNTS.mistake("A unit without use leaves both layers: its column of W2 goes as well as its row.")
def _by_layer(W1, W2):
    rows, columns = (W1 != 0).any(axis=1).sum(), (W2 != 0).any(axis=0).sum()
    return int(rows * W1.shape[1] + columns * W2.shape[0])


@COUNTS.mistake("One of the two is enough: a unit without input is of no use, whatever it sends.")
def _neither(W1, W2):
    used = (W1 != 0).any(axis=1) | (W2 != 0).any(axis=0)
    return int(used.sum()) * (W1.shape[1] + W2.shape[0])


@COUNTS.mistake("That is the number of units. Each takes I multiply-adds in and O out.")
def _only_units(W1, W2):
    return int(((W1 != 0).any(axis=1) & (W2 != 0).any(axis=0)).sum())


@COUNTS.mistake("A sum can be 0 where the weights are not: 1 and -1 cancel.")
def _by_sums(W1, W2):
    used = (W1.sum(axis=1) != 0) & (W2.sum(axis=0) != 0)
    return int(used.sum()) * (W1.shape[1] + W2.shape[0])
