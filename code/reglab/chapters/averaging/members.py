"""Ensembles: ten networks on each data set, which differ in initial weights and order.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
Symbols     M = 10 members, B test examples, K classes; z (M, B, K) logits, p = softmax(z).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor
from torch.nn import functional as F

from reglab.averaging import (
    average_logits,
    average_probabilities,
    decompose_nll,
    disagreement,
)
from reglab.core import stream
from reglab.data import Splits, signals
from reglab.targets import brier_score, expected_calibration_error, one_hot
from reglab.train import fleet, mlp

MEMBERS, WIDTH, N = 10, 64, 1000
LABELS: dict[str, dict[str, Any]] = {
    "clean": dict(label_noise=0.0, epochs=120),
    "30 % wrong": dict(label_noise=0.3, epochs=60),
}
LR = 0.2  # the best rate with clean and with wrong labels, bagged and not
AVERAGES = {"probabilities": average_probabilities, "logits": average_logits}
SCORES = ("error", "nll", "ece", "brier")


def member_seeds(seed: int, members: int = MEMBERS) -> list[int]:
    """Return the seeds of the networks on data set `seed`: 10 seed, 10 seed + 1, ..."""
    return [MEMBERS * seed + m for m in range(members)]


def member_data(seed: int, bagged: bool = False, label_noise: float = 0.0) -> Splits:
    """Return the data of one member; bagged: its training examples are drawn with replacement."""
    data = signals(seed // MEMBERS, N, label_noise=label_noise)
    if not bagged:
        return data
    again = torch.randint(N, (N,), generator=stream(seed, "bootstrap"))
    return Splits(data.train.take(again), data.val, data.test, data.classes)


def train_members(
    labels: str, seeds: Iterable[int], bagged: bool = False, **changed: Any
) -> xr.DataArray:
    """Train ten networks on each data set; return their test logits (seed, member, B, K).

    Two layers of 64 units, SGD with momentum 0.9, minibatches of 100, a cosine schedule.
    """
    settings: dict[str, Any] = dict(lr=LR) | LABELS[labels] | changed
    seeds = list(seeds)
    runs = fleet(
        mlp(WIDTH),
        member_data,
        seeds=[m for seed in seeds for m in member_seeds(seed)],
        bagged=bagged,
        schedule="cosine",
        report=[settings["epochs"]],
        keep=["predictions"],
        **settings,
    )
    z = runs.test_output.values.astype(np.float64)
    z = z.reshape(len(seeds), MEMBERS, *z.shape[1:])
    return xr.DataArray(z, dims=["seed", "member", "example", "output"], coords={"seed": seeds})


def scores(p: Tensor, y: Tensor) -> dict[str, float]:
    """Return error, NLL (nats), calibration error and squared error of probabilities (B, K)."""
    return {
        "error": float((p.argmax(1) != y).double().mean()),
        "nll": float(F.nll_loss(p.clamp_min(1e-300).log(), y)),
        "ece": expected_calibration_error(p, y),
        "brier": brier_score(p, y),
    }


def measure_ensembles(outputs: xr.DataArray) -> xr.Dataset:
    """Return what averages of the first 1 ... 10 members score, and their members' mean.

    Over (average, size, seed): error, nll, ece, brier. At size 1 stands the mean over all ten
    members, each alone. Over (seed): disagreement, shared (see `shared_error`), diversity, the
    NLL that ten averaged logits gain over their members.
    """
    rows = [_measure_one(torch.as_tensor(z.values), int(z.seed)) for z in outputs]
    averages, sizes = list(AVERAGES), list(range(1, MEMBERS + 1))
    coords = {"average": averages, "size": sizes, "seed": outputs.seed.values}
    table = {
        name: (tuple(coords), np.moveaxis(np.array([row[name] for row in rows]), 0, -1))
        for name in SCORES
    }
    single = {
        name: ("seed", np.array([row[name] for row in rows]))
        for name in ("disagreement", "shared", "diversity")
    }
    return xr.Dataset(table | single, coords=coords)


def _measure_one(z: Tensor, seed: int) -> dict[str, Any]:
    """The scores (average, size) of the members' logits on one data set."""
    y = signals(seed, N).test.y
    alone = [scores(one.softmax(1), y) for one in z]
    found: dict[str, Any] = {name: np.empty((len(AVERAGES), MEMBERS)) for name in SCORES}
    for i, average in enumerate(AVERAGES.values()):
        for size in range(2, MEMBERS + 1):
            for name, value in scores(average(z[:size]), y).items():
                found[name][i, size - 1] = value
        for name in SCORES:
            found[name][i, 0] = np.mean([one[name] for one in alone])
    found["disagreement"] = float(disagreement(z))
    found["shared"] = shared_error(z.softmax(-1), y)
    found["diversity"] = float(decompose_nll(z, y).diversity.mean())
    return found


def shared_error(p: Tensor, y: Tensor) -> float:
    """Return rho, the part of the members' squared error that two of them share.

    With residuals r_m = p_m - onehot(y): the mean of r_m r_n over pairs, over the mean of r_m^2.
    The mean squared error of all ensembles of size K is then exactly (rho + (1 - rho) / K) times
    that of a member.
    """
    r = p - one_hot(y, p.shape[-1])  # (M, B, K)
    members = len(r)
    own = r.square().sum()
    pairs = r.sum(0).square().sum() - own
    return float(pairs / (members - 1) / own)
