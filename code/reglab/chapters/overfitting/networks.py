"""The part with networks: what is learned first, how loss is logged, chosen luck.

Source      Arpit et al. (2017), "A Closer Look at Memorization in Deep Networks", ICML, for
            `first_learned`.
The chapter calls `fleet` itself wherever one call is enough; here is what takes more.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import nn
from torch.nn.functional import cross_entropy

from reglab.core import stream
from reglab.data import SHARES, Splits, learned_shares, signals
from reglab.evidence import timed
from reglab.train import fleet, mlp

LR = 0.08  # of all networks; why: SEEDS.md


@timed
def first_learned(
    seeds: Sequence[int], epochs: Sequence[int], width: int = 128, label_noise: float = 0.4
) -> xr.Dataset:
    """Train on partly wrong labels and ask, after each of `epochs`, what has been learned.

    Returns shares in [0, 1] over (epoch, seed):
        clean: of the training examples with a right label, those given that label;
        memorized: of those with a wrong label, those given that wrong label;
        corrected: of those with a wrong label, those given their true class nevertheless.
    """
    runs = fleet(
        mlp(width), signals, seeds=seeds, lr=LR, epochs=max(epochs), report=epochs,
        keep="snapshots", label_noise=label_noise,
    )  # fmt: skip
    shares = [
        [learned_shares(network, seed, label_noise) for network in row]
        for seed, row in zip(seeds, runs.network.values, strict=True)
    ]
    return xr.Dataset(
        {n: (("seed", "epoch"), np.array(shares)[..., i]) for i, n in enumerate(SHARES)},
        coords={"epoch": runs.epoch, "seed": list(seeds)},
    ).transpose("epoch", "seed")


@timed
def logged_losses(
    seeds: Sequence[int], p: float = 0.5, width: int = 64, epochs: int = 60
) -> xr.Dataset:
    """Return three mean losses (nats) of the same dropout networks, each over (seed).

    train_mode: on the training examples, dropout on, as a loop that logs its minibatch loss sees
    it; eval_mode: the same weights and examples with dropout off; validation: dropout off.
    """
    runs = fleet(
        mlp(width, dropout=p), signals, seeds=seeds, lr=LR, epochs=epochs, report=[epochs],
        keep="networks",
    )  # fmt: skip
    rows = [
        _three_losses(net, signals(s), s) for s, net in zip(seeds, runs.network.values, strict=True)
    ]
    names = ("train_mode", "eval_mode", "validation")
    values = np.array(rows)
    return xr.Dataset(
        {n: ("seed", values[:, i]) for i, n in enumerate(names)}, coords={"seed": list(seeds)}
    )


@torch.no_grad()
def _three_losses(network: nn.Sequential, splits: Splits, seed: int) -> list[float]:
    noisy = _with_masks(network, splits.train.x, stream(seed, "logged masks"))
    network.eval()
    clean, validation = network(splits.train.x), network(splits.val.x)
    pairs = [(noisy, splits.train.y), (clean, splits.train.y), (validation, splits.val.y)]
    return [cross_entropy(*pair).item() for pair in pairs]


def _with_masks(network: nn.Sequential, x: torch.Tensor, generator: torch.Generator):
    """Outputs in training mode, with masks from `generator` instead of torch's global stream."""
    for layer in network:
        if isinstance(layer, nn.Dropout):
            kept = torch.rand(x.shape, generator=generator) >= layer.p
            x = x * kept / (1 - layer.p)
        else:
            x = layer(x)
    return x


def best_of(
    runs: xr.Dataset, tries: int, choose_on: str = "val_error", report_on: str = "test_error"
) -> xr.Dataset:
    """Group the seeds by `tries`, pick the run with the lowest `choose_on` in each group.

    Args:
        runs: a fleet's result with dims (seed, epoch); its last epoch counts.
        tries: runs in a group; the number of seeds must be a multiple of it.
    Returns: `chosen_on`, the score that won, and `fresh`, the same run's score on `report_on`,
        over (seed), labeled by the first seed of each group.
    Raises: ValueError if the groups do not come out even.
    """
    if runs.sizes["seed"] % tries:
        raise ValueError(
            f"{runs.sizes['seed']} seeds do not divide into groups of {tries}; change tries"
        )
    last = runs.isel(epoch=-1)
    scores = [last[name].values.reshape(-1, tries) for name in (choose_on, report_on)]
    winner = np.nanargmin(scores[0], axis=1)  # a diverged run, NaN, never wins
    rows = np.arange(len(winner))
    first = runs.seed.values.reshape(-1, tries)[:, 0]
    return xr.Dataset(
        {
            "chosen_on": ("seed", scores[0][rows, winner], last[choose_on].attrs),
            "fresh": ("seed", scores[1][rows, winner], last[report_on].attrs),
        },
        coords={"seed": first},
    )
