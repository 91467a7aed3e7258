"""Scores against loops, removed units, ensembles, uncertainties; on tiny untrained networks."""

import functools
import itertools
import math

import numpy as np
import pytest
import torch
import xarray as xr
from numpy.testing import assert_allclose
from torch import nn

from reglab.chapters.dropout import predictions as chapter
from reglab.data import signals
from reglab.train import mlp

Y = torch.tensor([0, 1, 1, 0])
P = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.55, 0.45]])


def test_scores_by_hand():
    found = chapter.scores(P.log(), Y)
    assert_allclose(found["error"], 0.25)
    assert_allclose(found["nll"], -np.log([0.9, 0.2, 0.7, 0.55]).mean(), rtol=1e-6)
    # bins of 1/15: 0.9 and 0.8, 0.7, 0.55 lie in bins 13, 12, 10, 8
    gaps = [0.1, 0.8, 0.3, 0.45]
    assert_allclose(found["ece"], sum(gaps) / 4, rtol=1e-6)
    assert_allclose(found["confidence"], (0.9 + 0.8 + 0.7 + 0.55) / 4, rtol=1e-6)


def test_predictions_of_one_bin_are_taken_together():
    p = torch.tensor([[0.95, 0.05]] * 4)
    assert_allclose(chapter.scores(p.log(), Y)["ece"], 0.95 - 0.5, rtol=1e-6)
    sure = torch.tensor([[1.0, 0.0]] * 4)
    assert_allclose(chapter.scores((sure + 1e-30).log(), Y)["ece"], 0.5, rtol=1e-6)


def test_area_under_the_curve_counts_pairs():
    inside, outside = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 5.0])
    pairs = [1.0 if o > i else 0.5 * (o == i) for o, i in itertools.product(outside, inside)]
    assert_allclose(chapter.area_under_roc(inside, outside), np.mean(pairs))


@functools.cache
def fake_arms(width=8, p=0.5, seeds=(0, 5)):
    """Untrained networks as `train_arms` returns them."""
    arms = {"no dropout": 0.0, "dropout": p}
    networks = np.empty((2, len(seeds), 5), dtype=object)
    outputs = np.zeros((2, len(seeds), 5, 4000, 10), dtype="f4")
    for (a, rate), (s, seed), m in itertools.product(
        enumerate(arms.values()), enumerate(seeds), range(5)
    ):
        networks[a, s, m] = mlp(width, dropout=rate).build(40, 10, seed=seed + m).eval()
        outputs[a, s, m] = networks[a, s, m](signals(seed).test.x).detach()
    dims = ("arm", "seed", "member")
    values = {"network": (dims, networks), "test_output": ((*dims, "n", "k"), outputs)}
    return xr.Dataset(values, coords={"arm": list(arms), "seed": list(seeds)})


def test_removing_units_is_a_smaller_network():
    network = fake_arms().network.values[1, 0, 0]
    x = signals(0).test.x[:20]
    masks = [torch.full((8,), 1.25), torch.ones(8)]
    masks[0][2], masks[1][5] = 0, 0
    h = 1.25 * network[0](x).relu()
    h[:, 2] = 0
    h = network[3](h).relu()
    h[:, 5] = 0
    want = network[6](h).detach()
    assert_allclose(chapter.outputs_without_units(network, x, masks), want, atol=1e-6)


def test_removed_units_are_a_share_and_the_others_are_scaled():
    source = torch.Generator().manual_seed(0)
    masks = torch.stack([chapter._remove_units(8, 0.25, source) for _ in range(50)])
    assert ((masks == 0).sum(1) == 2).all() and len(masks.unique(dim=0)) > 5
    assert_allclose(masks.max().item(), 8 / 6, rtol=1e-6)
    assert torch.equal(chapter._remove_units(8, 0.0, source), torch.ones(8))


