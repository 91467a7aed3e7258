"""Exercise z_loss_gradient: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.transformers.exercises.partition import penalty, z_loss_gradient
from reglab.targets import ZLoss


def by_autograd(z, c):
    z = torch.tensor(z, requires_grad=True)
    (c * z.logsumexp(1).square().mean()).backward()
    return z.grad.numpy()


def test_other_sound_solutions_pass(passes):
    passes("z_loss_gradient", by_autograd)


def test_the_library_has_this_gradient():
    z = torch.tensor([[1.0, -2.0, 0.5], [3.0, 3.0, 1.0]], dtype=torch.float64, requires_grad=True)
    none = torch.zeros_like(z)
    (g,) = torch.autograd.grad(ZLoss(0.3).batch_loss(z, none), z)
    np.testing.assert_allclose(z_loss_gradient(z.detach().numpy(), 0.3), g.numpy(), rtol=1e-12)


def test_penalty_is_the_library_s():
    z = torch.tensor([[1.0, -2.0], [3.0, 1.0]], dtype=torch.float64)
    want = ZLoss(0.7).batch_loss(z, torch.zeros_like(z)).item()
    assert np.isclose(penalty(z.numpy(), 0.7), want)
