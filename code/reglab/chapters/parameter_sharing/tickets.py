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
IN_ROUNDS = METHODS[:3]  # each with masks of its own; the others take theirs from these
DENSE_RATE = 0.2
RATES = {  # learning rates, one for each share of REMAINING
    "trained weights": [0.2, 0.2, 0.2, 0.2, 0.05],
    "start weights": [0.2, 0.2, 0.2, 0.4, 0.2],
    "early weights": [0.2, 0.2, 0.4, 0.4, 0.4],
    "one shot": [0.2, 0.2, 0.2, 0.2, 0.1],
    "new weights": [0.4, 0.2, 0.4, 0.4, 0.4],
    "random mask": [0.2, 0.4, 0.4, 0.4, 0.2],
}

Networks = Mapping[int, nn.Sequential]  # by seed
Masks = Mapping[int, Sequence[Tensor]]


def effective_weights(network: nn.Sequential) -> list[Tensor]:
    """Return the weights of the linear layers, 0 where they are masked."""
    layers = [m for m in network if isinstance(m, nn.Linear | MaskedLinear)]
    return [m.weight.detach() * getattr(m, "mask", 1) for m in layers]


def without_masks(network: nn.Sequential) -> nn.Sequential:
    """Return a copy of an MLP in which masked weights are 0 and free."""
    plain = mlp(WIDTH).build(40, 10)
    free = [m for m in plain if isinstance(m, nn.Linear)]
    given = [m for m in network if isinstance(m, nn.Linear | MaskedLinear)]
    with torch.no_grad():
        for layer, old, weight in zip(free, given, effective_weights(network), strict=True):
            layer.weight.copy_(weight)
            assert old.bias is not None, "an mlp has all of its biases"
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


def by_seed(runs: xr.Dataset, arm: str, epoch: int) -> dict[int, nn.Sequential]:
    """Return the networks of one arm after this epoch, by seed."""
    line = runs.network.sel(arm=arm, epoch=epoch)
    return {int(seed): line.sel(seed=seed).item() for seed in line.seed}


def smallest_removed(networks: Networks, remaining: float, masks: Masks | None = None) -> Masks:
    """Return the masks that leave the largest weights of each network."""
    return {
        seed: magnitude_masks(
            effective_weights(net), remaining, masks=masks[seed] if masks else None
        )
        for seed, net in networks.items()
    }


def prune_in_rounds(
    seeds: Iterable[int], remaining: Sequence[float] = REMAINING,
    rates: Mapping[str, Sequence[float]] | None = None, epochs: int = EPOCHS, n_train: int = N,
) -> xr.DataArray:  # fmt: skip
    """Train, prune and train again; test errors over (remaining, arm, seed), shares in [0, 1].

    Arms are METHODS, "dense" (all weights, the same at every share) and "just pruned", the dense
    networks without their smallest weights and without more training. Every round starts from what
    the one before has left.
    """
    seeds, rates = list(seeds), rates or RATES
    dense = train({"dense": {}}, seeds, epochs, [EARLY, epochs], n_train)
    starts, last = start_points(dense, seeds, epochs)
    trained, masks = dict.fromkeys(IN_ROUNDS, last), {}
    rounds: list[xr.DataArray] = []
    for i, share in enumerate(remaining):
        masks |= {m: smallest_removed(trained[m], share, masks.get(m)) for m in IN_ROUNDS}
        masks["one shot"] = smallest_removed(last, share)
        masks["new weights"] = masks["start weights"]
        masks["random mask"] = shuffled(masks["start weights"], i)
        starts["trained weights"] = {s: without_masks(n) for s, n in trained[METHODS[0]].items()}
        arms = {m: dict(model=masked(starts[m], masks[m]), lr=rates[m][i]) for m in METHODS}
        runs = train(arms, seeds, epochs, n_train=n_train)
        trained = {m: by_seed(runs, m, epochs) for m in IN_ROUNDS}
        pruned = {s: masked_network(last[s], masks["one shot"][s]) for s in seeds}
        parts = [runs.test_error, dense.test_error.sel(epoch=[epochs]), just_measured(pruned)]
        last_epochs: list[xr.DataArray] = [part.isel(epoch=0, drop=True) for part in parts]
        rounds.append(xr.concat(last_epochs, "arm"))
    return xr.concat(rounds, xr.Variable("remaining", list(remaining)))


def start_points(
    dense: xr.Dataset, seeds: Sequence[int], epochs: int
) -> tuple[dict[str, Networks], Networks]:
    """Return where each method starts, and the dense networks at their end."""
    start = {s: mlp(WIDTH).build(40, 10, s) for s in seeds}
    # Other weights by a seed that nothing else is drawn from.
    other = {s: mlp(WIDTH).build(40, 10, s + 1_000_000) for s in seeds}
    early, last = (by_seed(dense, "dense", e) for e in (EARLY, epochs))
    starts: dict[str, Networks] = {"start weights": start, "early weights": early}
    return starts | {"one shot": start, "new weights": other, "random mask": start}, last


def shuffled(masks: Masks, number: int) -> Masks:
    """Return masks of as many places in each layer, drawn for the round of this number."""
    draws = {seed: stream(seed, f"random mask {number}") for seed in masks}
    return {seed: shuffle_masks(one, draws[seed]) for seed, one in masks.items()}


@torch.no_grad()
def just_measured(networks: Networks) -> xr.DataArray:
    """Return the test errors of networks as they are, over (arm, seed, epoch) like `fleet`'s."""
    rows = []
    for seed, network in networks.items():
        part = signals(seed).test
        rows.append(float((network(part.x).argmax(1) != part.y).double().mean()))
    coords = {"arm": ["just pruned"], "seed": list(networks), "epoch": [0]}
    return xr.DataArray([[[error] for error in rows]], coords)
