"""Exercise power_iteration: other sound solutions pass, and the library finds the same."""

import numpy as np
import pytest
import torch

from reglab.chapters.implicit_regularization.exercises.power import power_iteration
from reglab.sharpness import largest_eigenvalue


def another(H, v, steps):
    u = v / np.sqrt(v @ v)
    while steps:
        u = H.dot(u)
        u = u / np.sqrt(u @ u)
        steps -= 1
    return u.dot(H.dot(u)) / u.dot(u)


def test_other_sound_solutions_pass(passes):
    passes("power_iteration", another)


def test_the_library_finds_the_same():
    H, v = np.diag([5.0, 2.0, 1.0]), np.ones(3)
    loss = lambda w: w @ torch.from_numpy(H) @ w / 2  # noqa: E731
    want = largest_eigenvalue(loss, torch.zeros(3, dtype=torch.float64))
    assert power_iteration(H, v, 80) == pytest.approx(float(want))
