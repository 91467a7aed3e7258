"""Weights of several networks averaged: fine-tuned copies, independent networks, the line between.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import nn

from reglab.augmentation import Shift
from reglab.averaging import (
    average_probabilities,
    barrier,
    greedy_soup,
    scores_on_line,
    uniform_soup,
)
from reglab.data import Examples, Splits, mnist1d, signals
from reglab.train import fleet, mlp, modules

WIDTH, COPIES = 64, 5
SHARES = tuple(i / 20 for i in range(21))
RATES = (0.01, 0.03, 0.1, 0.2, 0.4)
TASKS: dict[str, dict[str, Any]] = {  # what the copies are fine-tuned on
    "clean": dict(n_train=300, label_noise=0.0, epochs=30, techniques=[Shift(3)]),
    "wrong labels": dict(n_train=1000, label_noise=0.3, epochs=30),
}
INDEPENDENT: dict[str, Any] = dict(n_train=1000, label_noise=0.0, epochs=120, lr=0.2)


def pretraining_data(seed: int) -> Splits:
    """Return 4000 noisier signals, from another pool than the fine-tuning's."""
    return mnist1d(seed, n_train=4000, n_val=0, n_test=0, noise=0.25, pool_seed=1)


def pretrain(seeds: Iterable[int], lr: float = 0.1, epochs: int = 20) -> dict[int, nn.Module]:
    """Train one network for each seed on noisier signals, a cosine schedule."""
    seeds = list(seeds)
    runs = fleet(
        mlp(WIDTH), pretraining_data, seeds=seeds, lr=lr, epochs=epochs, schedule="cosine",
        report=[epochs], keep=["networks"],
    )  # fmt: skip
    return dict(zip(seeds, runs.network.values, strict=True))


def copy_data(seed: int, n_train: int = 1000, label_noise: float = 0.0) -> Splits:
    """Return the signals of one copy: those of its group of five."""
    return signals(seed // COPIES, n_train, label_noise=label_noise)


def fine_tune(
    starts: dict[int, nn.Module], task: str, rates: Sequence[float] = RATES
) -> xr.DataArray:
    """Fine-tune five copies of each pretrained network; networks over (lr, seed, copy).

    The copies of one network have its weights at the start and one data set; the order of the
    minibatches and the shifts differ. SGD with momentum 0.9, minibatches of 100, cosine.
    """
    states = {seed: net.state_dict() for seed, net in starts.items()}

    def copied(seed: int) -> nn.Module:
        network = mlp(WIDTH).build(40, 10)
        network.load_state_dict(states[seed // COPIES])
        return network

    settings = TASKS[task]
    seeds = [COPIES * seed + k for seed in starts for k in range(COPIES)]
    runs = fleet(
        modules(copied), copy_data, seeds=seeds, lr=list(rates), schedule="cosine",
        report=[settings["epochs"]], keep=["networks"], **settings,
    )  # fmt: skip
    return _by_copy(runs.network.transpose("lr", "seed"), list(starts))


def train_independent(seeds: Iterable[int], epochs: int = INDEPENDENT["epochs"]) -> xr.DataArray:
    """Train five networks on each data set from weights of their own; over (lr, seed, copy)."""
    seeds = list(seeds)
    settings: dict[str, Any] = INDEPENDENT | dict(lr=[INDEPENDENT["lr"]], epochs=epochs)
    runs = fleet(
        mlp(WIDTH), copy_data, seeds=[COPIES * s + k for s in seeds for k in range(COPIES)],
        schedule="cosine", report=[epochs], keep=["networks"], **settings,
    )  # fmt: skip
    return _by_copy(runs.network, seeds)


def _by_copy(networks: xr.DataArray, seeds: list[int]) -> xr.DataArray:
    """Unfold the seeds of the networks into (seed, copy)."""
    values = networks.values.reshape(networks.sizes["lr"], len(seeds), COPIES)
    coords = {"lr": networks.lr.values, "seed": seeds, "copy": range(COPIES)}
    return xr.DataArray(values, dims=list(coords), coords=coords)


@torch.no_grad()
def error(network: nn.Module, part: Examples) -> float:
    """Return the share of wrong answers."""
    return float((network(part.x).argmax(1) != part.y).double().mean())


@torch.no_grad()
def _ensemble_error(networks: Sequence[nn.Module], part: Examples) -> float:
    z = torch.stack([network(part.x).double() for network in networks])
    return float((average_probabilities(z).argmax(1) != part.y).double().mean())


def measure_soups(networks: xr.DataArray) -> xr.Dataset:
    """Return test errors over (lr, seed), and over (lr, seed, share) on the line of two copies.

    member: the mean of five; best: the one of lowest validation error; soup: mean weights of all
    five; greedy: those that a greedy soup takes, by validation error; ensemble: mean probabilities.
    """
    rows = [
        [_measure_one(list(group.values), int(group.seed)) for group in line] for line in networks
    ]
    dims, coords = ("lr", "seed"), {"lr": networks.lr.values, "seed": networks.seed.values}
    found = {
        name: (dims, np.array([[one[name] for one in row] for row in rows]))
        for name in rows[0][0]
        if name != "line"
    }
    line = np.array([[one["line"] for one in row] for row in rows])
    return xr.Dataset(
        found | {"line": ((*dims, "share"), line)}, coords=coords | {"share": list(SHARES)}
    )


def _measure_one(group: list[nn.Module], seed: int) -> dict[str, Any]:
    data = _test_and_val(seed)
    of_val, of_test = (partial(error, part=part) for part in (data.val, data.test))
    val, test = [of_val(one) for one in group], [of_test(one) for one in group]
    line = scores_on_line(group[0], group[1], SHARES, of_test)
    greedy, chosen = greedy_soup(group, of_val)
    return {
        "val_member": float(np.mean(val)),
        "member": float(np.mean(test)),
        "best": test[int(np.argmin(val))],
        "soup": of_test(uniform_soup(group)),
        "greedy": of_test(greedy),
        "taken": float(len(chosen)),
        "ensemble": _ensemble_error(group, data.test),
        "barrier": float(barrier(SHARES, line)),
        "line": line.numpy(),
    }


@cache
def _test_and_val(seed: int) -> Splits:
    return signals(seed, 100)  # validation and test parts do not depend on the first number
