"""Networks: zeros with L1 in the loss and by proximal steps, single weights and units, their use.

Source      Wen et al. (2016), "Learning Structured Sparsity in Deep Neural Networks", NeurIPS;
            Scardapane et al. (2017), "Group Sparse Regularization for Deep Neural Networks",
            Neurocomputing 241, for groups of all that a unit receives.
Three techniques of training act on the weights of all layers but the last; see
`reglab.train.techniques`. A proximal step follows each of the optimizer's steps, as long as those
of SGD with momentum add up to: lr / (1 - momentum).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import check_choice
from reglab.data import Splits, signals
from reglab.penalties import group_soft_threshold, l1, soft_threshold, weights_of
from reglab.sharing import remove_dead_units
from reglab.train import MLP, Modules, fleet, mlp, modules

WIDTH, N_TRAIN, BATCH, MOMENTUM = 64, 1000, 100, 0.9


def hidden(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All weights but those of the last layer."""
    return dict(list(weights.items())[:-1])


@dataclass(frozen=True)
class L1InTheLoss:
    """Technique: adds lam sum |w| over the hidden weights to the loss."""

    lam: float

    def penalty(self, weights: Mapping[str, Tensor]) -> Tensor:
        """The penalty, a scalar."""
        return l1(list(hidden(weights).values()), self.lam)


@dataclass(frozen=True)
class L1ByProx:
    """Technique: each step ends with the soft threshold of the hidden weights."""

    lam: float

    def after_step(self, weights: Mapping[str, Tensor], lr: Tensor) -> dict[str, Tensor]:
        """The hidden weights after it."""
        threshold = lr / (1 - MOMENTUM) * self.lam
        return {name: soft_threshold(w, threshold) for name, w in hidden(weights).items()}


@dataclass(frozen=True)
class UnitsByProx:
    """Technique: each step ends with the soft threshold of what each hidden unit receives.

    The group lasso counts the root of a group's size; then lam compares with that of L1.
    """

    lam: float

    def after_step(self, weights: Mapping[str, Tensor], lr: Tensor) -> dict[str, Tensor]:
        """The hidden weights after it."""
        threshold = lr / (1 - MOMENTUM) * self.lam
        return {
            name: group_soft_threshold(w, threshold * math.sqrt(w.shape[1]))
            for name, w in hidden(weights).items()
        }


WAYS = {
    "none": lambda lam: [],
    "l1 in the loss": lambda lam: [L1InTheLoss(lam)],
    "l1 by prox": lambda lam: [L1ByProx(lam)],
    "units by prox": lambda lam: [UnitsByProx(lam)],
}


def sparse_networks(
    seeds: Sequence[int], way: str, lam: float, lr: float, epochs: int = 60
) -> xr.Dataset:
    """Train a network with two hidden layers for each seed, its hidden weights penalized.

    SGD with momentum 0.9, the learning rate falling linearly to 0. Returns over (seed):
        val_error, test_error: shares of wrong answers;
        zeros, tiny: shares of hidden weights that are exactly 0, or below 1e-3 in size;
        units: hidden units, of 128, that still receive and send something;
        dense, removed, nonzero: multiply-adds of one example; see `count_weights`;
        first (+ unit, input): the weights into the first layer.
    """
    check_choice("way", way, WAYS)
    runs = _train(mlp(WIDTH), signals, seeds, WAYS[way](lam), lr=lr, epochs=epochs)
    return _measure(runs)


def train_in_pairs(
    seeds: Sequence[int], lam: float, lr: float, epochs: int = 60
) -> tuple[xr.Dataset, xr.Dataset]:
    """Train two networks for each seed by L1 by prox: only the order of minibatches differs.

    Both have the start and the signals of the seed; the order of the second is that of seed + 1.
    Returns the measures of the first networks, as `sparse_networks` does, and over (seed):
        again: of the hidden weights left in the first network, the share left in the second too;
        chance: that share if the second network had as many weights in each layer, anywhere.
    """
    first = {seed + i: seed for seed in seeds for i in (0, 1)}  # network -> its start and signals
    start = modules(lambda seed: mlp(WIDTH).build(40, 10, first[seed]))

    def data(seed: int, n_train: int) -> Splits:
        return signals(first[seed], n_train=n_train)

    runs = _train(start, data, list(first), WAYS["l1 by prox"](lam), lr=lr, epochs=epochs)
    ones, others = runs.isel(seed=slice(0, None, 2)), runs.isel(seed=slice(1, None, 2))
    shares = [compare_masks(*pair)
              for pair in zip(ones.network.values, others.network.values, strict=True)]  # fmt: skip
    return _measure(ones), xr.Dataset(_over_seeds(shares), coords={"seed": list(seeds)})


