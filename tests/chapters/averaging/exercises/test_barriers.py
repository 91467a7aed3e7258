"""Exercise barrier_height: other sound solutions pass, and the library does the same."""

import numpy as np
import torch

from reglab.averaging import barrier
from reglab.chapters.averaging.exercises.barriers import BARRIER, barrier_height


def one_by_one(errors):
    heights, last = [], len(errors) - 1
    for k, e in enumerate(errors):
        a = k / last
        heights.append(e - (1 - a) * errors[0] - a * errors[-1])
    return max(heights)


def test_other_sound_solutions_pass(passes):
    passes("barrier_height", one_by_one)


def test_the_library_does_the_same():
    for (errors,) in BARRIER.cases:
        shares = np.linspace(0, 1, len(errors))
        want = barrier(shares, torch.tensor(errors)).item()
        np.testing.assert_allclose(barrier_height(errors), want, atol=1e-12)
