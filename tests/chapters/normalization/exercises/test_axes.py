"""Exercise normalized_over: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.chapters.normalization.exercises.axes import AXES, normalized_over
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


@pytest.mark.parametrize("solution", [AXES.reference, with_moveaxis])
def test_right_solutions_pass(solution):
    assert check("normalized_over", solution), check("normalized_over", solution)


def test_the_reference_is_the_library_s():
    x = np.random.default_rng(0).normal(size=(4, 3, 5))
    layers = {"batch": BatchNorm1d(3), "layer": LayerNorm((3, 5)), "instance": InstanceNorm1d(3)}
    for name, layer in layers.items():
        got = layer.double()(torch.tensor(x)).detach().numpy()
        np.testing.assert_allclose(got, normalized_over(x, name), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mistake", AXES.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("normalized_over", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_other_wrong_solutions_are_told_which_property_fails(caught):
    caught("normalized_over", lambda x, layer: x, "numbers that share a mean average 0", "Batch:")

    def centered(x, layer):
        return x - x.mean({"batch": (0, 2), "layer": (1, 2), "instance": 2}[layer], keepdims=True)

    says = "numbers that share a mean have variance 1, except for eps"
    caught("normalized_over", centered, says, "Divide by the root")
