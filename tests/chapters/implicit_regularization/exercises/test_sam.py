"""Exercise sam_step: other sound solutions pass, and the library takes the same step."""

import numpy as np
import pytest
import torch

from reglab.chapters.implicit_regularization.exercises.sam import sam_step
from reglab.sharpness import sam_offsets


def another(w, H, lr, rho):
    gradient = w @ H
    length = sum(g**2 for g in gradient) ** 0.5
    return w - lr * gradient - lr * rho / length * H @ gradient


def test_other_sound_solutions_pass(passes):
    passes("sam_step", another)


def test_the_library_does_the_same():
    w, H = np.array([1.0, -2.0]), np.array([[3.0, 1.0], [1.0, 2.0]])
    g = torch.from_numpy(H @ w)
    e = sam_offsets({"w": g}, 0.3)["w"].numpy()
    assert sam_step(w, H, 0.1, 0.3) == pytest.approx(w - 0.1 * H @ (w + e))
