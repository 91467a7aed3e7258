"""Normalized weights: scale invariance, and decay as a growing rate, to many digits."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from reglab.chapters.scale_invariance import invariance as chapter


@pytest.fixture(scope="module")
def runs():
    return chapter.three_runs(lr=0.1, lam=0.5, steps=60)


def test_the_function_does_not_depend_on_the_scale_and_the_gradient_does():
    model = chapter.network(seed=3)
    x = torch.randn(20, 40, dtype=torch.float64)
    slopes = {}
    for factor in (1.0, 10.0, 1e-3):
        copy = chapter.rescaled(model, factor)
        assert_allclose(copy(x).detach(), model(x).detach(), rtol=1e-9, atol=1e-12)
        weights = chapter.normalized(copy)
        slopes[factor] = torch.autograd.grad(copy(x).square().sum(), weights)
        for w, g in zip(weights, slopes[factor], strict=True):
            assert abs((w * g).sum()) < 1e-9  # the gradient is at a right angle to the weight
    for factor in (10.0, 1e-3):
        for g, one in zip(slopes[factor], slopes[1.0], strict=True):
            assert_allclose(g * factor, one, rtol=1e-8, atol=1e-12)


def test_two_weights_are_normalized_and_the_last_is_not():
    model = chapter.network(width=8)
    assert [tuple(w.shape) for w in chapter.normalized(model)] == [(8, 40), (8, 8)]
    assert [tuple(p.shape) for p in model.parameters()] == [(8, 40), (8, 8), (10, 8), (10,)]
    assert chapter.normalized(nn.Sequential(nn.Linear(2, 2), nn.ReLU())) == []


def test_rescaled_leaves_the_original_alone():
    model = chapter.network()
    before = model[0].weight.detach().clone()
    chapter.rescaled(model, 3.0)
    assert torch.equal(model[0].weight, before)


def test_decay_is_a_growing_rate(runs):
    decay, growing, plain = runs.output.values
    assert abs(decay - growing).max() < 1e-9
    assert abs(decay - plain).max() > 1e-2
    assert_allclose(runs.loss[0], runs.loss[1], rtol=1e-9)


def test_both_turn_at_one_effective_rate(runs):
    """In the equivalent run rate / norm^2 is that of the decayed one, except for the factor rho."""
    decay, growing = runs.effective.sel(run=list(chapter.RUNS[:2])).values
    assert_allclose(growing * (1 - 0.1 * 0.5), decay, rtol=1e-9)
    norm = runs.norm.values
    assert norm[0, -1] < norm[2, -1] < norm[1, -1]


def test_angles(runs):
    """Equal in the two equivalent runs, and in balance about sqrt(2 lr lam)."""
    assert_allclose(runs.angle[0], runs.angle[1], rtol=1e-6)
    late = chapter.three_runs(lr=0.1, lam=0.2, steps=200).angle[0, -100:]
    assert_allclose(np.sqrt((late**2).mean()), np.sqrt(2 * 0.1 * 0.2), rtol=0.1)


def test_shapes(runs):
    assert runs.loss.dims == ("run", "step") and runs.sizes["step"] == 60
    assert runs.output.shape == (3, 100, 10)
    assert np.isfinite(runs.loss).all() and runs.run.values.tolist() == list(chapter.RUNS)
