"""The cost of modules: closed forms of linear and convolutional layers, what can't be tried."""

import torch
from torch import nn
from train_toys import networks

from reglab.train import modules
from reglab.train.running.buckets import GROUP, MODULES_STEP, NETWORK, Problem, make_buckets
from reglab.train.running.module_cost import ModuleCost, count_module


def net(width=8):
    return nn.Sequential(nn.Linear(6, width), nn.ReLU(), nn.Linear(width, 3))


def test_linear_layers():
    assert count_module(net(8), (6,)) == ModuleCost(6 * 8 + 8 + 8 * 3 + 3, 72.0, 8 + 8 + 3)


def test_convolutions():
    conv = nn.Conv1d(2, 4, 3, padding=1, bias=False)
    assert count_module(conv, (2, 10)) == ModuleCost(24, 2 * 4 * 3 * 10, 40)


def test_what_cannot_be_tried_counts_its_weights():
    assert count_module(nn.Embedding(5, 2), (7,)) == ModuleCost(10, 10.0, 10.0)
    assert count_module(nn.ReLU(), (3,)).weights == 0


def test_trying_leaves_no_trace():
    module, before = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)), torch.get_rng_state()
    count_module(module, (4,))
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(m._forward_hooks for m in module.modules())


def test_the_plan_counts_the_work_of_modules():
    problem = Problem(inputs=6, outputs=3, epochs=2)
    for width in (8, 80):
        all_ = networks(modules(net, width=width), range(2), batch=100)
        (bucket,) = make_buckets(all_, [n.seed for n in all_], [1000] * 2, problem)
        each = NETWORK + 3 * 4 * 100 * (6 * width + 3 * width)
        assert bucket.work == 20 * (MODULES_STEP + 2 * GROUP + 2 * each)
