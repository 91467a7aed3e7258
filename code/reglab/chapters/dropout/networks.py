"""Networks: what is trained, with the learning rates chosen on pilot seeds (see SEEDS.md).

Symbols     p probability of dropping; H units in each of two hidden layers; 1000 MNIST-1D signals,
            minibatches of 100, SGD with momentum 0.9, cosine schedule to 0, 60 epochs, unless said.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reglab.chapters.dropout.exact import compare_averages
from reglab.data import SHARES, Splits, learned_shares, signals
from reglab.train import fleet, mlp

EPOCHS, N = 60, 1000
WIDTH = 100  # of the networks that are looked at closely
MEMBERS = 5  # networks trained on one data set, see `shared_signals`
KINDS = {"clean labels": 0.0, "40 % wrong labels": 0.4}
# the learning rate of the smallest validation error on pilot seeds, for each p of RATES
RATES = (0.0, 0.1, 0.2, 0.4)
LRS = {
    ("clean labels", 16): (0.2, 0.2, 0.1, 0.2),
    ("clean labels", 32): (0.2, 0.1, 0.2, 0.1),
    ("clean labels", 128): (0.2, 0.2, 0.2, 0.1),
    ("40 % wrong labels", 16): (0.1, 0.1, 0.1, 0.1),
    ("40 % wrong labels", 32): (0.03, 0.1, 0.2, 0.1),
    ("40 % wrong labels", 128): (0.1, 0.03, 0.1, 0.1),
}
WIDTHS = (16, 32, 128)
# the networks of width WIDTH that are looked at closely: name -> (p, lr)
ARMS = {
    "clean labels": {"no dropout": (0.0, 0.2), "dropout": (0.1, 0.2)},
    "40 % wrong labels": {"no dropout": (0.0, 0.1), "dropout": (0.2, 0.1)},
}


def shared_signals(seed: int, **settings) -> Splits:
    """Return `signals` that five successive seeds share, so that only the training differs."""
    return signals(seed - seed % MEMBERS, **settings)


def train_arms(
    arms: Mapping[str, tuple[float, float]] | Mapping[float, tuple[float, float]],
    seeds: Iterable[int],
    width: int | None = None,
    data: Callable[..., Splits] = signals,
    epochs: int | None = None,
    depth: int = 2,
    **settings: Any,
) -> xr.Dataset:
    """Train arms of (p, learning rate) and measure at the end; over (arm, seed), see `fleet`."""
    epochs = epochs or EPOCHS
    return fleet(
        mlp(width or WIDTH, depth=depth),
        data,
        arms={str(name): dict(dropout=p, lr=lr) for name, (p, lr) in arms.items()},
        seeds=seeds,
        schedule="cosine",
        epochs=epochs,
        report=[epochs],
        **{"lr": 0.1, "n_train": N} | settings,  # every arm has an lr of its own
    ).isel(epoch=-1, drop=True)


def error_over_width(
    seeds: Iterable[int], widths: Sequence[int] = WIDTHS, kinds: Sequence[str] = tuple(KINDS)
) -> xr.Dataset:
    """Train every width with every p of RATES; errors and losses over (labels, width, p, seed)."""
    by_kind: list[xr.Dataset] = []
    for kind in kinds:
        by_width: list[xr.Dataset] = []
        for width in widths:
            arms = {p: (p, lr) for p, lr in zip(RATES, LRS[kind, width], strict=True)}
            run = train_arms(arms, seeds, width, label_noise=KINDS[kind])
            by_width.append(run.rename(arm="p").assign_coords(p=list(RATES)))
        by_kind.append(xr.concat(by_width, xr.Variable("width", list(widths))))
    return xr.concat(by_kind, xr.Variable("labels", list(kinds)))


def train_fives(kind: str, seeds: Iterable[int]) -> xr.Dataset:
    """Train the ARMS of one kind of labels, five networks on each data set.

    Returns what `fleet` does at the end, with the outputs `test_output` and the networks `network`,
    over (arm, seed, member), where `seed` is that of the data set.
    Raises: ValueError unless the seeds come in fives that begin at a multiple of five.
    """
    seeds = list(seeds)
    starts = seeds[::MEMBERS]
    if seeds != [s + k for s in starts for k in range(MEMBERS)] or any(s % MEMBERS for s in starts):
        raise ValueError(f"seeds must come in fives from multiples of 5; got {seeds}")
    run = train_arms(
        ARMS[kind],
        seeds,
        data=shared_signals,
        label_noise=KINDS[kind],
        keep=["networks", "predictions"],
    )
    parted = {}  # the dimension "seed" in two: data set and member
    for name, values in run.transpose("arm", "seed", ...).data_vars.items():
        shape = (len(values), len(starts), MEMBERS, *values.shape[2:])
        dims = ("arm", "seed", "member", *values.dims[2:])
        parted[name] = (dims, values.values.reshape(shape))
    return xr.Dataset(parted, coords={"arm": run.arm.values, "seed": starts})


def learned_labels(arms: xr.Dataset, kind: str) -> xr.Dataset:
    """Return what the first network of each data set learned of its right and wrong labels.

    The three SHARES of `reglab.data.learned_shares`, in [0, 1], over (arm, seed).
    """
    first = arms.network.isel(member=0).transpose("arm", "seed")
    shares = np.array(
        [
            [learned_shares(network, int(seed), KINDS[kind]) for network, seed in pairs]
            for pairs in (zip(row, first.seed.values, strict=True) for row in first.values)
        ]
    )
    values = {name: (("arm", "seed"), shares[..., k]) for k, name in enumerate(SHARES)}
    return xr.Dataset(values, coords={"arm": first.arm.values, "seed": first.seed.values})


def compare_averages_of_networks(
    seeds: Iterable[int], hidden: Sequence[int] = (12, 6), p: float = 0.2, examples: int = 300
) -> xr.Dataset:
    """Train tiny networks with dropout, and compare weight scaling with averages over all masks.

    `hidden` has the width for one and for two hidden layers, 12 units in all. Returns what
    `exact.compare_averages` does on the first test examples, over (layers, seed).
    """
    seeds, rows = list(seeds), []
    for layers, width in enumerate(hidden, 1):
        runs = train_arms({p: (p, 0.1)}, seeds, width, depth=layers, keep="networks").isel(arm=0)
        for network, seed in zip(runs.network.values, seeds, strict=True):
            test = signals(seed).test
            rows.append(compare_averages(network, test.x[:examples], test.y[:examples], p))
    shape = (len(hidden), len(seeds))
    values = {n: (("layers", "seed"), np.reshape([r[n] for r in rows], shape)) for n in rows[0]}
    return xr.Dataset(values, coords={"layers": [1, 2], "seed": seeds})
