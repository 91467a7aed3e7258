"""Exercise adamw_step: other sound solutions pass."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.weight_decay.exercises.step import adamw_step
from reglab.exercises import check


def in_place_order(w, g, m, s, t, lr, decay):
    k, w = t + 1, w * (1 - lr * decay)
    m, s = m + 0.1 * (g - m), s + 0.001 * (g * g - s)
    m, s = m / (1 - 0.9**k), s / (1 - 0.999**k)
    return w - lr * m / (s**0.5 + 1e-8)


def test_other_sound_solutions_pass(passes):
    passes("adamw_step", in_place_order)


def test_the_reference_is_torch_s_adamw():
    rng = np.random.default_rng(0)
    w, grads = rng.normal(size=4), rng.normal(size=(6, 4))
    theirs = torch.nn.Parameter(torch.tensor(w))
    optimizer = torch.optim.AdamW([theirs], lr=0.1, weight_decay=0.5)
    m, s = np.zeros((2, 4))
    for t, g in enumerate(grads):
        w = adamw_step(w, g, m, s, t, 0.1, 0.5)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        theirs.grad = torch.tensor(g)
        optimizer.step()
        assert_close(theirs.detach(), torch.tensor(w), rtol=1e-12, atol=1e-12)


def adam(w, g, m, s, t, lr, gain=1.0):
    return w - gain * (w - adamw_step(w, g, m, s, t, lr, 0.0))


def stepping(direction):
    def step(w, g, m, s, t, lr, decay):
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        m, s = m / (1 - 0.9 ** (t + 1)), s / (1 - 0.999 ** (t + 1))
        return (1 - lr * decay) * w - lr * direction(m, s)

    return step


def test_the_size_and_the_place_of_eps_matter(fails):
    fails("adamw_step", stepping(lambda m, s: m / np.sqrt(s + 1e-8)))  # inside the root
    fails("adamw_step", stepping(lambda m, s: np.where(s > 0, m / np.sqrt(s + (s == 0)), 0)))
    others = [stepping(lambda m, s, eps=eps: m / (s**0.5 + eps)) for eps in (1e-16, 1e-7, 1e-6)]
    fails("adamw_step", *others)


def with_betas(beta1=0.9, beta2=0.999, k=1, root=np.sqrt):
    """AdamW's step with another beta, another number of the step, or another root."""

    def step(w, g, m, s, t, lr, decay):
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g**2
        m, s = m / (1 - beta1 ** (t + k)), s / (1 - beta2 ** (t + k))
        return (1 - lr * decay) * w - lr * m / (root(s) + 1e-8)

    return step


@pytest.mark.parametrize(
    ("solution", "told"),
    [
        (with_betas(beta2=0.99), "second beta is 0.999, not 0.99."),
        (with_betas(beta2=0.9), "second beta is 0.999, not 0.9:"),
        (with_betas(0.999, 0.9), "betas are swapped"),
        (with_betas(k=2), "k = t + 1, not t + 2"),
        (with_betas(k=0), "k = t + 1, not t."),
        (with_betas(root=lambda s: s), "root is missing"),
    ],
)
def test_each_cause_of_a_wrong_step_has_a_hint_of_its_own(solution, told):
    report = check("adamw_step", solution)
    assert told in next(result.hint for result in report.results if result.hint)


def test_decay_divided_by_the_gradients_is_seen():
    def divided(w, g, m, s, t, lr, decay):
        return adam(w, g, m, s, t, lr) - lr * decay * w / np.sqrt(0.999 * s + 0.001 * g**2 + 1)

    assert "does not depend on the size" in repr(check("adamw_step", divided))
