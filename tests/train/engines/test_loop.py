"""The plain loop as an engine: equal to fit for any network; see also test_vmapped."""

import math

import torch
from train_toys import deviation, task

from reglab.train import fit, mlp
from reglab.train.engines.loop import Loop


def test_is_fit_for_every_network():
    t = task(mlp([3, 5], dropout=0.3))
    loop = Loop(t)
    for epoch in range(t.epochs):
        loop.train_epoch(epoch)
    for m, n in enumerate(t.networks):
        own = n.spec.build(6, 3, n.seed, torch.float64)
        settings = dict(lr=n.lr, weight_decay=n.weight_decay, batch=15, seed=n.seed)
        fit(own, t.data_of(m), epochs=3, report=[3], **settings)
        assert deviation(loop.network(m), own) == 0
    assert loop.outputs([1, 2], t.data[0].test.x).shape == (2, 3, 40)


def test_a_network_that_diverges_does_not_stop_the_others():
    loop = Loop(task(lr=[0.05, 1e150], loss="squared", seeds=[0]))
    for epoch in range(3):
        loop.train_epoch(epoch)
    finite = [
        math.isfinite(float(z.sum())) for z in loop.outputs(range(4), torch.ones(1, 6).double())
    ]
    assert finite == [True, False, True, False]
