"""Where the answer is known: zeros that are exact or not, the minimum, the size of a jump."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reglab.chapters.sparsity_in_networks import lasso


@pytest.fixture(scope="module")
def runs():
    return lasso.lasso_ways(seed=3, steps=1500)


def test_only_proximal_steps_end_in_zeros(runs):
    zeros, above = (runs[name].to_series() for name in ("zeros", "above"))
    assert zeros["SGD, L1 in the loss"] == zeros["Adam, L1 in the loss"] == 0
    assert zeros["SGD, proximal step"] == runs.attrs["zeros"] > 30
    assert (runs.above >= -1e-9).all() and above["SGD, proximal step"] < 1e-9


def test_adam_with_the_rate_as_threshold_ends_elsewhere(runs):
    right, wrong = (runs.sel(way=f"Adam, {name}") for name in ("proximal step", "threshold lr · λ"))
    assert right.above < 1e-6 and right.zeros == runs.attrs["zeros"]
    assert wrong.above > 1e-3 and wrong.zeros < runs.attrs["zeros"]


@pytest.mark.parametrize("v", [0.3, -0.3])
def test_one_weight_ends_at_its_minimum_by_prox_only(v):
    found = lasso.one_weight([0.0, 0.1, 0.5], [0.05, 0.2], steps=400, v=v, start=-1.0)
    want = np.sign(v) * np.array([0.3, 0.2, 0.0])
    assert_allclose(found.minimum, want)
    for lr in found.lr.values:
        assert_allclose(found.by_prox.sel(lr=lr).isel(step=-1), want, atol=1e-6)
    late = abs(found.in_loss.sel(lam=0.5).isel(step=slice(-100, None)))
    assert (found.by_prox.sel(lam=0.5).isel(step=-1) == 0).all()
    assert (late > 0).all()
    # One step moves at most lr (lam + |v| + |w|), so that it stays in reach of 0.
    assert (late < found.lr * (0.5 + 0.3 + 0.2)).all()


def test_one_weight_by_hand():
    found = lasso.one_weight([0.5], [0.1], steps=1, v=0.3, start=1.0).isel(lam=0, lr=0)
    assert_allclose(found.in_loss, [1.0, 1 - 0.1 * (0.7 + 0.5)])
    assert_allclose(found.by_prox, [1.0, 1 - 0.1 * 0.7 - 0.05])
    assert found.step.values.tolist() == [0, 1]
