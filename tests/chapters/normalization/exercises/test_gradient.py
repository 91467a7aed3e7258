"""Exercise norm_gradient: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.normalization.exercises.gradient import GRADIENT, norm_gradient
from reglab.exercises import check


def by_autograd(g, x):
    x = torch.tensor(x, requires_grad=True)
    xhat = (x - x.mean(0)) / (x.var(0, correction=0) + 1e-5).sqrt()
    return torch.autograd.grad(xhat, x, torch.tensor(g))[0].numpy()


def by_chain_rule(g, x):
    n, mean = len(x), x.mean(0)
    var = ((x - mean) ** 2).mean(0) + 1e-5
    dvar = (-0.5 * g * (x - mean) * var**-1.5).sum(0)
    dmean = (-g / var**0.5).sum(0)
    return g / var**0.5 + dvar * 2 * (x - mean) / n + dmean / n


@pytest.mark.parametrize("solution", [GRADIENT.reference, by_autograd, by_chain_rule])
def test_right_solutions_pass(solution):
    assert check("norm_gradient", solution), check("norm_gradient", solution)


@pytest.mark.parametrize(
    "mistake", GRADIENT.mistakes, ids=lambda mistake: mistake.function.__name__
)
def test_every_mistake_is_recognized(mistake):
    report = check("norm_gradient", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_other_wrong_solutions_are_told_which_property_fails(caught):
    caught("norm_gradient", lambda g, x: g, "it sums to 0 over the batch", "mean(g)")

    def centered(g, x):
        return 2 * (g - g.mean(0))

    caught("norm_gradient", centered, "it is orthogonal to xhat, except for eps", "Scaling")

    def mirrored(g, x):
        # Adds something that is orthogonal to ones and to xhat.
        more = norm_gradient(np.roll(g, 1, 0), x)
        along = more - norm_gradient(g, x) * 0
        xhat = (x - x.mean(0)) / x.std(0)
        return norm_gradient(g, x) + along - xhat * (along * xhat).mean(0)

    says = "it is what differences of the loss give"
    caught("norm_gradient", mirrored, says, "standard deviation")
