"""Exercise distillation_gradient: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.soft_targets.exercises.distill import distillation_gradient
from reglab.targets import Distillation


def another(z, v, T):
    student, teacher = np.exp(z / T), np.exp(v / T)
    return T * (student / student.sum() - teacher / teacher.sum())


def test_other_sound_solutions_pass(passes):
    passes("distillation_gradient", another)


def test_the_library_has_the_same_gradient():
    z = torch.tensor([[2.0, 0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([[0.0, 4.0, 1.0]], dtype=torch.float64)
    Distillation(3.0).batch_loss(z, v.softmax(1)).backward()
    want = distillation_gradient(z.detach()[0].numpy(), v[0].numpy(), 3.0)
    assert np.allclose(z.grad[0].numpy(), want)
