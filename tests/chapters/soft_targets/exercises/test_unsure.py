"""Exercise penalized_gradient: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.soft_targets.exercises.unsure import UNSURE, penalized_gradient
from reglab.exercises import check
from reglab.targets import ConfidencePenalty


def another(z, y, beta):
    """By differences of the loss, which has no formula to get wrong."""

    def loss(z):
        log_p = z - np.log(np.exp(z).sum())
        return -log_p[y] + beta * np.exp(log_p) @ log_p

    steps = 1e-5 * np.eye(len(z))
    return np.array([(loss(z + s) - loss(z - s)) / 2e-5 for s in steps])


@pytest.mark.parametrize("solution", [UNSURE.reference, another])
def test_right_solutions_pass(solution):
    assert check("penalized_gradient", solution), check("penalized_gradient", solution)


@pytest.mark.parametrize("mistake", UNSURE.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("penalized_gradient", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda z, y, beta: z, "softmax(z) minus the one-hot label"),
        (lambda z, y, beta: 0.0, "an array of shape (2,) was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("penalized_gradient", wrong)
    assert not report and hint in repr(report)


def test_the_library_has_the_same_gradient():
    z = torch.tensor([[2.0, 0.5, -1.0]], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    ConfidencePenalty(0.3).batch_loss(z, t).backward()
    assert np.allclose(z.grad[0].numpy(), penalized_gradient(z.detach()[0].numpy(), 1, 0.3))
