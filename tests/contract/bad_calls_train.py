"""Bad calls of the trainer and the data: name -> (call, what the message must say)."""

import numpy as np
import torch
from torch import nn

from reglab.data import Examples, Splits, flip_labels, moons, split
from reglab.data.teachers import polynomial
from reglab.train import fit, fleet, mlp, modules

DATA = moons(n_train=20, n_val=10, n_test=10)
NET = mlp(3, depth=1)


def train(model=NET, data=DATA, **settings):
    settings = dict(epochs=2, lr=0.1, seeds=[0, 1], device="cpu") | settings
    return lambda: fleet(model, data, **settings)


def one(model=None, data=DATA, **settings):
    settings = dict(epochs=2, lr=0.1) | settings
    return lambda: fit(nn.Linear(2, 2) if model is None else model, data, **settings)


def made(make):
    return train(modules(make))


def examples(n=3, x=0.0, start=0):
    rows = torch.arange(float(2 * n)).reshape(n, 2) + 100 * start
    rows[0, 0] += x
    return Examples(rows, torch.zeros(n, dtype=torch.int64))


def splits(x=0.0, classes=2):
    return Splits(examples(x=x), examples(start=1), examples(start=2), classes)


class Frozen(nn.Module):
    """A network without anything to train."""

    def forward(self, x):
        return x


REALS = Splits(*(Examples(torch.randn(9, 2), torch.randn(9)) for _ in range(3)))
INFINITE = torch.tensor([1.0, float("inf"), 2.0])
FROZEN = nn.Linear(2, 2).requires_grad_(False)

TRAIN = {
    "lr a list in a list": (train(lr=[[0.1]]), r"lr .*one value.* got \[0.1\]"),
    "lr a tuple": (train(lr=(0.1, 0.2)), r"lr .*tuple.*\[0.1, 0.2\]"),
    "lr a tensor": (train(lr=torch.tensor(0.1)), r"lr must be .*tensor.*item"),
    "lr infinite in float32": (train(lr=np.float32("inf")), "lr must be a finite number > 0"),
    "seeds 2-D": (train(seeds=torch.zeros(2, 2)), "seeds .*one value"),
    "seeds a dict": (train(seeds={1: 2}), r"seeds must be a list or a range; got \{1: 2\}"),
    "seeds a text": (train(seeds="012"), "seeds must be a list or a range; got '012'"),
    "schedule returns None": (train(schedule=lambda t: None), "schedule must return a factor"),
    "schedule takes nothing": (train(schedule=lambda: 1), "schedule must be a function of one"),
    "schedule negative later": (train(schedule=lambda t: 0.5 - t), "schedule must .*t = 0.5"),
    "report a number": (train(report=5), r"report must be a list or a range; got 5; use \[5\]"),
    "keep a number": (train(keep=5), "keep must be .*got 5"),
    "keep None": (train(keep=None), "keep must be .*got None"),
    "dtype a text": (train(dtype="float32"), "dtype must be .*torch.float32.* got 'float32'"),
    "dtype of integers": (train(dtype=torch.int64), "dtype must be .*got torch.int64"),
    "dtype complex": (train(dtype=torch.complex64), "dtype must be .*got torch.complex64"),
    "dtype of NumPy": (train(dtype=np.float32), "dtype must be .*float32"),
    "model a module": (train(nn.Linear(2, 2)), r"model must come from mlp\(...\) or modules"),
    "model None": (train(None), r"model must come from mlp\(...\) or modules\(...\); got NoneType"),
    "model a number": (train(50), r"model must come from mlp\(...\) or modules\(...\); got int"),
    "a setting of the data a dict": (train(data=moons, n_train={}), "n_train must .*got {}"),
    "width None": (train(mlp(None)), "width must be a whole number >= 1; got None"),
    "momentum 1": (train(momentum=1.0), r"momentum must be in \[0, 1\); got 1.0"),
    "momentum 1.5": (train(momentum=1.5), r"momentum must be in \[0, 1\); got 1.5"),
    "decay above 1": (train(optimizer="adamw", lr=2, weight_decay=1.0), "lr . weight_decay .*2"),
    "too few outputs": (made(lambda: nn.Linear(2, 1)), r"must return \(B, 2\).*got \(2, 1\)"),
    "too many outputs": (made(lambda: nn.Linear(2, 7)), r"must return \(B, 2\).*got \(2, 7\)"),
    "wrong inputs": (made(lambda: nn.Linear(5, 2)), r"takes no inputs .*\(B, 2\)"),
    "a missing argument": (made(lambda h: nn.Linear(2, h)), "make .*'h'"),
    "no parameters": (made(Frozen), "no parameters .*train"),
    "3-D output": (made(lambda: nn.Sequential(nn.Linear(2, 2), nn.Unflatten(1, (2, 1)))), "return"),
    "fit None": (lambda: fit(None, DATA, epochs=1, lr=0.1), "model must be an nn.Module; got None"),
    "fit no parameters": (one(Frozen()), "no parameters .*train"),
    "fit frozen": (one(FROZEN), "no parameters .*train"),
    "fit a tuple": (one(data=(1, 2, 3)), "splits must be Splits; got tuple"),
    "fit no data": (one(data=None), "splits must be Splits; got NoneType"),
    "fit too few outputs": (one(nn.Linear(2, 1)), r"must return \(B, 2\).*got \(2, 1\)"),
    "fit too many outputs": (one(nn.Linear(2, 5)), r"must return \(B, 2\).*got \(2, 5\)"),
    "fit two outputs for reals": (one(data=REALS), r"must return \(B, 1\).*got \(2, 2\)"),
    "fit wrong inputs": (one(nn.Linear(3, 2)), r"takes no inputs .*\(B, 2\)"),
    "fit report a number": (one(report=3), r"report must be a list or a range; got 3; use \[3\]"),
    "fit an embedding": (one(nn.Embedding(3, 2)), r"takes no inputs .*\(B, 2\)"),
    "fit a specification": (one(NET), r"model must be an nn.Module; got MLP; .*build"),
    "fit momentum 2": (one(momentum=2), r"momentum must be in \[0, 1\); got 2"),
    "splits of numbers": (lambda: Splits(1, 2, 3), "train must be Examples; got int"),
    "classes a text": (lambda: splits(classes="2"), "classes must be a whole number >= 1; got '2'"),
    "classes a fraction": (lambda: splits(classes=2.5), "classes must be a whole number"),
    "inputs NaN": (lambda: splits(x=float("nan")), "train.x .*NaN or infin"),
    "inputs infinite": (lambda: moons(noise=1e300), "train.x .*NaN or infin"),
    "targets infinite": (
        lambda: Splits(*(Examples(torch.randn(3, 2), INFINITE) for _ in range(3))),
        "train.y .*NaN or infin",
    ),
    "generator a number": (
        lambda: flip_labels(torch.tensor([0, 1]), 0.5, 2, generator=5),
        "generator must be a torch.Generator or None; got 5",
    ),
    "sizes a number": (lambda: split(5, 3), r"sizes must be a list.*got 3; use \[3\]"),
    "shuffled a text": (lambda: moons(shuffled_labels="no"), "shuffled_labels must be True or Fal"),
    "coefficients a number": (lambda: polynomial(-1), r"coefficients must be a list.*got -1"),
}
