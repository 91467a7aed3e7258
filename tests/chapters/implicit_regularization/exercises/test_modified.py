"""Exercise modified_loss: other sound solutions pass, and the library agrees."""

import pytest
import torch

from reglab.chapters.implicit_regularization import two_weights
from reglab.chapters.implicit_regularization.exercises.modified import modified_loss
from reglab.sharpness import implicit_gradient_penalty


def another(a, b, eta):
    rest = 1 - a * b
    slope = (-rest * b, -rest * a)
    return rest * rest / 2 + eta / 4 * (slope[0] ** 2 + slope[1] ** 2)


def test_other_sound_solutions_pass(passes):
    passes("modified_loss", another)


def test_the_library_does_the_same():
    w = torch.tensor([2.0, 0.3], dtype=torch.float64)
    want = two_weights.loss(w) + implicit_gradient_penalty(two_weights.loss, 0.2)(w)
    assert modified_loss(2.0, 0.3, 0.2) == pytest.approx(want.item())
