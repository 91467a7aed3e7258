"""Exercise penalized_gradient: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.soft_targets.exercises.unsure import penalized_gradient
from reglab.targets import ConfidencePenalty


def another(z, y, beta):
    """By differences of the loss, which has no formula to get wrong."""

    def loss(z):
        log_p = z - np.log(np.exp(z).sum())
        return -log_p[y] + beta * np.exp(log_p) @ log_p

    steps = 1e-5 * np.eye(len(z))
    return np.array([(loss(z + s) - loss(z - s)) / 2e-5 for s in steps])


def test_other_sound_solutions_pass(passes):
    passes("penalized_gradient", another)


def test_the_library_has_the_same_gradient():
    z = torch.tensor([[2.0, 0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    ConfidencePenalty(0.3).batch_loss(z, t).backward()
    assert np.allclose(z.grad[0].numpy(), penalized_gradient(z.detach()[0].numpy(), 1, 0.3))
