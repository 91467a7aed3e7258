"""Exercise rescaled: other sound solutions pass, and the curvature is really that of the loss."""

import numpy as np
import torch

from reglab.chapters.implicit_regularization.exercises.rescale import rescaled
from reglab.exercises import check


def another(W, b, V, c):
    scale = np.diag(np.full(len(b), c))
    return [scale @ W, scale @ b, V @ np.linalg.inv(scale)]


def test_other_sound_solutions_pass(passes):
    passes("rescaled", another)


def test_the_curvature_in_v_grows_by_the_square():
    generator = np.random.default_rng(0)
    W, b, V, x = (generator.normal(size=s) for s in [(3, 2), 3, (1, 3), (6, 2)])

    def curvature(W, b, V):
        def loss(flat):
            return (torch.relu(torch.from_numpy(x @ W.T + b)) @ flat).square().mean()

        return torch.autograd.functional.hessian(loss, torch.from_numpy(V[0]))

    grown = curvature(*rescaled(W, b, V, 10.0))
    assert torch.allclose(grown, 100 * curvature(W, b, V))


def test_three_arrays_are_asked_for():
    report = check("rescaled", lambda W, b, V, c: W)
    assert not report and "three arrays, shaped like W, b and V" in repr(report)
