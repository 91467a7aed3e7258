"""Exercise folded_layer: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch
from torch import nn

from reglab.chapters.normalization.exercises.folding import FOLDING, folded_layer
from reglab.exercises import check
from reglab.normalization import BatchNorm1d


def by_trying(w, b, mean, var, scale, shift):
    """What the two layers do to zeros and to each unit vector."""

    def both(x):
        return scale * (x @ w.T + b - mean) / np.sqrt(var + 1e-5) + shift

    zero = both(np.zeros(w.shape[1]))
    return np.column_stack([both(np.eye(w.shape[1])).T - zero[:, None], zero])


@pytest.mark.parametrize("solution", [FOLDING.reference, by_trying])
def test_right_solutions_pass(solution):
    assert check("folded_layer", solution), check("folded_layer", solution)


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


@pytest.mark.parametrize("mistake", FOLDING.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("folded_layer", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_other_wrong_solutions_are_told_which_property_fails(caught):
    def as_it_was(w, b, *norm):
        return np.column_stack([w, b])

    caught("folded_layer", as_it_was, "its weights are right", "Each row")

    def no_shift(w, b, mean, var, scale, shift):
        return folded_layer(w, b, mean, var, scale, 0 * shift)

    caught("folded_layer", no_shift, "its biases are right", "zeros")
