"""Addition modulo 23: the data, the network by hand, and training against plain torch."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch.nn import functional as F

from reglab.chapters.implicit_regularization import grokking
from reglab.core import stream


def test_the_data_are_all_sums_once():
    data = grokking.additions(4240)
    x, y = torch.cat([data.train.x, data.test.x]), torch.cat([data.train.y, data.test.y])
    a, b = x[:, :23].argmax(1), x[:, 23:].argmax(1)
    assert sorted((23 * a + b).tolist()) == list(range(529))
    assert torch.equal(y, (a + b) % 23)
    assert (x.sum(1) == 2).all()


def test_half_of_them_are_for_training():
    data = grokking.additions(4240)
    assert len(data.train) == round(529 / 2) and len(data.val) == 0
    assert len(grokking.additions(4240, share=0.25).train) == 132


def test_seeds_split_differently():
    assert not torch.equal(grokking.additions(1).train.y, grokking.additions(2).train.y)


def test_initial_weights_lie_within_their_bounds():
    W, V = grokking.initial_weights(4240, width=32)
    assert W.shape == (32, 46) and V.shape == (23, 32)
    assert 0.95 < float(W.abs().max()) * 46**0.5 <= 1
    assert 0.95 < float(V.abs().max()) * 32**0.5 <= 1
    assert abs(float(W.mean())) < 0.02


def test_outputs_by_hand():
    generator = stream(4240, "test")
    W, V, x = (torch.randn(*s, generator=generator) for s in [(4, 6), (3, 4), (5, 6)])
    want = torch.stack([V @ (W @ row) ** 2 for row in x])
    assert torch.allclose(grokking.outputs(W, V, x), want, atol=1e-5)


def train_alone(seed, decay, steps, betas=(0.9, 0.98)):
    """One network by torch.optim.AdamW, without stacking."""
    data = grokking.additions(seed)
    W, V = (torch.nn.Parameter(w) for w in grokking.initial_weights(seed, 16))
    optimizer = torch.optim.AdamW([W, V], 0.01, betas, weight_decay=decay)
    for _ in range(steps):
        loss = F.cross_entropy(grokking.outputs(W, V, data.train.x), data.train.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [
        float((grokking.outputs(W, V, part.x).argmax(1) != part.y).double().mean())
        for part in (data.train, data.test)
    ]


@pytest.mark.parametrize("settings", [dict(weight_decay=1.0), dict(weight_decay=0.0)])
def test_a_stack_is_as_each_alone(settings):
    runs = grokking.train([4240, 4241], {"one": settings}, steps=50, width=16)
    assert runs.step.values.tolist() == [0, 25, 50]
    for seed in (4240, 4241):
        last = runs.sel(decay="one", seed=seed, step=50)
        want = train_alone(seed, settings["weight_decay"], 50)
        assert [float(last.train_error), float(last.test_error)] == pytest.approx(want, abs=0.02)


def test_betas_are_those_of_the_paper_unless_an_arm_has_its_own():
    runs = grokking.train(
        [4240], {"own": dict(betas=(0.9, 0.999)), "paper": {}}, steps=50, width=16
    )
    assert runs.decay.values.tolist() == ["own", "paper"]
    last = runs.isel(step=-1, seed=0).train_error
    assert float(last.sel(decay="own")) == pytest.approx(
        train_alone(4240, 0.01, 50, (0.9, 0.999))[0], abs=0.02
    )
    assert float(last.sel(decay="paper")) == pytest.approx(train_alone(4240, 0.01, 50)[0], abs=0.02)


def test_first_step():
    reached = xr.DataArray(
        [[False, True, False], [False, False, False]],
        dims=("seed", "step"),
        coords={"step": [0, 25, 50]},
    )
    assert np.array_equal(grokking.first_step(reached), [25, np.nan], equal_nan=True)
