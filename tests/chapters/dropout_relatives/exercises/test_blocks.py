"""Exercise dropblock_mask: other sound solutions pass."""

import numpy as np
import torch

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


def test_other_sound_solutions_pass(passes):
    passes("dropblock_mask", as_the_library, by_shifts)


def test_a_mask_that_moves_its_blocks_is_seen():
    def moved(starts, block):
        return np.roll(by_shifts(starts, block), 1, axis=0)

    assert "other units" in repr(check("dropblock_mask", moved))
