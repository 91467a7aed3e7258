"""Exercise magnitude_mask: which weights may stay, exactly as many as asked, also with ties.

Symbols     w (O, I) the weights; the mask is True where a weight remains.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, kind, show
from reglab.exercises.exercise import Exercise, Run
from reglab.exercises.formats import as_array


def magnitude_mask(w: NDArray, remaining: float) -> NDArray:
    """Return a mask of the round(remaining * count) largest |w|; of equal ones the first."""
    count = round(remaining * w.size)
    order = np.argsort(-np.abs(w), axis=None, kind="stable")
    mask = np.zeros(w.size, dtype=bool)
    mask[order[:count]] = True
    return mask.reshape(w.shape)


def mask_like(w: NDArray, value: Any) -> NDArray:
    """Return the boolean array of w's shape that `value` is; Malformed otherwise."""
    mask = as_array(value)
    if mask is None or mask.dtype != bool or mask.shape != w.shape:
        raise Malformed(
            f"a boolean array of shape {w.shape} was expected; it returned {kind(value)}"
        )
    return mask


LARGEST = Exercise(
    name="magnitude_mask",
    arguments=("w", "remaining"),
    task="Return a mask of the largest weights, exactly round(remaining * count) of them.",
    returns="a boolean array of the shape of w",
    parse=lambda answer, w, remaining: mask_like(w, answer),
    cases=[
        (np.array(w), remaining)
        for w in [
            [[0.5, -2.0]],
            [[3.0, -1.0], [2.0, -4.0]],
            [[1.0, 1.0, -1.0, 1.0], [0.0, 1.0, -1.0, 1.0]],
            [[0.3, -0.9, 0.1], [-0.2, 0.8, 0.0], [0.6, -0.5, 0.4]],
        ]
        for remaining in (0.5, 0.0, 1.0, 0.25)
    ],
    reference=magnitude_mask,
)


@LARGEST.must(
    "exactly round(remaining * count) weights remain, also among equal ones",
    "A threshold keeps all equal weights or none. Sort, and take as many as asked.",
)
def _count(run: Run, w, remaining):
    got, want = int(run(w, remaining).sum()), round(remaining * w.size)
    expect(got == want, f"{got} of {w.size} weights remain; {want} should")


@LARGEST.must("no weight that remains is smaller than one that goes", "Size is |w|, without sign.")
def _larger(run: Run, w, remaining):
    mask, size = run(w, remaining), np.abs(w)
    if mask.any() and not mask.all():
        low, high = size[mask].min(), size[~mask].max()
        expect(low >= high, f"{show(float(low))} remains and {show(float(high))} goes")


@LARGEST.must("at 1 all remain, and at 0 none", cases=[c for c in LARGEST.cases if c[1] in (0, 1)])
def _ends(run: Run, w, remaining):
    mask = run(w, remaining)
    expect((mask == bool(remaining)).all(), f"at {show(remaining)} the mask is {show(mask)}")


@LARGEST.mistake("That compares w, not |w|: large negative weights go.")
def _signed(w, remaining):
    order = np.argsort(-w, axis=None, kind="stable")
    mask = np.zeros(w.size, dtype=bool)
    mask[order[: round(remaining * w.size)]] = True
    return mask.reshape(w.shape)


@LARGEST.mistake("Those are the weights that should go: `remaining` is the share that is kept.")
def _turned(w, remaining):
    return ~magnitude_mask(w, 1 - remaining)


@LARGEST.mistake("A quantile keeps all weights that are equal to it. Sort, and count.")
def _quantile(w, remaining):
    return np.abs(w) >= np.quantile(np.abs(w), 1 - remaining)


@LARGEST.mistake("Every row keeps the same share. Compare the weights of the whole layer.")
def _by_row(w, remaining):
    return np.array([magnitude_mask(row, remaining) for row in w])


@LARGEST.mistake("The smallest weights are kept. Sort by falling size.")
def _smallest(w, remaining):
    order = np.argsort(np.abs(w), axis=None, kind="stable")
    mask = np.zeros(w.size, dtype=bool)
    mask[order[: round(remaining * w.size)]] = True
    return mask.reshape(w.shape)
