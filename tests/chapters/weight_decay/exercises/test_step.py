"""Exercise adamw_step: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from reglab.chapters.weight_decay.exercises.step import STEP, adamw_step
from reglab.exercises import check


def in_place_order(w, g, m, s, t, lr, decay):
    k, w = t + 1, w * (1 - lr * decay)
    m, s = m + 0.1 * (g - m), s + 0.001 * (g * g - s)
    m, s = m / (1 - 0.9**k), s / (1 - 0.999**k)
    return w - lr * m / (s**0.5 + 1e-8)


@pytest.mark.parametrize("solution", [STEP.reference, in_place_order])
def test_right_solutions_pass(solution):
    assert check("adamw_step", solution), check("adamw_step", solution)


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


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda w, g, m, s, t, lr, decay: adam(w, g + decay * w, m, s, t, lr), "Adam with L2"),
        (lambda w, g, m, s, t, lr, decay: adam(w, g, m, s, t, lr) - decay * w, "not multiplied by"),
        (lambda w, g, m, s, t, lr, decay: adam(w, g, m, s, t, lr), "The share lr * decay of the"),
        (lambda w, g, m, s, t, lr, decay: w * (1 - lr * decay), "Adam's part is missing"),
        (lambda w, g, m, s, t, lr, decay: w * (1 - lr * decay) - lr * g, "m and s are updated"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("adamw_step", wrong)
    assert not report and hint in repr(report)


@pytest.mark.parametrize("mistake", STEP.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("adamw_step", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_decay_divided_by_the_gradients_is_seen():
    def divided(w, g, m, s, t, lr, decay):
        return adam(w, g, m, s, t, lr) - lr * decay * w / np.sqrt(0.999 * s + 0.001 * g**2 + 1)

    assert "does not depend on the size" in repr(check("adamw_step", divided))
