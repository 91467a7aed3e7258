"""Exercise norm_gradient: other sound solutions pass."""

import torch


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
