"""Probes: variance ratios, recalibration, gradients by depth, losses along the gradient."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from reglab.chapters.normalization import exact, probes
from reglab.chapters.normalization import networks as nets
from reglab.data import signals
from reglab.normalization import recalibrate


def trained_norm():
    """A network whose running statistics have met a thousand signals, without training."""
    model = probes.at_start(lambda: nets.network("batch", depth=2, width=8, dropout=0.5), 0)
    with torch.no_grad():
        for _ in range(60):
            model(signals(0).train.x)
    return model


def test_the_variance_ratio_is_1_before_dropout_and_the_exact_one_after():
    model, x = trained_norm(), signals(0).train.x
    first, second = probes.variance_ratios(model, x)
    assert first == pytest.approx(1.0, abs=0.01)
    h = model.eval()[:3](x).detach()
    want = exact.variance_shift(model[4].weight.detach(), h, 0.5).mean().item()
    assert second == pytest.approx(want, rel=0.05)
    assert want < 0.9


def test_recalibration_brings_the_ratio_back_and_leaves_the_network_alone():
    model = trained_norm()
    stored = model[5].running_var.clone()
    before, after = probes.error_before_and_after(model, 0)
    assert 0.5 < before < 1 and 0.5 < after < 1
    assert torch.equal(model[5].running_var, stored)
    answers = model.eval()(signals(0).test.x).argmax(1)
    assert before == pytest.approx((answers != signals(0).test.y).double().mean().item())
    again = recalibrate(model, signals(0).train.x.split(100))
    answers = again.eval()(signals(0).test.x).argmax(1)
    assert after == pytest.approx((answers != signals(0).test.y).double().mean().item())


def test_recalibration_takes_batches_of_the_training_signals(monkeypatch):
    sizes = []
    kept = lambda model, batches: sizes.extend(map(len, batches)) or model  # noqa: E731
    monkeypatch.setattr(probes, "recalibrate", kept)
    probes.error_before_and_after(trained_norm(), 0)
    assert sizes == [100] * 10


def test_recalibrated_is_labeled_by_seed_and_layer():
    settings = dict(depth=2, width=8, dropout=0.3, keep=["networks"])
    run = nets.trained("batch", [0, 1], 0.1, 1, **settings)
    found = probes.recalibrated(run.network)
    assert found.before.seed.values.tolist() == [0, 1] and found.layer.values.tolist() == [1, 2]
    assert found.ratio.sel(layer=1).values == pytest.approx([1, 1], abs=0.3)
    np.testing.assert_allclose(found.before, run.test_error.isel(epoch=-1), atol=2e-3)


def test_gradient_norms_are_those_of_the_linear_layers():
    model = probes.at_start(lambda: nets.network("none", depth=2, width=8), 3)
    train = signals(3).train
    cross_entropy(model(train.x[:100]), train.y[:100]).backward()
    want = [m.weight.grad.norm().item() for m in model if isinstance(m, nn.Linear)]
    np.testing.assert_allclose(probes.gradient_norms(model, 3), want, rtol=1e-5)


def test_a_network_at_the_start_is_keyed_to_its_seed():
    one, same, other = (
        probes.at_start(lambda: nets.network(depth=1, width=4), seed)[0].weight
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_growth_is_the_factor_of_one_layer():
    growth = probes.growth_by_depth(["none", "batch"], [12], [0])
    lengths = probes.lengths_by_layer(["none", "batch"], 12, 0)
    for norm in ("none", "batch"):
        first = lengths[norm][0]
        assert lengths[norm][-1] == 1.0 and len(lengths[norm]) == 11
        assert growth.sel(norm=norm, depth=12, seed=0).item() == pytest.approx(first ** (1 / 10))
    assert growth.sel(norm="batch").item() == pytest.approx(exact.GROWTH, rel=0.06)


def test_losses_along_the_gradient_start_at_the_loss_and_fall():
    model = probes.at_start(lambda: nets.network("batch", depth=2, width=16), 0)
    data = signals(0).train
    before = {k: v.clone() for k, v in model.state_dict().items()}
    losses = probes.losses_along_gradient(model, data.x, data.y, [0, 1e-3, 2e-3])
    want = cross_entropy(model.train()(data.x), data.y).item()
    assert losses[0] == pytest.approx(want, rel=1e-6)
    assert losses[0] > losses[1] > losses[2]
    weights = [k for k in before if "running" not in k and "num" not in k]
    assert all(torch.equal(before[k], model.state_dict()[k]) for k in weights)


def test_the_landscape_is_labeled():
    run = nets.trained(["none", "batch"], [0], 0.1, 1, depth=2, width=8, keep=["networks"])
    land = probes.landscape(run.network, [0, 0.1])
    assert land.dims == ("norm", "seed", "rate")
    data = signals(0).train
    model = run.network.sel(norm="batch", seed=0).item()
    want = probes.losses_along_gradient(model, data.x, data.y, [0, 0.1])
    np.testing.assert_allclose(land.sel(norm="batch", seed=0), want)
