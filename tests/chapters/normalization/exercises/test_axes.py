"""Exercise normalized_over: other sound solutions pass."""

import numpy as np
import torch

from reglab.chapters.normalization.exercises.axes import normalized_over
from reglab.exercises import check
from reglab.normalization import BatchNorm1d, InstanceNorm1d, LayerNorm


def with_moveaxis(x, layer):
    if layer == "batch":
        flat = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1).T
        y = (flat - flat.mean(0)) / (flat.var(0) + 1e-5) ** 0.5
        return np.moveaxis(y.T.reshape(x.shape[1], x.shape[0], -1), 0, 1)
    rows = x.reshape(len(x), 1, -1) if layer == "layer" else x
    y = (rows - rows.mean(-1, keepdims=True)) / (rows.var(-1, keepdims=True) + 1e-5) ** 0.5
    return y.reshape(x.shape)


def test_other_sound_solutions_pass(passes):
    passes("normalized_over", with_moveaxis)


def test_the_reference_is_the_library_s():
    x = np.random.default_rng(0).normal(size=(4, 3, 5))
    layers = {"batch": BatchNorm1d(3), "layer": LayerNorm((3, 5)), "instance": InstanceNorm1d(3)}
    for name, layer in layers.items():
        got = layer.double()(torch.tensor(x)).detach().numpy()
        np.testing.assert_allclose(got, normalized_over(x, name), rtol=1e-12, atol=1e-12)


def test_the_placeholder_of_the_page_is_recognized():
    def placeholder(x, layer):
        return (x - x.mean()) / x.std()

    assert "One mean for all numbers" in repr(check("normalized_over", placeholder))
