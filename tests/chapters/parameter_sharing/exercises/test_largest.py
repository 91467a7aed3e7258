"""Exercise magnitude_mask: other sound solutions pass, whichever of equal weights they keep."""

import numpy as np
import pytest
import torch

from reglab.chapters.parameter_sharing.exercises.largest import LARGEST, magnitude_mask
from reglab.exercises import check
from reglab.sharing import magnitude_masks


def last_of_equal_ones(w, remaining):
    mask = np.zeros(w.size, dtype=bool)
    ranked = sorted(range(w.size), key=lambda i: (abs(w.flat[i]), i), reverse=True)
    mask[ranked[: round(remaining * w.size)]] = True
    return mask.reshape(w.shape)


def test_other_sound_solutions_pass(passes):
    passes("magnitude_mask", last_of_equal_ones)


@pytest.mark.parametrize("case", LARGEST.cases, ids=lambda case: f"{case[0].size}, {case[1]}")
def test_the_library_has_the_same_mask(case):
    w, remaining = case
    [want] = magnitude_masks([torch.tensor(w)], remaining)
    assert np.array_equal(magnitude_mask(w, remaining), want.numpy())


def test_numbers_are_no_mask():
    report = check("magnitude_mask", lambda w, remaining: w)
    assert not report and "boolean" in repr(report)
