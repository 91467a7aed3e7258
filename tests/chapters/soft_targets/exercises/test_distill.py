"""Exercise distillation_gradient: right solutions pass, typical wrong ones get their hint."""

import numpy as np
import pytest
import torch

from reglab.chapters.soft_targets.exercises.distill import DISTILL, distillation_gradient
from reglab.exercises import check
from reglab.targets import Distillation


def another(z, v, T):
    student, teacher = np.exp(z / T), np.exp(v / T)
    return T * (student / student.sum() - teacher / teacher.sum())


@pytest.mark.parametrize("solution", [DISTILL.reference, another])
def test_right_solutions_pass(solution):
    assert check("distillation_gradient", solution), check("distillation_gradient", solution)


@pytest.mark.parametrize("mistake", DISTILL.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("distillation_gradient", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda z, v, T: z - v, "Student minus teacher"),
        (lambda z, v, T: v, "Student minus teacher"),
        (lambda z, v, T: "z", "an array of shape (2,) was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("distillation_gradient", wrong)
    assert not report and hint in repr(report)


def test_the_library_has_the_same_gradient():
    z = torch.tensor([[2.0, 0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([[0.0, 4.0, 1.0]], dtype=torch.float64)
    Distillation(3.0).batch_loss(z, v.softmax(1)).backward()
    want = distillation_gradient(z.detach()[0].numpy(), v[0].numpy(), 3.0)
    assert np.allclose(z.grad[0].numpy(), want)
