"""Normalized weights: the same function at any scale, and decay as a rate that grows, exactly.

Source      Li, Arora (2020), "An Exponential Learning Rate Schedule for Deep Learning", ICLR,
            theorem 2.1, here for SGD without momentum; see `reglab.penalties.rotation`.
"""

import itertools

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from reglab.core import stream
from reglab.core.randomness import KeyedRandomness
from reglab.data import Examples, signals
from reglab.penalties import angle_between, growing_rate, sgd_step

RUNS = ("decay", "no decay, growing rate", "no decay, same rate")


def network(width: int = 32, seed: int = 0) -> nn.Sequential:
    """Return a network, in float64, whose first two weights are each followed by a LayerNorm.

    The norm has eps = 0 and no scale and shift of its own; otherwise invariance holds only nearly,
    or not at all.
    """

    def norm() -> nn.Module:
        return nn.LayerNorm(width, eps=0.0, elementwise_affine=False)

    with KeyedRandomness(seed, "init"):
        layers = [nn.Linear(40, width, bias=False), norm(), nn.ReLU()]
        layers += [nn.Linear(width, width, bias=False), norm(), nn.ReLU(), nn.Linear(width, 10)]
        return nn.Sequential(*layers).double()


def normalized(model: nn.Sequential) -> list[torch.Tensor]:
    """Return the weights that a LayerNorm follows."""
    layers = list(model)
    return [
        one.weight
        for one, after in itertools.pairwise(layers)
        if isinstance(one, nn.Linear) and isinstance(after, nn.LayerNorm)
    ]


def rescaled(model: nn.Sequential, factor: float) -> nn.Sequential:
    """Return a copy of the network with its normalized weights multiplied by `factor`."""
    copy = network(len(normalized(model)[0]))
    copy.load_state_dict(model.state_dict())
    with torch.no_grad():
        for weight in normalized(copy):
            weight.mul_(factor)
    return copy


def three_runs(
    lr: float = 0.1, lam: float = 0.02, steps: int = 500, batch: int = 50, seed: int = 0
) -> xr.Dataset:
    """Train one network three times by SGD, on the same minibatches, from the same start.

    The normalized weights are trained with decay `lam` at rate `lr`; without decay at
    `growing_rate`; and without decay at `lr`. The last layer is the same in all three: rate lr, no
    decay. Returns over (run, step): `loss`, of the minibatch before the step; `norm`, the length
    of the first weight; `rate`, its learning rate; `angle`, by how much the step turns it, in
    radians; `effective`, rate / norm^2, to which that is in proportion. And over (run, example,
    output): `output` at the end, for 100 test signals.
    """
    data = signals(seed)
    results = [_run(run, data.train, lr, lam, steps, batch, seed) for run in RUNS]
    with torch.no_grad():
        outputs = [model(data.test.x[:100].double()).numpy() for model, _ in results]
    rows = np.array([row for _, row in results])  # (run, step, 4)
    names = ("loss", "norm", "rate", "angle")
    curves = {n: (("run", "step"), rows[..., i]) for i, n in enumerate(names)}
    made = xr.Dataset(curves, {"run": list(RUNS), "step": np.arange(steps)})
    made["effective"] = made.rate / made.norm**2
    made["output"] = (("run", "example", "output_unit"), np.array(outputs))
    return made


def _run(
    run: str, train: Examples, lr: float, lam: float, steps: int, batch: int, seed: int
) -> tuple[nn.Sequential, list[tuple[float, ...]]]:
    model, order, rows = network(seed=seed), stream(seed, "order"), []
    scaled, first = {id(w) for w in normalized(model)}, normalized(model)[0]
    for t in range(steps):
        part = torch.randint(len(train), (batch,), generator=order)
        loss = cross_entropy(model(train.x[part].double()), train.y[part])
        rate = growing_rate(lr, lam, t) if run == RUNS[1] else lr
        before = first.detach().clone()
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for w, g in zip(model.parameters(), slopes, strict=True):
                own = id(w) in scaled
                w.copy_(_step(w, g, rate if own else lr, lam if own and run == RUNS[0] else 0.0))
        rows.append((loss.item(), before.norm().item(), rate, angle_between(before, first).item()))
    return model, rows


def _step(w: Tensor, g: Tensor, lr: float, decay: float) -> Tensor:
    return sgd_step(w, g, lr=lr, decay=decay)[0]
