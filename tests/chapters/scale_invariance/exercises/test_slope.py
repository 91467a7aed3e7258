"""Exercise invariant_gradient: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.scale_invariance.exercises.slope import invariant_gradient


def with_a_matrix(w, slope):
    square = w @ w
    return (np.eye(len(w)) - np.outer(w, w) / square) @ slope / square**0.5


def with_autograd(w, slope):
    leaf = torch.tensor(w, requires_grad=True)
    (torch.as_tensor(slope) @ (leaf / leaf.norm())).backward()
    return leaf.grad


def test_other_sound_solutions_pass(passes):
    passes("invariant_gradient", with_a_matrix, with_autograd)


def test_a_weight_of_any_length_but_one_is_seen(fails):
    def without_length(w, slope):
        u = w / np.linalg.norm(w)
        return invariant_gradient(u, slope)

    fails("invariant_gradient", without_length)
