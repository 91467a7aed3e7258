"""Exercise idle_shares: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.weight_decay.exercises.shares import idle_shares


def in_a_loop(rates, decay):
    left, shares = 1.0, []
    for rate in rates:
        left -= rate * decay * left
        shares.append(left)
    return shares


def with_torch_s_adamw(rates, decay):
    w = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer, shares = torch.optim.AdamW([w], weight_decay=decay), []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = float(rate)
        w.grad = torch.zeros_like(w)
        optimizer.step()
        shares.append(w.item())
    return np.array(shares)


def test_other_sound_solutions_pass(passes):
    passes("idle_shares", in_a_loop)


def test_the_reference_is_torch_s_adamw():
    rates = np.array([0.1, 0.3, 0.2, 0.0])
    np.testing.assert_allclose(with_torch_s_adamw(rates, 0.5), idle_shares(rates, 0.5), rtol=1e-12)


def test_one_step_of_the_reference_by_hand():
    np.testing.assert_allclose(idle_shares(np.array([0.5, 0.25]), 1.0), [0.5, 0.375])


def test_a_rate_that_is_one_step_late_is_seen(fails):
    fails("idle_shares", lambda rates, decay: idle_shares(np.roll(rates, 1), decay))
