"""Networks: one training recipe, a grid to choose from, and the arms that are claimed.

Pilot       Seeds 0 ... 4, 1000 MNIST-1D signals, clean or with 40 % wrong labels; validation error
            over learning rates 0.001 ... 0.1 and lam 0, 0.0001 ... 3 (SGD: 0.03 ... 0.2). Every
            arm below is the best of its kind there, the ones without decay too, each at its own
            learning rate. (Without decay, wrong labels: 58.2 to 59.2 % at all rates from 0.003 to
            0.02; taken is 0.003, which had the least test error, 57.2, so that the comparison
            favors the baseline.) The thresholds of the claims were set on these seeds as well.
Fresh       Seeds 1400 to 1409, then 1420 to 1429, with the claims fixed before the second. "Clean
            labels: decay saves more than 2" was weakened to "saves some" between them. What sparing
            the biases saves was undecided on both (0.9, -1.0 to 2.8): the chapter shows it, and
            claims nothing. "Adam + L2 and AdamW differ by less than 4", fixed on the pilot, held on
            both; "by less than 2", tried between them, did not (0.2, -1.7 to 2.1). What is learned
            of wrong and of right labels was asked last: -21 and 1 points on the pilot, claimed as
            less than -15 and within 5, and only then looked at on 1420 to 1429.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from reglab.data import SHARES, learned_shares, signals
from reglab.train import fleet, mlp

WIDTH, EPOCHS, N = 50, 60, 1000
REPORT = (2, 5, 10, 15, 20, 30, 40, 50, 60)
LAMS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
LRS = {"sgd": (0.03, 0.1, 0.2), "adam": (0.003, 0.01, 0.03), "adamw": (0.003, 0.01, 0.03)}
NAMES = {"sgd": "SGD, momentum 0.9", "adam": "Adam + L2", "adamw": "AdamW"}

# (optimizer, lr, lam) by name, for 40 % wrong labels and for clean ones
NOISY = {
    "no decay": ("adamw", 0.003, 0.0),
    "no decay, stopped": ("adamw", 0.01, 0.0),
    "AdamW": ("adamw", 0.03, 1.0),
    "Adam + L2": ("adam", 0.03, 0.01),
}
CLEAN = {"no decay": ("adamw", 0.03, 0.0), "AdamW": ("adamw", 0.05, 0.3)}


def trained(
    optimizer: str,
    seeds: Iterable[int],
    lr: float | Sequence[float],
    lam: float | Sequence[float],
    label_noise: float = 0.4,
    report: Sequence[int] = REPORT,
    l2: float = 0.0,
    keep: Sequence[str] = (),
    arms: dict[str, dict] | None = None,
) -> xr.Dataset:
    """Train the chapter's networks: cosine schedule, 60 epochs, minibatches of 100; see `fleet`.

    `lam` is torch's weight_decay, on every parameter; `l2` a penalty on weights only. `arms` may
    set the optimizer, lr and weight_decay of each arm instead.
    """
    return fleet(
        mlp(WIDTH),
        signals,
        n_train=N,
        label_noise=label_noise,
        seeds=seeds,
        optimizer=optimizer,
        lr=lr,
        weight_decay=lam,
        l2=l2,
        schedule="cosine",
        epochs=EPOCHS,
        report=report,
        keep=keep,
        arms=arms,
    )


def grids(seeds: Iterable[int]) -> dict[str, xr.Dataset]:
    """Train every optimizer with all its LRS and all LAMS, on 40 % wrong labels, by NAMES."""
    seeds = list(seeds)
    return {
        name: trained(optimizer, seeds, list(LRS[optimizer]), list(LAMS))
        for optimizer, name in NAMES.items()
    }


def both_adams(grids: dict[str, xr.Dataset]) -> xr.Dataset:
    """Return the grids of Adam + L2 and AdamW as one, mean over seeds, along "optimizer"."""
    names = [NAMES["adam"], NAMES["adamw"]]
    means = [grids[name].drop_attrs().mean("seed") for name in names]
    return xr.concat(means, xr.Variable("optimizer", names))


def arms(
    settings: dict[str, tuple[str, float, float]], seeds: Iterable[int], label_noise: float
) -> xr.Dataset:
    """Train each named (optimizer, lr, lam) on the same seeds; dims (arm, seed, epoch).

    Of labels that are partly wrong, each network has also learned SHARES, in [0, 1] and over
    (arm, seed), as in `reglab.data.learned_shares`.
    """
    seeds = list(seeds)
    names = ("optimizer", "lr", "weight_decay")
    arms = {arm: dict(zip(names, values, strict=True)) for arm, values in settings.items()}
    found = trained("adamw", seeds, 0.1, 0.0, label_noise, keep=["networks"], arms=arms)
    if label_noise:
        shares = [
            [
                learned_shares(network, seed, label_noise)
                for network, seed in zip(row, seeds, strict=True)
            ]
            for row in found.network.values
        ]
        parts = zip(SHARES, np.moveaxis(np.array(shares), 2, 0), strict=True)
        found = found.assign({name: (("arm", "seed"), values) for name, values in parts})
    return found.drop_vars("network").drop_attrs()


def best_settings(grid: xr.Dataset) -> xr.DataArray:
    """Return, for each lr of a grid, the lam of the least mean validation error at the end."""
    return grid.val_error.isel(epoch=-1).mean("seed").idxmin("weight_decay")


def heat(grid: xr.Dataset) -> np.ndarray:
    """Return the mean final validation error in percent, (lr, weight_decay)."""
    mean = grid.val_error.isel(epoch=-1).mean("seed")
    return 100 * mean.transpose("lr", "weight_decay").values
