"""Networks with normalized weights, many at once: how long the first weight is, how far it turns.

Seeds, pilots and what fresh seeds took back: SEEDS.md.
Symbols     axes: M networks (arms times seeds), B batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor
from torch.func import vmap
from torch.nn.functional import cross_entropy, layer_norm, relu

from reglab.chapters.scale_invariance.invariance import network
from reglab.core import stream
from reglab.data import Splits, signals
from reglab.penalties import adam_step, angle_between, sgd_step
from reglab.train.schedules import factor

WIDTH, STEPS, BATCH = 32, 600, 50


def tenth_at_half(t: float) -> float:
    """The schedule that goes on with a tenth of the rate from the middle of the training."""
    return 1.0 if t < 0.5 else 0.1


ARM = {"lr": 0.1, "lam": 0.0, "start": 1.0, "schedule": "constant"}
# What the page trains, at a constant rate; with a cosine schedule; and by AdamW.
CONSTANT = {
    "decay": {"lam": 0.05},
    "decay, three times as long": {"lam": 0.05, "start": 3.0},
    "decay, a third as long": {"lam": 0.05, "start": 1 / 3},
    "decay, four times the rate": {"lr": 0.4, "lam": 0.0125},
    "decay, then a tenth of the rate": {"lam": 0.05, "schedule": tenth_at_half},
    "no decay": {},
    "no decay, ten times the rate": {"lr": 1.0},
}
COSINE = {
    "small rate, no decay": {"lr": 0.03, "schedule": "cosine"},
    "small rate, decay": {"lr": 0.03, "lam": 1 / 3, "schedule": "cosine"},
    "best rate, no decay": {"lr": 1.0, "schedule": "cosine"},
    "best rate, decay": {"lr": 0.3, "lam": 0.01, "schedule": "cosine"},
}
ADAMW = {"AdamW": {"lr": 0.003, "lam": 5 / 3}}
LAST = {"sgd": 0.1, "adamw": 0.01}  # the last layer's rate; it is never decayed
STEP = {"sgd": sgd_step, "adamw": adam_step}


def train(
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    steps: int = STEPS,
    optimizer: str = "sgd",
    label_noise: float = 0.0,
) -> xr.Dataset:
    """Train `network` once for each arm and seed; arms of one seed share start and minibatches.

    An arm sets any of ARM: the rate `lr` and the decay `lam` of the two normalized weights, by what
    factor they are longer at the `start`, and the `schedule` of all rates. Returns over
    (arm, seed, step): `norm`, the length of the first weight before the step, `angle`, by how much
    the step turns it, in radians, and `effective`, rate / norm^2; over (arm, seed): `val_error` and
    `test_error` at the end, from 0 to 1.
    """
    seeds, settings = list(seeds), [ARM | dict(arm) for arm in arms.values()]
    draws = [signals(seed, label_noise=label_noise) for seed in seeds]
    orders = [stream(seed, "order") for seed in seeds]
    weights, states, rows = _start(settings, seeds), [None] * 4, []
    lr, lam = (_column([arm[key] for arm in settings], len(seeds)) for key in ("lr", "lam"))
    none, last = torch.zeros_like(lam), torch.full_like(lr, LAST[optimizer])
    for t in range(steps):
        x, y = _minibatch(draws, orders, len(settings))
        slopes = torch.autograd.grad(_loss(weights, x, y), weights)
        share = _column([factor(arm["schedule"], t, steps) for arm in settings], len(seeds))
        before = weights[0].detach()
        moved = [
            STEP[optimizer](w.detach(), g, state, lr=share * rate, decay=decay)
            for w, g, state, rate, decay in zip(
                weights, slopes, states, (lr, lr, last, last), (lam, lam, none, none), strict=True
            )
        ]
        weights, states = [w.requires_grad_() for w, _ in moved], [state for _, state in moved]
        norm, angle = before.norm(dim=(1, 2)), vmap(angle_between)(before, weights[0].detach())
        rows.append(torch.stack([norm, angle, (share * lr)[:, 0, 0] / norm**2]))
    return _labeled(rows, weights, draws, list(arms), seeds)


def typical_angle(runs: xr.Dataset, first: int, stop: int | None = None) -> xr.DataArray:
    """Return the root mean square of `angle` over the steps from `first` to before `stop`."""
    return np.sqrt((runs.angle.isel(step=slice(first, stop)) ** 2).mean("step", skipna=False))


def windows(runs: xr.Dataset, width: int) -> xr.DataArray:
    """Return the root mean square of `angle` over each `width` steps, at their middle."""
    return np.sqrt((runs.angle**2).coarsen(step=width).mean())


def _start(settings: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> list[Tensor]:
    """The four parameters of all networks, (M, ...), the bias as (M, 1, 10)."""
    models = [network(WIDTH, seed) for _ in settings for seed in seeds]
    stacks = [torch.stack(list(p)) for p in zip(*(m.parameters() for m in models), strict=True)]
    first, second, last, bias = (p.detach() for p in stacks)
    factor = _column([arm["start"] for arm in settings], len(seeds))
    return [w.requires_grad_() for w in (factor * first, factor * second, last, bias[:, None])]


def _column(values: Sequence[float], seeds: int) -> Tensor:
    """One value per arm as (M, 1, 1)."""
    return torch.tensor(values, dtype=torch.float64).repeat_interleave(seeds)[:, None, None]


def _minibatch(draws: Sequence[Splits], orders: Sequence, arms: int) -> tuple[Tensor, Tensor]:
    """Signals (M, B, 40) and labels (M, B), the same for all arms of a seed."""
    rows = [
        torch.randint(len(d.train), (BATCH,), generator=o)
        for d, o in zip(draws, orders, strict=True)
    ]
    x = torch.stack([d.train.x[r] for d, r in zip(draws, rows, strict=True)])
    y = torch.stack([d.train.y[r] for d, r in zip(draws, rows, strict=True)])
    return x.double().repeat(arms, 1, 1), y.repeat(arms, 1)


def _outputs(weights: Sequence[Tensor], x: Tensor) -> Tensor:
    first, second, last, bias = weights
    for w in (first, second):
        x = relu(layer_norm(x @ w.mT, (WIDTH,), eps=0.0))
    return x @ last.mT + bias


def _loss(weights: Sequence[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """The sum over networks of their mean losses: each gets its own gradient."""
    outputs = _outputs(weights, x).flatten(0, 1)
    return cross_entropy(outputs, y.flatten(), reduction="sum") / BATCH


def _labeled(
    rows: list[Tensor],
    weights: list[Tensor],
    draws: Sequence[Splits],
    arms: list[str],
    seeds: list[int],
) -> xr.Dataset:
    shape, errors = (len(arms), len(seeds)), {}
    curves = torch.stack(rows, dim=2).reshape(3, *shape, len(rows)).numpy()
    for name in ("val", "test"):
        parts = [getattr(draw, name) for draw in draws]
        x = torch.stack([part.x for part in parts]).double().repeat(len(arms), 1, 1)
        y = torch.stack([part.y for part in parts]).repeat(len(arms), 1)
        with torch.no_grad():
            wrong = _outputs(weights, x).argmax(2) != y
        errors[f"{name}_error"] = (("arm", "seed"), wrong.double().mean(1).reshape(shape).numpy())
    dims = ("arm", "seed", "step")
    named = {n: (dims, c) for n, c in zip(("norm", "angle", "effective"), curves, strict=True)}
    return xr.Dataset(named | errors, {"arm": arms, "seed": seeds, "step": np.arange(len(rows))})
