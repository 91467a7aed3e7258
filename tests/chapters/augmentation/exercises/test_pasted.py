"""Exercise pasted_share: other sound solutions pass."""

import numpy as np
import pytest
import torch

from reglab.augmentation.erasing import box_mask
from reglab.chapters.augmentation.exercises.pasted import PASTED, pasted_share


def by_drawing(height, width, row, column, size):
    image = np.zeros((height, width))
    image[max(row, 0) : max(row + size, 0), max(column, 0) : max(column + size, 0)] = 1
    return image.mean()


def test_other_sound_solutions_pass(passes):
    passes("pasted_share", by_drawing)


@pytest.mark.parametrize("case", PASTED.cases, ids=str)
def test_the_reference_is_the_library_s_mask(case):
    height, width, row, column, size = case
    start = torch.tensor([[row, column]])
    mask = box_mask(start, start + size, (height, width))
    assert pasted_share(*case) == pytest.approx(mask.double().mean().item(), abs=1e-12)
