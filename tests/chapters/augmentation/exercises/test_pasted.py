"""Exercise pasted_share: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.augmentation.erasing import box_mask
from reglab.chapters.augmentation.exercises.pasted import PASTED, pasted_share
from reglab.exercises import check


def by_drawing(height, width, row, column, size):
    image = np.zeros((height, width))
    image[max(row, 0) : max(row + size, 0), max(column, 0) : max(column + size, 0)] = 1
    return image.mean()


@pytest.mark.parametrize("solution", [pasted_share, by_drawing])
def test_right_solutions_pass(solution):
    assert check("pasted_share", solution), check("pasted_share", solution)


@pytest.mark.parametrize("case", PASTED.cases, ids=str)
def test_the_reference_is_the_library_s_mask(case):
    height, width, row, column, size = case
    start = torch.tensor([[row, column]])
    mask = box_mask(start, start + size, (height, width))
    assert pasted_share(*case) == pytest.approx(mask.double().mean().item(), abs=1e-12)


@pytest.mark.parametrize("mistake", PASTED.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("pasted_share", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda h, w, r, c, s: s**2 / h**2, "Divide by all pixels of the image"),
        (lambda h, w, r, c, s: 1 - pasted_share(h, w, r, c, s), "Divide by all pixels"),
        (lambda h, w, r, c, s: None, "Is the return missing?"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("pasted_share", wrong)
    assert not report and hint in repr(report)