def penalty_path(seed: int, lams: Sequence[float], lr: float, epochs: int = 60) -> xr.Dataset:
    """Train one network for each lam, L1 by prox on all its weights, the last layer's too.

    Returns the measures of `sparse_networks` over (lam).
    """
    runs = _train(mlp(WIDTH), signals, [seed], [], lr=lr, epochs=epochs, l1=list(lams))
    return _measure(runs.isel(seed=0, drop=True).rename(l1="seed")).rename(seed="lam")


def _train(
    model: MLP | Modules, data: Callable[..., Splits], seeds: Sequence[int],
    techniques: Sequence[Any], *, lr: float, epochs: int, **settings: Any,
) -> xr.Dataset:  # fmt: skip
    return fleet(
        model, data, n_train=N_TRAIN, seeds=seeds, lr=lr, momentum=MOMENTUM, batch=BATCH,
        schedule="linear", epochs=epochs, report=[epochs], techniques=techniques,
        keep="networks", **settings,
    )  # fmt: skip


def _measure(runs: xr.Dataset) -> xr.Dataset:
    """Errors at the end, and what `count_weights` counts, over (seed)."""
    counts = [count_weights(network) for network in runs.network.values]
    found = _over_seeds(counts)
    first = [network[0].weight.detach().numpy() for network in runs.network.values]
    found["first"] = xr.DataArray(np.array(first), dims=("seed", "unit", "input"))
    errors = runs[["val_error", "test_error"]].isel(epoch=-1, drop=True).drop_attrs()
    return errors.assign(found)


def _over_seeds(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return what is measured of each network as variables over (seed)."""
    return {name: ("seed", np.array([row[name] for row in rows])) for name in rows[0]}


def _weights(network: nn.Sequential) -> list[Tensor]:
    return [weight for _name, weight in weights_of(network)]


@torch.no_grad()
def count_weights(network: nn.Sequential) -> dict[str, float]:
    """Return the shares of zeros and tiny hidden weights, units in use, and multiply-adds.

    Multiply-adds are those of all three layers for one example: `dense` as the network is, zeros
    included; `removed` after `remove_dead_units`; `nonzero` if only weights that are not 0 cost.
    """
    first, second, last = _weights(network)
    flat = torch.cat([first.flatten(), second.flatten()])
    # A unit counts if its row (what it receives) and its column (what it sends) are not all 0.
    in_use = [(below != 0).any(1) & (above != 0).any(0)
              for below, above in ((first, second), (second, last))]  # fmt: skip
    return {
        "zeros": (flat == 0).double().mean().item(),
        "tiny": (flat.abs() < 1e-3).double().mean().item(),
        "units": int(sum(one.sum() for one in in_use)),
        "dense": count_multiply_adds(network),
        "removed": count_multiply_adds(remove_dead_units(network)),
        "nonzero": int(sum((layer != 0).sum() for layer in (first, second, last))),
    }


def count_multiply_adds(network: nn.Sequential) -> int:
    """Return sum O I over the linear layers: what a dense product takes for one example."""
    return sum(weight.numel() for weight in _weights(network))


def compare_masks(one: nn.Sequential, other: nn.Sequential) -> dict[str, float]:
    """Return `again` and `chance` of `train_in_pairs` for two networks."""
    masks = [[w != 0 for w in _weights(network)[:-1]] for network in (one, other)]
    left = sum(int(a.sum()) for a in masks[0])
    both = sum(int((a & b).sum()) for a, b in zip(*masks, strict=True))
    # In each layer, a share b.mean() of any places is left in the other network.
    chance = sum(a.sum().item() * b.double().mean().item() for a, b in zip(*masks, strict=True))
    return {"again": both / left, "chance": chance / left}
