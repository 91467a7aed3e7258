"""Networks: one training recipe, a grid to choose from, and the arms that are claimed.

Seeds, pilots and what fresh seeds took back: SEEDS.md.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import xarray as xr
from torch import nn

from reglab.data import SHARES, Splits, learned_shares, signals
from reglab.penalties import weights_of
from reglab.train import fleet, mlp

WIDTH, EPOCHS, N, BATCH = 50, 60, 1000, 100
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
    epochs: int | None = None,
) -> xr.Dataset:
    """Train the chapter's networks: cosine schedule, EPOCHS, minibatches of 100; see `fleet`.

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
        epochs=epochs or EPOCHS,
        report=report,
        keep=keep,
        arms=arms,
    )


def grids(seeds: Iterable[int], sgd_seeds: Iterable[int] | None = None) -> dict[str, xr.Dataset]:
    """Train every optimizer with all its LRS and all LAMS, on 40 % wrong labels, by NAMES.

    `sgd_seeds` are those of SGD, where it has fewer.
    """
    both = list(seeds)
    own = {"sgd": both if sgd_seeds is None else list(sgd_seeds)}
    return {
        name: trained(optimizer, own.get(optimizer, both), list(LRS[optimizer]), list(LAMS))
        for optimizer, name in NAMES.items()
    }


def both_adams(grids: dict[str, xr.Dataset]) -> xr.Dataset:
    """Return the grids of Adam + L2 and AdamW as one, along "optimizer"."""
    names = [NAMES["adam"], NAMES["adamw"]]
    both = [grids[name].drop_attrs() for name in names]
    return xr.concat(both, xr.Variable("optimizer", names))


def gradient_sizes(seeds: Iterable[int], label_noise: float = 0.4) -> np.ndarray:
    """Return the size of each weight's gradient after training without decay, (seed, weight).

    The size is the root mean square over the minibatches of an epoch, which is what Adam divides
    by. The network is that of "no decay" in NOISY; biases do not count.
    """
    seeds, (optimizer, lr, lam) = list(seeds), NOISY["no decay"]
    found = trained(optimizer, seeds, lr, lam, label_noise, [EPOCHS], keep=["networks"])
    rows = zip(found.network.values.ravel(), seeds, strict=True)
    return np.stack([_sizes(network, signals(s, label_noise=label_noise)) for network, s in rows])


def _sizes(network: nn.Module, splits: Splits) -> np.ndarray:
    weights = [w for _, w in weights_of(network)]
    batches = list(zip(splits.train.x.split(BATCH), splits.train.y.split(BATCH), strict=True))
    squares = [torch.zeros_like(w) for w in weights]
    for x, y in batches:
        loss = nn.functional.cross_entropy(network(x.to(weights[0])), y.to(weights[0].device))
        for total, gradient in zip(squares, torch.autograd.grad(loss, weights), strict=True):
            total += gradient.square() / len(batches)
    return torch.cat([total.sqrt().flatten() for total in squares]).cpu().numpy()


def shares_by_size(found: np.ndarray, sizes: Sequence[float]) -> xr.DataArray:
    """Return which share of `found` is nearest, in the logarithm, to each of `sizes` (size).

    `sizes` rise; what is smaller or larger than all of them counts with the first or the last.
    """
    log = np.log10(np.asarray(sizes, dtype=float))
    ends = np.concatenate([[-np.inf], (log[1:] + log[:-1]) / 2, [np.inf]])
    with np.errstate(divide="ignore"):  # a unit that never fires has gradients of 0
        counts, _ = np.histogram(np.log10(found), ends)
    return xr.DataArray(counts / found.size, coords={"size": list(sizes)}, dims="size")


def arms(
    settings: dict[str, tuple[str, float, float]], seeds: Iterable[int], label_noise: float
) -> xr.Dataset:
    """Train each named (optimizer, lr, lam) on the same seeds; dims (arm, seed, epoch).

    `length`, over (arm, seed), is the root of the sum of squares of all weights at the end. Of
    labels that are partly wrong, each network has also learned SHARES, in [0, 1] and over
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
    lengths = np.vectorize(weight_length, otypes=[float])(found.network.values)
    return found.assign(length=(("arm", "seed"), lengths)).drop_vars("network").drop_attrs()


def weight_length(network: nn.Module) -> float:
    """Return the Euclidean length of all weights of a network; biases do not count."""
    return sum(w.detach().square().sum().item() for _, w in weights_of(network)) ** 0.5


def best_settings(grid: xr.Dataset) -> xr.DataArray:
    """Return, for each lr of a grid, the lam of the least mean validation error at the end."""
    return grid.val_error.isel(epoch=-1).mean("seed").idxmin("weight_decay")


def heat(grid: xr.Dataset) -> np.ndarray:
    """Return the mean final validation error in percent, (lr, weight_decay)."""
    mean = grid.val_error.isel(epoch=-1).mean("seed")
    return 100 * mean.transpose("lr", "weight_decay").values
