"""Manifold mixup: a naive network mixed by hand, the plan's columns, vmap, errors."""

import copy
import pickle

import pytest
import torch
from scipy import stats
from torch import nn
from torch.testing import assert_close

from reglab.augmentation.manifold import ManifoldMixup, MixedLayers
from reglab.augmentation.mixing import mix

ALPHA = 1e-6  # of each test of a law, at a fixed seed


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def network(seed=0):
    torch.manual_seed(seed)
    parts = [
        nn.Sequential(nn.Linear(5, 7), nn.ReLU()),
        nn.Sequential(nn.Linear(7, 6), nn.ReLU()),
        nn.Linear(6, 4),
    ]
    return MixedLayers(parts, inputs=5).double()


def minibatch(batch=8):
    x = torch.randn(batch, 5, generator=generator(1), dtype=torch.float64)
    return x, torch.eye(batch, dtype=torch.float64)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_mixes_the_hidden_layer_that_was_chosen(layer):
    x, targets = minibatch()
    model = network()
    planned, soft = ManifoldMixup(0.5, (layer,)).change_batch(x, targets, generator())
    assert torch.equal(planned[:, :5], x)
    lam, partners, where = planned[:, 5:].unbind(1)
    assert where.unique().tolist() == [layer]
    h = x
    for part in model.layers[:layer]:
        h = part(h)
    h = mix(h, partners.long(), lam)
    for part in model.layers[layer:]:
        h = part(h)
    assert_close(model(planned), h)
    assert_close(soft, mix(targets, partners.long(), lam))


def test_without_the_plan_it_is_a_sequential():
    x, _ = minibatch()
    model = network()
    assert torch.equal(model(x), nn.Sequential(*model.layers)(x))


def test_layers_are_equally_likely_one_for_a_minibatch():
    g, technique = generator(), ManifoldMixup(1.0, [0, 2, 3])
    x, targets = minibatch(2)
    chosen = [technique.change_batch(x, targets, g)[0][:, 7] for _ in range(1500)]
    assert all(c[0] == c[1] for c in chosen)
    counts = torch.bincount(torch.stack(chosen)[:, 0].long())
    assert counts[1] == 0
    assert stats.chisquare(counts[[0, 2, 3]].numpy()).pvalue > ALPHA


def test_shares_follow_its_alpha_and_differ_by_example():
    x, targets = minibatch(3000)
    lam = ManifoldMixup(0.4).change_batch(x, targets, generator())[0][:, 5]
    assert stats.kstest(lam.numpy(), stats.beta(0.4, 0.4).cdf).pvalue > ALPHA


def test_targets_remain_distributions():
    x, targets = minibatch()
    soft = ManifoldMixup(1.0).change_batch(x, targets, generator())[1]
    assert_close(soft.sum(1), torch.ones(8, dtype=torch.float64))
    assert not torch.equal(soft, targets)


def test_vmap_equals_a_loop_with_other_layers_and_shares_per_model():
    models = [network(seed) for seed in range(3)]
    x, targets = minibatch()
    plans = torch.stack(
        [ManifoldMixup(0.5).change_batch(x, targets, generator(seed))[0] for seed in range(3)]
    )
    weights, buffers = torch.func.stack_module_state(models)

    def one(w, b, x):
        return torch.func.functional_call(models[0], (w, b), (x,))

    got = torch.func.vmap(one)(weights, buffers, plans)
    want = torch.stack([m(p) for m, p in zip(models, plans, strict=True)])
    assert_close(got, want)
    assert len({float(p[0, 7]) for p in plans}) > 1, "choose seeds with different layers"


def test_gradients_reach_every_layer_and_both_examples():
    x, targets = minibatch()
    x.requires_grad_()
    planned, _ = ManifoldMixup(1.0, (1,)).change_batch(x, targets, generator())
    model = network()
    model(planned)[0].sum().backward()
    partner = int(planned[0, 6])
    touched = set(x.grad.abs().sum(1).nonzero()[:, 0].tolist())
    assert touched == {0, partner} and partner != 0
    assert all(p.grad is not None for p in model.parameters())


def test_state_dict_round_trip_and_pickling():
    model, other = network(0), network(1)
    x, _ = minibatch()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(x), model(x))
    assert torch.equal(pickle.loads(pickle.dumps(model))(x), model(x))
    technique = ManifoldMixup(0.2, [0, 1])
    assert copy.deepcopy(technique) == technique and hash(technique) == hash(
        ManifoldMixup(0.2, (0, 1))
    )
    assert ManifoldMixup(0.2) == ManifoldMixup(0.2, (0, 1, 2))


def test_half_precision_names_partners_exactly_or_not_at_all():
    x, targets = torch.randn(256, 5, dtype=torch.bfloat16), torch.eye(256, dtype=torch.bfloat16)
    partners = ManifoldMixup(1.0).change_batch(x, targets, generator())[0][:, 6]
    assert partners.long().sort().values.tolist() == list(range(256))
    x, targets = x.repeat(2, 1)[:257], torch.eye(257, dtype=torch.bfloat16)
    with pytest.raises(ValueError, match="more than 256 partners; got 257 examples"):
        ManifoldMixup(1.0).change_batch(x, targets, generator())


def test_errors():
    with pytest.raises(ValueError, match="alpha must be a finite number > 0; got 0"):
        ManifoldMixup(0)
    for layers in ((), (-1,), (0.5,)):
        with pytest.raises(ValueError, match="layers must be whole numbers >= 0"):
            ManifoldMixup(1, layers)
    with pytest.raises(ValueError, match=r"needs inputs \(B, I\); got \(2, 1, 5\)"):
        ManifoldMixup(1).change_batch(torch.zeros(2, 1, 5), torch.eye(2))
    with pytest.raises(ValueError, match=r"x must have 5 columns, or 3 more .* got \(2, 6\)"):
        network()(torch.zeros(2, 6).double())
