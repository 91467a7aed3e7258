"""Exercise folded_layer: other sound solutions pass."""

import numpy as np
import torch
from torch import nn

from reglab.chapters.normalization.exercises.folding import folded_layer
from reglab.exercises import check
from reglab.normalization import BatchNorm1d


def by_trying(w, b, mean, var, scale, shift):
    """What the two layers do to zeros and to each unit vector."""

    def both(x):
        return scale * (x @ w.T + b - mean) / np.sqrt(var + 1e-5) + shift

    zero = both(np.zeros(w.shape[1]))
    return np.column_stack([both(np.eye(w.shape[1])).T - zero[:, None], zero])


def test_other_sound_solutions_pass(passes):
    passes("folded_layer", by_trying)


def test_the_reference_does_what_the_layers_do():
    linear, norm = nn.Linear(3, 2).double(), BatchNorm1d(2).double()
    with torch.no_grad():
        for t in (norm.running_mean, norm.weight, norm.bias):
            t.normal_()
        norm.running_var.uniform_(0.5, 2)
    parts = (linear.weight, linear.bias, norm.running_mean, norm.running_var)
    arrays = [t.detach().numpy() for t in (*parts, norm.weight, norm.bias)]
    folded = folded_layer(*arrays)
    x = np.random.default_rng(0).normal(size=(5, 3))
    want = norm.eval()(linear(torch.tensor(x))).detach().numpy()
    np.testing.assert_allclose(x @ folded[:, :-1].T + folded[:, -1], want, rtol=1e-12, atol=1e-12)


def test_the_placeholder_of_the_page_is_recognized():
    def placeholder(w, b, mean, var, scale, shift):
        return np.column_stack([w, b])

    assert "That is the linear layer alone" in repr(check("folded_layer", placeholder))
