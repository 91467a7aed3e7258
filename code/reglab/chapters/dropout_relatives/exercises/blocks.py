"""Exercise dropblock_mask: from the places where blocks begin to the mask.

Symbols     starts (H - b + 1, W - b + 1) True where a block begins, b size of a block.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def dropblock_mask(starts: NDArray, block: int) -> NDArray:
    """Return the mask (H, W): 0 where a block lies, 1 elsewhere."""
    mask = np.ones(np.add(starts.shape, block - 1))
    for i, j in np.argwhere(starts):
        mask[i : i + block, j : j + block] = 0
    return mask


def _parse(answer: Any, starts: NDArray, block: int) -> NDArray:
    shape = tuple(n + block - 1 for n in starts.shape)
    if isinstance(answer, np.ndarray) and answer.dtype == bool:
        answer = answer.astype(float)  # a mask of truth values is as good
    return numbers_of(shape, answer)


def _cases() -> list[tuple]:
    cases = [(np.array([[True]]), 1), (np.array([[True]]), 2), (np.array([[False, True]]), 1)]
    for h, w, block, seed in [(3, 4, 2, 0), (2, 2, 3, 1), (5, 3, 2, 2), (6, 6, 4, 3), (7, 5, 3, 4)]:
        cases.append((np.random.default_rng(seed).random((h, w)) < 0.2, block))
    return cases


BLOCKS = Exercise(
    name="dropblock_mask",
    arguments=("starts", "block"),
    task="Return the mask of DropBlock, given where blocks begin.",
    returns="a mask of 0 and 1, larger than starts by block - 1 on each axis",
    parse=_parse,
    cases=_cases(),
    reference=dropblock_mask,
)


@BLOCKS.must("without blocks everything is left", "Begin with a mask of ones.")
def _empty(run: Run, starts, block):
    got = run(np.zeros_like(starts), block)
    expect((got == 1).all(), f"without a start the mask has {int((got != 1).sum())} units not at 1")


@BLOCKS.must(
    "one start drops one whole square that begins there",
    "The square covers rows i to i + block - 1 and columns j to j + block - 1.",
)
def _one(run: Run, starts, block):
    for place in {(0, 0), tuple(n - 1 for n in starts.shape)}:
        single = np.zeros_like(starts)
        single[place] = True
        got, want = run(single, block), dropblock_mask(single, block)
        gone = int((got == 0).sum())
        found = f"a start at {tuple(map(int, place))} drops {gone} units of {block * block}"
        expect(gone == block * block, found)
        expect(np.array_equal(got, want), f"a start at {place} drops other units")


@BLOCKS.must("overlapping blocks drop a unit once", "A unit is 0, however many blocks cover it.")
def _overlap(run: Run, starts, block):
    got, want = run(starts, block), dropblock_mask(starts, block)
    wrong = int((got != want).sum())
    expect(wrong == 0, f"{wrong} units differ; the values are {show(np.unique(got))}")


def _spread(starts: NDArray, block: int, back: int) -> NDArray:
    mask = np.ones(np.add(starts.shape, block - 1))
    for i, j in np.argwhere(starts):
        top, left = max(i - back, 0), max(j - back, 0)
        mask[top : i - back + block, left : j - back + block] = 0
    return mask


@BLOCKS.mistake("These blocks are centered on their start. They begin there, with a corner.")
def _centered(starts, block):
    return _spread(starts, block, block // 2)


@BLOCKS.mistake("Only the starts themselves are dropped. Each is the corner of a whole square.")
def _points(starts, block):
    mask = np.ones(np.add(starts.shape, block - 1))
    mask[: starts.shape[0], : starts.shape[1]] -= starts
    return mask


@BLOCKS.mistake("The mask is the wrong way around: 1 is left, 0 is dropped.")
def _inverted(starts, block):
    return 1 - dropblock_mask(starts, block)


@BLOCKS.mistake("Where blocks overlap the mask falls below 0. Set it to 0 instead of subtracting.")
def _subtracted(starts, block):
    mask = np.ones(np.add(starts.shape, block - 1))
    for i, j in np.argwhere(starts):
        mask[i : i + block, j : j + block] -= 1
    return mask
