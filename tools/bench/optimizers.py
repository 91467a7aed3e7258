"""What a penalty costs: in a fleet, by optimizer; in one network, the proximal step."""

from functools import partial

import torch
from torch.nn import functional

from bench import networks
from bench.timing import Benchmark, Contender
from reglab.penalties import add_prox, soft_threshold
from reglab.train import mlp

WIDTH = 30
SETTINGS = {
    "SGD": {},
    "SGD, weight decay": dict(weight_decay=1e-3),
    "SGD, l2 on weights only": dict(l2=1e-3),
    "SGD, l1 by proximal steps": dict(l1=1e-4),
    "Adam": dict(optimizer="adam"),
    "AdamW, weight decay": dict(optimizer="adamw", weight_decay=1e-2),
    "AdamW, l1 by proximal steps": dict(optimizer="adamw", l1=1e-4),
}


def in_a_fleet(quick: bool) -> list[Contender]:
    """The same fleet, by each optimizer and penalty."""
    job = networks.Job(WIDTH, 100, 4)
    job = (job.small() if quick else job).prepare()
    return [
        Contender(name, partial(job.train, **settings), job.amount)
        for name, settings in SETTINGS.items()
    ]


def one_network(kind: type, proximal: bool, steps: int) -> None:
    """Train one network on one minibatch with torch's own optimizer."""
    data, model = networks.data(), mlp(WIDTH).build(networks.INPUTS, networks.CLASSES)
    x, y = data.train.x[: networks.BATCH], data.train.y[: networks.BATCH]
    optimizer = kind(model.parameters(), lr=1e-3)
    if proximal:
        add_prox(optimizer, model, partial(_shrink, 1e-4))
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def _shrink(lam: float, w: torch.Tensor, step: float | torch.Tensor) -> torch.Tensor:
    return soft_threshold(w, lam * step)


def in_a_loop(quick: bool) -> list[Contender]:
    """torch's optimizers with and without the proximal step."""
    steps = 5 if quick else 500
    networks.data()
    return [
        Contender(
            f"{kind.__name__}{', proximal step' if proximal else ''}",
            partial(one_network, kind, proximal, steps),
            steps,
        )
        for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW)
        for proximal in (False, True)
    ]


BENCHMARKS = [
    Benchmark(
        name="optimizers-fleet",
        title=f"100 networks of width {WIDTH} as one, by optimizer and penalty",
        unit="network and step",
        against="SGD",
        contenders=in_a_fleet,
    ),
    Benchmark(
        name="optimizers-prox",
        title=f"one network of width {WIDTH} in a plain loop, torch's optimizers",
        unit="step",
        against="SGD",
        contenders=in_a_loop,
    ),
]
