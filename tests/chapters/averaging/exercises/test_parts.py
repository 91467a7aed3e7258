"""Exercise error_parts: other sound solutions pass, and the library does the same."""

import numpy as np
import torch

from reglab.averaging import decompose_squared_error
from reglab.chapters.averaging.exercises.parts import PARTS, error_parts


def by_variance(predictions, y):
    return np.mean([(f - y) @ (f - y) / len(y) for f in predictions]), predictions.var(0).mean()


def by_pairs(predictions, y):
    count = len(predictions)
    apart = [((f - g) ** 2).mean() for f in predictions for g in predictions]
    return ((predictions - y) ** 2).mean(), sum(apart) / (2 * count**2)


def test_other_sound_solutions_pass(passes):
    passes("error_parts", by_variance)
    passes("error_parts", by_pairs)


def test_the_library_does_the_same():
    predictions, y = PARTS.cases[-1]
    found = decompose_squared_error(torch.tensor(predictions), torch.tensor(y))
    want = (found.members.mean().item(), found.diversity.mean().item())
    np.testing.assert_allclose(error_parts(predictions, y), want)
