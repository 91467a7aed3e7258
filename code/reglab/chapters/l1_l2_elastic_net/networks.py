"""Networks: zeros with L1 in the loss and by proximal steps, single weights and units.

Source      Wen et al. (2016), "Learning Structured Sparsity in Deep Neural Networks", NeurIPS;
            Scardapane et al. (2017), "Group Sparse Regularization for Deep Neural Networks",
            Neurocomputing 241, for groups of all that a unit receives.
Three techniques of training act on the weights of all layers but the last; see
`reglab.train.techniques`. A proximal step follows each of the optimizer's steps, as long as those
of SGD with momentum add up to: lr / (1 - momentum).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import check_choice
from reglab.data import signals
from reglab.penalties import group_soft_threshold, l1, soft_threshold
from reglab.train import fleet, mlp

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
        used (+ unit, input): which weights into the first layer are not 0.
    """
    check_choice("way", way, WAYS)
    runs = fleet(
        mlp(WIDTH), signals, n_train=N_TRAIN, seeds=seeds, lr=lr, momentum=MOMENTUM, batch=BATCH,
        schedule="linear", epochs=epochs, report=[epochs], techniques=WAYS[way](lam),
        keep="networks",
    )  # fmt: skip
    counts = [count_weights(network) for network in runs.network.values]
    found = {name: ("seed", np.array([one[name] for one in counts])) for name in counts[0]}
    first = [network[0].weight.detach().numpy() != 0 for network in runs.network.values]
    found["used"] = (("seed", "unit", "input"), np.array(first))
    errors = runs[["val_error", "test_error"]].isel(epoch=-1, drop=True).drop_attrs()
    return errors.assign(found)


@torch.no_grad()
def count_weights(network: nn.Sequential) -> dict[str, float]:
    """Return the shares of zeros and tiny weights, and the units in use, of one network."""
    first, second, last = (layer.weight for layer in network if isinstance(layer, nn.Linear))
    flat = torch.cat([first.flatten(), second.flatten()])
    # A unit counts if its row (what it receives) and its column (what it sends) are not all 0.
    in_use = [(below != 0).any(1) & (above != 0).any(0)
              for below, above in ((first, second), (second, last))]  # fmt: skip
    return {
        "zeros": (flat == 0).double().mean().item(),
        "tiny": (flat.abs() < 1e-3).double().mean().item(),
        "units": int(sum(one.sum() for one in in_use)),
    }
