"""Exercise norm_gradient: other sound solutions pass."""

import torch

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


def test_other_sound_solutions_pass(passes):
    passes("norm_gradient", by_autograd, by_chain_rule)


def test_the_placeholder_of_the_page_is_recognized():
    def placeholder(g, x):
        return g / x.std(0)

    assert "takes mean and variance for constants" in repr(check("norm_gradient", placeholder))
