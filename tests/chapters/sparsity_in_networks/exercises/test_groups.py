"""Exercise shrink_rows: other sound solutions pass, and the library agrees."""

import numpy as np
import torch
from numpy.testing import assert_allclose

from reglab.chapters.sparsity_in_networks.exercises import shrink_rows
from reglab.penalties import group_soft_threshold


def row_by_row(W, t):
    found = np.zeros_like(W)
    for i, row in enumerate(W):
        length = np.linalg.norm(row)
        if length > t:
            found[i] = row * (length - t) / length
    return found


def by_torch(W, t):
    return group_soft_threshold(torch.as_tensor(W), t)


def test_other_sound_solutions_pass(passes):
    passes("shrink_rows", row_by_row, by_torch)


def divides_by_zero(W, t):
    with np.errstate(all="ignore"):
        return np.maximum(1 - t / np.linalg.norm(W, axis=1, keepdims=True), 0) * W


def scaled(W, t):
    return shrink_rows(W, t * np.sqrt(W.shape[1]))


def test_other_wrong_solutions_fail(fails):
    fails("shrink_rows", divides_by_zero, scaled)


def test_reference_by_hand():
    W = np.array([[3.0, 4.0], [0.3, 0.4]])
    assert_allclose(shrink_rows(W, 1.0), [[2.4, 3.2], [0.0, 0.0]])
