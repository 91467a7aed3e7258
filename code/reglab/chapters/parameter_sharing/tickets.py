"""Pruning: what is left of a network's weights, and where their training starts.

Source      Han, Pool, Tran, Dally (2015), NeurIPS, section 3, for pruning and training on; Frankle,
            Carbin (2019), "The Lottery Ticket Hypothesis", ICLR, for tickets; Frankle, Dziugaite,
            Roy, Carbin (2020), "Linear Mode Connectivity and the Lottery Ticket Hypothesis", ICML,
            for rewinding to an early epoch.
Symbols     remaining is the share of all weights that are left, in every layer together.
Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import stream
from reglab.data import signals
from reglab.sharing import MaskedLinear, magnitude_masks, masked_network, pruning_shares
from reglab.sharing import random_masks as shuffle_masks
from reglab.train import Modules, fleet, mlp, modules

WIDTH, N, EPOCHS, EARLY = 64, 1000, 60, 2
REMAINING = [round(share, 2) for share in pruning_shares(0.1, rounds=5)]
METHODS = (
    "trained weights",  # prune, and train on from where the weights are
    "start weights",  # a ticket: prune, and set the others back to where they started
    "early weights",  # the same, but back to where they were after EARLY epochs
    "one shot",  # a ticket pruned at once, not in rounds
    "new weights",  # the ticket's mask with other start weights
    "random mask",  # the start weights with a mask of as many places in each layer
)
DENSE_RATE = 0.2
RATES: dict[str, list[float]] = {}  # learning rates by method, one for each share of REMAINING

Networks = Mapping[int, nn.Sequential]  # by seed
Masks = Mapping[int, Sequence[Tensor]]


def effective_weights(network: nn.Sequential) -> list[Tensor]:
    """Return the weights of the linear layers, 0 where they are masked."""
    layers = [m for m in network if isinstance(m, nn.Linear | MaskedLinear)]
    return [m.weight.detach() * getattr(m, "mask", 1) for m in layers]


def without_masks(network: nn.Sequential) -> nn.Sequential:
    """Return a copy of an MLP in which masked weights are 0 and free."""
    plain = mlp(WIDTH).build(40, 10)
    given = [m for m in network if isinstance(m, nn.Linear | MaskedLinear)]
    with torch.no_grad():
        for layer, old, weight in zip(plain[::2], given, effective_weights(network), strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(old.bias)
    return plain


def masked(starts: Networks, masks: Masks) -> Modules:
    """Describe, for `fleet`, the networks that start there, each with the masks of its seed."""

    def make(seed: int) -> nn.Module:
        return masked_network(starts[seed], masks[seed])

    return modules(make)


def train(
    arms: Mapping[str, Mapping[str, Any]], seeds: Iterable[int], epochs: int = EPOCHS,
    report: Sequence[int] | None = None, n_train: int = N,
) -> xr.Dataset:  # fmt: skip
    """Train on 1000 signals: SGD with momentum 0.9, minibatches of 100, a cosine schedule."""
    return fleet(
        mlp(WIDTH), signals, n_train=n_train, arms=arms, seeds=seeds, lr=DENSE_RATE,
        epochs=epochs, schedule="cosine", report=report or [epochs], keep="snapshots",
    )  # fmt: skip


def by_seed(runs: xr.Dataset, **place: Any) -> dict[int, nn.Sequential]:
    """Return the networks at one place of a dataset, by seed."""
    line = runs.network.sel(**place)
    return {int(seed): line.sel(seed=seed).item() for seed in line.seed}


def smallest_removed(networks: Networks, remaining: float, masks: Masks | None = None) -> Masks:
    """Return the masks that leave the largest weights of each network."""
    return {
        seed: magnitude_masks(effective_weights(net), remaining, masks=masks and masks[seed])
        for seed, net in networks.items()
    }


def prune_in_rounds(
    seeds: Iterable[int], rates: Mapping[str, Sequence[float]] = RATES,
    remaining: Sequence[float] = REMAINING, epochs: int = EPOCHS, n_train: int = N,
) -> xr.Dataset:  # fmt: skip
    """Train, prune and train again; errors of every method over (method, remaining, seed).

    Every round starts from what the one before has left. "just pruned" is the dense network without
    its smallest weights and without more training; "dense" is over (seed,).
    Returns: test_error, val_error over (method, remaining, seed); pruned_error over (remaining,
    seed); dense_error over (seed,). Shares in [0, 1].
    """
    seeds = list(seeds)
    dense = train({"dense": {}}, seeds, epochs, [EARLY, epochs], n_train)
    starts, last = start_points(dense, seeds, epochs)
    trained, masks, rounds, pruned = dict.fromkeys(METHODS[:3], last), {}, [], []
    for i, share in enumerate(remaining):
        for name in METHODS[:3]:
            masks[name] = smallest_removed(trained[name], share, masks.get(name))
        masks["one shot"] = smallest_removed(last, share)
        masks["new weights"] = masks["start weights"]
        masks["random mask"] = shuffled(masks["start weights"], i)
        starts["trained weights"] = {s: without_masks(n) for s, n in trained[METHODS[0]].items()}
        arms = {m: dict(model=masked(starts[m], masks[m]), lr=rates[m][i]) for m in METHODS}
        runs = train(arms, seeds, epochs, n_train=n_train)
        trained = {m: by_seed(runs, arm=m, epoch=epochs) for m in METHODS[:3]}
        rounds.append(runs[["val_error", "test_error"]].isel(epoch=0, drop=True).drop_attrs())
        pruned.append([test_error(masked_network(last[s], masks["one shot"][s]), s) for s in seeds])
    found = xr.concat(rounds, xr.Variable("remaining", list(remaining))).rename(arm="method")
    return found.transpose("method", "remaining", "seed").assign(
        pruned_error=(("remaining", "seed"), pruned),
        dense_error=("seed", dense.test_error.sel(epoch=epochs).values[0]),
    )


def start_points(
    dense: xr.Dataset, seeds: Sequence[int], epochs: int
) -> tuple[dict[str, Networks], Networks]:
    """Return where each method starts, and the dense networks at their end."""
    start = {s: mlp(WIDTH).build(40, 10, s) for s in seeds}
    # Other weights by a seed that nothing else is drawn from.
    other = {s: mlp(WIDTH).build(40, 10, s + 1_000_000) for s in seeds}
    early, last = (by_seed(dense, arm="dense", epoch=e) for e in (EARLY, epochs))
    starts = {"start weights": start, "early weights": early, "one shot": start}
    return starts | {"new weights": other, "random mask": start}, last


def shuffled(masks: Masks, number: int) -> Masks:
    """Return masks of as many places in each layer, drawn for the round of this number."""
    draws = {seed: stream(seed, f"random mask {number}") for seed in masks}
    return {seed: shuffle_masks(one, draws[seed]) for seed, one in masks.items()}


@torch.no_grad()
def test_error(network: nn.Module, seed: int) -> float:
    """Return the error of a network on the test signals of its seed, a share."""
    part = signals(seed).test
    return float((network(part.x).argmax(1) != part.y).double().mean())
