"""Networks: what is trained, with the learning rates chosen on pilot seeds (see SEEDS.md).

Symbols     p probability of dropping; H units in each of two hidden layers; 1000 MNIST-1D signals,
            minibatches of 100, SGD with momentum 0.9, cosine schedule to 0, 60 epochs, unless said.
"""

from collections.abc import Iterable, Sequence

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


def train_networks(
    width: int, p: float, lr: float, seeds: Iterable[int], data=signals, epochs=None, **settings
) -> xr.Dataset:
    """Train the chapter's networks with dropout p, and measure at the end; see `fleet`."""
    epochs = epochs or EPOCHS
    settings = dict(n_train=N, report=[epochs]) | settings
    return fleet(
        mlp(width, dropout=p),
        data,
        seeds=seeds,
        lr=lr,
        schedule="cosine",
        epochs=epochs,
        **settings,
    )


def error_over_width(
    seeds: Iterable[int], widths: Sequence[int] = WIDTHS, kinds: Iterable[str] = KINDS
) -> xr.Dataset:
    """Train every width with every p of RATES; final errors and losses (labels, width, p, seed)."""
    seeds, kinds = list(seeds), list(kinds)
    table = []
    for kind in kinds:
        for width in widths:
            for p, lr in zip(RATES, LRS[kind, width], strict=True):
                run = train_networks(width, p, lr, seeds, label_noise=KINDS[kind])
                table.append(run.drop_attrs().isel(epoch=-1, drop=True))
    shape = {"labels": kinds, "width": list(widths), "p": list(RATES)}
    stacked = xr.concat(table, "one")
    coords = xr.Coordinates(shape)
    return xr.Dataset(
        {
            name: ((*shape, "seed"), stacked[name].values.reshape(*map(len, coords.values()), -1))
            for name in ("train_error", "val_error", "test_error", "test_loss")
        },
        coords={**shape, "seed": seeds},
    )


def train_arms(kind: str, seeds: Iterable[int]) -> xr.Dataset:
    """Train the ARMS of one kind of labels, five networks on each data set.

    Returns what `fleet` does at the end, with the outputs `test_output` and the networks `network`,
    over (arm, seed, member), where `seed` is that of the data set.
    Raises: ValueError unless the seeds come in fives that begin at a multiple of five.
    """
    seeds = list(seeds)
    starts = seeds[::MEMBERS]
    if seeds != [s + k for s in starts for k in range(MEMBERS)] or any(s % MEMBERS for s in starts):
        raise ValueError(f"seeds must come in fives from multiples of 5; got {seeds}")
    keep = ["networks", "predictions"]
    runs = []
    for p, lr in ARMS[kind].values():
        run = train_networks(
            WIDTH, p, lr, seeds, shared_signals, label_noise=KINDS[kind], keep=keep
        )
        runs.append(_by_data_set(run.drop_attrs().isel(epoch=-1, drop=True), starts))
    return xr.concat(runs, xr.Variable("arm", list(ARMS[kind])))


def _by_data_set(run: xr.Dataset, starts: Sequence[int]) -> xr.Dataset:
    """Part the dimension "seed" in (data set, member)."""
    parted = {}
    for name, values in run.transpose("seed", ...).data_vars.items():
        shape = (len(starts), MEMBERS, *values.shape[1:])
        parted[name] = (("seed", "member", *values.dims[1:]), values.values.reshape(shape))
    return xr.Dataset(parted, coords={"seed": list(starts)})


def train_pair(
    seeds: Iterable[int], p: float, lrs: tuple[float, float], width: int | None = None, **settings
) -> xr.Dataset:
    """Train without and with dropout, at a learning rate each; final values over (arm, seed)."""
    seeds, arms = list(seeds), {"no dropout": (0.0, lrs[0]), "dropout": (p, lrs[1])}
    runs = [
        train_networks(width or WIDTH, rate, lr, seeds, **settings)
        .drop_attrs()
        .isel(epoch=-1, drop=True)
        for rate, lr in arms.values()
    ]
    return xr.concat(runs, xr.Variable("arm", list(arms)))


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
        runs = fleet(
            mlp(width, depth=layers, dropout=p),
            signals,
            n_train=N,
            seeds=seeds,
            lr=0.1,
            schedule="cosine",
            epochs=EPOCHS,
            report=[EPOCHS],
            keep="networks",
        )
        for network, seed in zip(runs.network.values, seeds, strict=True):
            test = signals(seed).test
            rows.append(compare_averages(network, test.x[:examples], test.y[:examples], p))
    shape = (len(hidden), len(seeds))
    values = {n: (("layers", "seed"), np.reshape([r[n] for r in rows], shape)) for n in rows[0]}
    return xr.Dataset(values, coords={"layers": [1, 2], "seed": seeds})
