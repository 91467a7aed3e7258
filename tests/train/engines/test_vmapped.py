"""Any module through vmap: equal to `fit`, with normalization, dropout, frozen weights."""

import pytest
import torch
from torch import nn
from train_toys import I, K, deviation, task, toy

from reglab.train import fit, modules
from reglab.train.engines.vmapped import VmapStack


def plain(width=4):
    return nn.Sequential(nn.Linear(I, width), nn.Tanh(), nn.Linear(width, K))


def convnet():
    return nn.Sequential(
        nn.Unflatten(1, (1, I)), nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, K)
    )


def normalized():
    return nn.Sequential(nn.Linear(I, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, K))


def dropping():
    return nn.Sequential(nn.Linear(I, 5), nn.Dropout(0.3), nn.ReLU(), nn.Linear(5, K))


def frozen():
    module = plain()
    module[0].weight.requires_grad_(False)
    return module


@pytest.mark.parametrize("make", [plain, convnet, normalized, dropping, frozen])
def test_equals_fit(make):
    penalties = dict(weight_decay=0.01, l1=0.003, l2=0.1)
    settings = dict(lr=[0.02, 0.1], momentum=0.9, schedule="linear") | penalties
    t = task(modules(make), **settings)
    stack = VmapStack(t)
    for epoch in range(t.epochs):
        stack.train_epoch(epoch)
    x = toy().test.x
    z = stack.outputs(range(4), x)
    for m, n in enumerate(t.networks):
        own = modules(make).build(I, K, n.seed, torch.float64)
        fit(
            own, toy(n.seed), epochs=3, lr=n.training.lr, momentum=0.9, batch=15, schedule="linear",
            seed=n.seed, report=[3], **penalties,
        )  # fmt: skip
        network = stack.network(m)
        assert deviation(network, own) < 1e-13
        torch.testing.assert_close(network(x), own.eval()(x), rtol=1e-12, atol=1e-13)
        torch.testing.assert_close(z[m].T, own(x), rtol=1e-12, atol=1e-13)


def test_company_does_not_change_the_masks():
    both = VmapStack(task(modules(dropping), seeds=[0, 3]))
    one = VmapStack(task(modules(dropping), seeds=[3]))
    for epoch in range(3):
        both.train_epoch(epoch)
        one.train_epoch(epoch)
    assert deviation(both.network(1), one.network(0)) < 1e-13


def test_global_randomness_is_left_alone():
    before = torch.get_rng_state()
    VmapStack(task(modules(dropping))).train_epoch(0)
    assert torch.equal(torch.get_rng_state(), before)


def test_random_layers_are_found():
    assert VmapStack(task(modules(dropping))).draws == "keyed"
    assert VmapStack(task(modules(normalized))).draws == "none"
