"""Exercise proximal_step: other sound solutions pass, and the library agrees."""

import numpy as np
import torch
from numpy.testing import assert_allclose

from reglab.chapters.sparsity_in_networks.exercises import proximal_step
from reglab.penalties import soft_threshold


def by_clipping(w, gradient, lr, lam):
    v = w - lr * gradient
    return v - np.clip(v, -lr * lam, lr * lam)


def by_the_library(w, gradient, lr, lam):
    return soft_threshold(torch.as_tensor(w - lr * gradient), lr * lam)


def test_other_sound_solutions_pass(passes):
    passes("proximal_step", by_clipping, by_the_library)


def half_a_threshold(w, gradient, lr, lam):
    return proximal_step(w, gradient, lr, lam / 2)


def momentum_like(w, gradient, lr, lam):
    return by_clipping(w, gradient, lr, 10 * lam)


def test_other_wrong_solutions_fail(fails):
    fails("proximal_step", half_a_threshold, momentum_like)


def test_reference_by_hand():
    w, gradient = np.array([1.0, 0.1, -2.0]), np.array([2.0, 0.0, -1.0])
    assert_allclose(proximal_step(w, gradient, 0.1, 3.0), [0.5, 0.0, -1.6])
