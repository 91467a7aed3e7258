"""Exercise validation_rows: split augmented rows so that no original is on both sides.

Source      Kaufman, Rosset, Perlich, Stitelman (2012), "Leakage in Data Mining", ACM TKDD 6.
Symbols     origin (N,): the number of the original that each row was made from.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, kind
from reglab.exercises.exercise import Exercise, Rng, Run
from reglab.exercises.formats import as_array


def validation_rows(origin: NDArray, share: float, rng: np.random.Generator) -> NDArray:
    """Return a mask, True for all rows of round(share * originals) originals, drawn at random."""
    originals = np.unique(origin)
    chosen = rng.choice(originals, round(share * len(originals)), replace=False)
    return np.isin(origin, chosen)


def _parse(answer: Any, origin: NDArray, *_: Any) -> NDArray:
    mask = as_array(answer)
    if mask is not None and mask.dtype == bool and mask.shape == origin.shape:
        return mask
    raise Malformed(f"a boolean array of shape {origin.shape} was expected; it is {kind(answer)}")


def _case(originals: int, most: int, share: float) -> tuple:
    rng = np.random.default_rng(originals)
    origin = np.repeat(np.arange(originals), rng.integers(1, most + 1, originals))
    return rng.permutation(origin), share, Rng(originals)


ORIGINS = Exercise(
    name="validation_rows",
    arguments=("origin", "share", "rng"),
    task="Choose the validation rows of augmented data so that no original is on both sides.",
    returns="a boolean array, one value per row",
    parse=_parse,
    cases=[
        (np.array([0, 0, 1, 1]), 0.5, Rng(0)),
        (np.array([7, 3, 7, 3, 5, 5]), 1 / 3, Rng(1)),
        _case(10, 4, 0.2),
        _case(20, 6, 0.25),
        _case(50, 5, 0.2),
    ],
    reference=validation_rows,
)


@ORIGINS.must(
    "no original is on both sides",
    "Draw originals, not rows: np.unique(origin), and np.isin to find their rows.",
)
def _apart(run: Run, origin, share, rng):
    mask = run(origin, share, rng)
    both = np.intersect1d(origin[mask], origin[~mask])
    expect(not len(both), f"original {both[:1]} is in training and in validation")


@ORIGINS.must("the share of the originals is right", "round(share * number of originals) of them.")
def _share(run: Run, origin, share, rng):
    got, count = len(np.unique(origin[run(origin, share, rng)])), len(np.unique(origin))
    expect(
        got == round(share * count), f"{got} of {count} originals are chosen, share is {share:g}"
    )


@ORIGINS.must("another generator draws others", "Use rng.choice(..., replace=False).", cases=None)
def _random(run: Run, origin, share, rng):
    masks = [run(origin, share, Rng(seed)) for seed in range(20)]
    expect(any(not np.array_equal(masks[0], m) for m in masks), "20 generators drew the same rows")


@ORIGINS.mistake("Those are rows at random: copies of one original land on both sides.")
def _rows_at_random(origin, share, rng):
    return rng.random(len(origin)) < share


@ORIGINS.mistake("True marks validation; that mask is the other side's.")
def _other_side(origin, share, rng):
    return ~validation_rows(origin, share, rng)


@ORIGINS.mistake("The originals are drawn at random, not the first of a sorted list.")
def _first_ones(origin, share, rng):
    originals = np.unique(origin)
    return np.isin(origin, originals[: round(share * len(originals))])