def test_error_without_units_removes_the_same_of_both_arms():
    same = fake_arms().copy(deep=False)
    same["network"] = fake_arms().network.copy()
    same.network.values[0] = same.network.values[1]
    found = chapter.error_without_units(same, [0.0, 0.5], draws=3)
    assert found.dims == ("arm", "seed", "q")
    assert_allclose(found.sel(arm="dropout"), found.sel(arm="no dropout"))
    full = [
        (torch.as_tensor(z).argmax(-1) != signals(s).test.y).double().mean()
        for s, z in zip((0, 5), fake_arms().test_output.values[1, :, 0], strict=True)
    ]
    assert_allclose(found.sel(arm="dropout", q=0.0), full)
    assert (found.sel(q=0.5) != found.sel(q=0.0)).any()


def test_active_shares_count_activations_above_zero():
    found = chapter.active_shares(fake_arms())
    assert found.dims == ("arm", "seed", "layer")
    network, x = fake_arms().network.values[1, 1, 0], signals(5).test.x
    first = network[0](x).relu()
    second = network[3](first).relu()
    want = [(first > 0).double().mean().item(), (second > 0).double().mean().item()]
    assert_allclose(found.sel(arm="dropout", seed=5), want)


def test_ensembles_average_probabilities():
    found = chapter.compare_with_ensembles(fake_arms())
    assert dict(found.sizes) == {"arm": 2, "size": 2, "seed": 2}
    y, z = signals(5).test.y, torch.as_tensor(fake_arms().test_output.values[1, 1])
    mean = z.softmax(-1).mean(0)
    at = found.sel(arm="dropout", seed=5)
    assert_allclose(at.error.sel(size=5), (mean.argmax(-1) != y).double().mean())
    assert_allclose(at.nll.sel(size=5), nn.functional.nll_loss(mean.log(), y), rtol=1e-5)
    singles = [nn.functional.cross_entropy(one, y).item() for one in z]
    assert_allclose(at.nll.sel(size=1), np.mean(singles), rtol=1e-5)


def test_uncertainties_of_four_methods():
    found = chapter.compare_uncertainties(fake_arms(), samples=4, examples=500)
    assert found.method.values.tolist() == list(chapter.METHODS)
    assert dict(found.sizes) == {"method": 4, "seed": 2}
    for method, arm in (("one network", "no dropout"), ("dropout, scaled", "dropout")):
        z = torch.as_tensor(fake_arms().test_output.sel(arm=arm).values[1, 0])
        want = chapter.scores(z.log_softmax(-1)[:500], signals(5).test.y[:500])
        at = found.sel({"method": method, "seed": 5})
        for name in ("error", "nll", "ece"):
            assert_allclose(at[name], want[name], rtol=1e-4)
        assert math.isnan(at.information_auroc) and 0 <= at.entropy_auroc <= 1
    z = torch.as_tensor(fake_arms().test_output.sel(arm="no dropout").values[1])[:, :500]
    want = nn.functional.nll_loss(z.softmax(-1).mean(0).log(), signals(5).test.y[:500])
    assert_allclose(found.nll.sel({"method": "five networks", "seed": 5}), want, rtol=1e-4)
    assert np.isfinite(found.information_auroc.sel({"method": list(chapter.METHODS[2:])})).all()


def test_uncertainties_repeat():
    one, two = (
        chapter.compare_uncertainties(fake_arms(), samples=2, examples=100) for _ in range(2)
    )
    assert_allclose(one.nll, two.nll)


def test_loss_of_training_mode_is_that_with_masks():
    networks = fake_arms().network.sel(arm="dropout").values[:, 0]
    found = chapter.losses_of_both_modes(networks, [0, 5])
    train = signals(5).train
    want = nn.functional.cross_entropy(networks[1].eval()(train.x), train.y)
    assert_allclose(found[1, 1], want.detach())
    assert (found[:, 0] != found[:, 1]).all()


def test_no_dropout_has_one_loss_in_both_modes():
    found = chapter.losses_of_both_modes(
        fake_arms().network.sel(arm="no dropout").values[:, 0], [0, 5]
    )
    assert_allclose(found[:, 0], found[:, 1])


@pytest.mark.parametrize("function", [chapter.active_shares, chapter.compare_with_ensembles])
def test_networks_keep_their_values(function):
    before = fake_arms().network.values[0, 0, 0][0].weight.clone()
    function(fake_arms())
    assert torch.equal(before, fake_arms().network.values[0, 0, 0][0].weight)
