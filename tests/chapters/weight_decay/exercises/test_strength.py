"""Exercise sgd_weight_decay: right solutions pass, typical wrong ones get the hint that helps."""

import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.weight_decay.exercises.strength import STRENGTH, sgd_weight_decay
from reglab.exercises import check


def with_ifs(lam, n, summed, half):
    if not half:
        lam = 2 * lam
    return lam / n if summed else lam


@pytest.mark.parametrize("solution", [STRENGTH.reference, with_ifs])
def test_right_solutions_pass(solution):
    assert check("sgd_weight_decay", solution), check("sgd_weight_decay", solution)


@pytest.mark.parametrize("summed", [True, False])
@pytest.mark.parametrize("half", [True, False])
def test_torch_s_step_is_a_multiple_of_the_paper_s(summed, half):
    w = torch.tensor([2.0, -1.0], dtype=torch.float64)
    x, n, lam, lr = torch.tensor([1.0, 0.5, 3.0], dtype=torch.float64), 3, 0.7, 0.01
    v = w.clone().requires_grad_()
    losses = (v.sum() * x - 1).square()
    paper = (losses.sum() if summed else losses.mean()) + lam * (0.5 if half else 1) * v @ v
    (slope,) = torch.autograd.grad(paper, v)
    ours = w.clone().requires_grad_()
    optimizer = torch.optim.SGD([ours], lr, weight_decay=sgd_weight_decay(lam, n, summed, half))
    (ours.sum() * x - 1).square().mean().backward()
    optimizer.step()
    assert_close((w - ours.detach()) / lr, slope / (n if summed else 1))


@pytest.mark.parametrize("mistake", STRENGTH.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("sgd_weight_decay", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda lam, n, summed, half: lam + 1, "It is a multiple of lam"),
        (lambda lam, n, summed, half: lam * (2 - half) / n, "Both losses are means already"),
        (lambda lam, n, summed, half: lam * (2 - half), "A summed loss is n times the mean"),
        (lambda lam, n, summed, half: None, "one number was expected"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("sgd_weight_decay", wrong)
    assert not report and hint in repr(report)
