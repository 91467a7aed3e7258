"""Small problems and checks that the tests of this folder share."""

import time

import torch
from torch import nn

from reglab.core import stream
from reglab.core.device import available_devices
from reglab.data import Examples, Splits
from reglab.train import mlp, sweep
from reglab.train.engines.masks import mask_bits, masks
from reglab.train.engines.task import Task
from reglab.train.settings import expand, with_loss

I, K = 6, 3
DEVICES = [d for d in available_devices() if d != "mps"]  # MPS has no float64
TRAINING = dict(lr=0.05, weight_decay=0.01, batch=15, techniques=())


def toy(seed=0, n=40, classes=K, noise=0.5, dtype=torch.float64):
    """Three noisy linear classes in six inputs (or one real target): Splits, new ones per seed."""
    g = stream(seed, "toy")
    x = torch.randn(3, n, I, generator=g, dtype=torch.float64)
    scores = x @ torch.randn(I, K, generator=g, dtype=torch.float64)
    scores = scores + noise * torch.randn(scores.shape, generator=g, dtype=torch.float64)
    y = scores.argmax(-1) if classes else scores[..., 0].to(dtype)
    return Splits(*(Examples(a.to(dtype), b) for a, b in zip(x, y, strict=True)), classes)


def networks(model, seeds=(0, 3), data=(), **training):
    """All networks of a grid, in groups of one seed."""
    grid = expand(model, TRAINING | training, dict(data), seeds)
    return sorted(grid.networks, key=lambda n: n.seed)


def task(model=None, seeds=(0, 3), classes=K, loss=None, epochs=3, device="cpu", **training):
    """A task of one bucket: each seed is a group with its own data."""
    every = networks(model or mlp([3, 5]), seeds, loss=loss, **training)
    data = [toy(seed, classes=classes).to(device) for seed in seeds]
    every = [with_loss(n, data[0]) for n in every]
    width = max(getattr(n.spec, "width", 0) for n in every) or None
    return Task(every, data, width, epochs, data[0].train.x.dtype)


def deviation(one, other):
    """Largest difference of two networks' weights, relative to the largest weight."""
    a, b = (nn.utils.parameters_to_vector(m.parameters()).detach() for m in (one, other))
    return float((a - b).abs().max() / b.abs().max())


class Given(nn.Module):
    """Dropout of one layer with fleet's own masks, for a plain nn.Sequential."""

    def __init__(self, seed, layer, units, p, examples):
        super().__init__()
        self.seed, self.layer, self.units, self.examples = seed, layer, units, examples
        self.p, self.seen = torch.tensor(p, dtype=torch.float64), 0

    def forward(self, h):  # (B, H)
        if not self.training:
            return h
        epoch, place = divmod(self.seen, self.examples)
        bits = mask_bits(self.seed, self.layer, epoch, self.units, self.examples)
        self.seen += len(h)
        return h * masks(bits[:, place : place + len(h)], self.p, h.dtype).T.to(h.device)


def with_given_masks(network, spec, seed, examples):
    """Replace the network's nn.Dropout layers by `Given`, layer by layer."""
    layers, number = [], 0
    for layer in network:
        if isinstance(layer, nn.Dropout):
            layer = Given(seed, number, spec.width, spec.dropout, examples)
            number += 1
        layers.append(layer)
    return nn.Sequential(*layers)


# Nine kinds of network, so nine buckets, whatever the plan thinks of their cost.
NINE = dict(epochs=4, lr=0.05, seeds=[0, 3], batch=[10, 15, 40], device="cpu", report=[0, 2, 4])


def nine(**changes):
    """Model, data and settings of a small sweep."""
    return dict(model=mlp([3, 5], depth=[1, 2, 3], dropout=0.2), data=toy) | NINE | changes


def sweep_together(store, meeting, name, epochs):
    """Sweep into the store, as soon as another process that was called with `meeting` does so."""
    (meeting / name).touch()
    while len([*meeting.iterdir()]) < 2:
        time.sleep(0.01)
    return sweep(**nine(epochs=epochs), store=store)


def assert_equal(runs, want):
    """Every number of two datasets, bit for bit; attributes except the time taken."""
    assert runs.drop_vars("network", errors="ignore").equals(
        want.drop_vars("network", errors="ignore")
    )
    drop = {"run_seconds"}
    assert {k: v for k, v in runs.attrs.items() if k not in drop} == {
        k: v for k, v in want.attrs.items() if k not in drop
    }
    if "network" in want:
        pairs = zip(runs.network.values.ravel(), want.network.values.ravel(), strict=True)
        assert all(deviation(one, other) == 0 for one, other in pairs)
