"""Exercise dropblock_mask: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.dropout_relatives.exercises.blocks import BLOCKS
from reglab.dropout import grow_blocks
from reglab.exercises import check


def as_the_library(starts, block):
    return ~grow_blocks(torch.from_numpy(starts), (block, block)).numpy()


def by_shifts(starts, block):
    h, w = starts.shape
    mask = np.ones((h + block - 1, w + block - 1), dtype=int)
    for i in range(block):
        for j in range(block):
            mask[i : i + h, j : j + w][starts] = 0
    return mask


@pytest.mark.parametrize("solution", [BLOCKS.reference, as_the_library, by_shifts])
def test_right_solutions_pass(solution):
    assert check("dropblock_mask", solution), check("dropblock_mask", solution)


@pytest.mark.parametrize("mistake", BLOCKS.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("dropblock_mask", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_a_mask_that_moves_its_blocks_is_seen():
    def moved(starts, block):
        return np.roll(by_shifts(starts, block), 1, axis=0)

    assert "other units" in repr(check("dropblock_mask", moved))


def test_the_stub_on_the_page_fails():
    assert not check("dropblock_mask", lambda starts, block: 1 - starts.astype(float))
