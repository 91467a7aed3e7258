"""Exercise sgd_weight_decay: other sound solutions pass."""

import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.weight_decay.exercises.strength import sgd_weight_decay
from reglab.exercises import check


def with_ifs(lam, n, summed, half):
    if not half:
        lam = 2 * lam
    return lam / n if summed else lam


def test_other_sound_solutions_pass(passes):
    passes("sgd_weight_decay", with_ifs)


@pytest.mark.parametrize("answer", [0, -1, -1.0])
def test_what_a_judge_might_divide_by_is_only_wrong(answer):
    report = check("sgd_weight_decay", lambda lam, n, summed, half: answer)
    assert not report and "cannot be computed" not in repr(report)


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
