"""What is measured on a network: variance shift, recalibration, gradients by depth, its landscape.

Symbols     g_l the gradient of the loss with respect to the weight of linear layer l, L of them.
Source      Li et al. (2019), CVPR, section 3; Yang et al. (2019), ICLR; Santurkar et al. (2018),
            NeurIPS, figure 4.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from reglab.chapters.normalization.networks import network
from reglab.core.randomness import KeyedRandomness
from reglab.data import signals
from reglab.normalization import recalibrate


@torch.no_grad()
def variance_ratios(model: nn.Sequential, x: Tensor) -> list[float]:
    """Return, for each batch norm, the variance of its input in evaluation / its running variance.

    Mean over units. 1 means that evaluation meets what training has prepared for.
    """
    model, ratios = deepcopy(model).eval(), []
    for layer in model:
        if isinstance(layer, nn.BatchNorm1d):
            assert layer.running_var is not None, "the layer tracks its statistics"
            ratios.append((x.var(0) / layer.running_var).mean().item())
        x = layer(x)
    return ratios


@torch.no_grad()
def error_before_and_after(model: nn.Module, seed: int, batch: int = 100) -> tuple[float, float]:
    """Return the test error as trained, and after `recalibrate` on the training signals."""
    data = signals(seed)
    again = recalibrate(deepcopy(model), data.train.x.split(batch))
    answers = [m.eval()(data.test.x).argmax(1) for m in (model, again)]
    before, after = ((a != data.test.y).double().mean().item() for a in answers)
    return before, after


def recalibrated(networks: xr.DataArray) -> xr.Dataset:
    """Return test errors `before` and `after` recalibration, and `ratio` of variances by layer.

    Args: networks: one for each seed, dims (..., seed).
    """
    stacked = networks.stack(network=networks.dims)
    runs = list(zip(stacked.values, (int(s) for s in stacked.seed.values), strict=True))
    pairs = np.array([error_before_and_after(m, s) for m, s in runs])
    ratios = [variance_ratios(m, signals(s).train.x) for m, s in runs]
    made = xr.Dataset(
        {
            "before": ("network", pairs[:, 0]),
            "after": ("network", pairs[:, 1]),
            "ratio": (("network", "layer"), np.array(ratios)),
        },
        {"network": stacked.network, "layer": 1 + np.arange(len(ratios[0]))},
    )
    return made.unstack("network")


def gradient_norms(model: nn.Module, seed: int, batch: int = 100) -> np.ndarray:
    """Return the length of the gradient of each linear layer's weight, on one training batch."""
    train = signals(seed).train
    loss = cross_entropy(model.train()(train.x[:batch]), train.y[:batch])
    weights = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
    return np.array([g.norm().item() for g in torch.autograd.grad(loss, weights)])


def at_start(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Return a network as it is before training, its weights keyed to the seed."""
    with KeyedRandomness(seed, "init"):
        return make()


def growth_by_depth(
    norms: Sequence[str], depths: Sequence[int], seeds: Iterable[int]
) -> xr.DataArray:
    """Return by which factor gradients grow from one layer to the one before it, at the start.

    (|g_2| / |g_L|)^(1 / (L - 2)) over hidden layers; dims (norm, depth, seed). 1 is neither growth
    nor decay.
    """
    seeds = list(seeds)

    def factor(norm: str, depth: int, seed: int) -> float:
        model = at_start(lambda: network(norm, depth), seed)
        lengths = gradient_norms(model, seed)[1:depth]
        return (lengths[0] / lengths[-1]) ** (1 / (depth - 2))

    values = [[[factor(n, d, s) for s in seeds] for d in depths] for n in norms]
    return xr.DataArray(values, {"norm": list(norms), "depth": list(depths), "seed": seeds})


def lengths_by_layer(norms: Sequence[str], depth: int, seed: int) -> dict[str, np.ndarray]:
    """Return the gradient's length in each hidden layer but the first, in units of the last's."""
    found = {}
    for norm in norms:
        model = at_start(lambda norm=norm: network(norm, depth), seed)
        lengths = gradient_norms(model, seed)[1:depth]
        found[norm] = lengths / lengths[-1]
    return found


def losses_along_gradient(model: nn.Module, x: Tensor, y: Tensor, rates: Sequence[float]) -> list:
    """Return the training-mode loss at w - rate g for each rate, g the gradient at w."""
    model = deepcopy(model).train()
    weights = list(model.parameters())
    start = [w.detach().clone() for w in weights]
    grads = torch.autograd.grad(cross_entropy(model(x), y), weights)
    losses = []
    with torch.no_grad():
        for rate in rates:
            for w, w0, g in zip(weights, start, grads, strict=True):
                w.copy_(w0 - rate * g)
            losses.append(cross_entropy(model(x), y).item())
    return losses


def landscape(networks: xr.DataArray, rates: Sequence[float]) -> xr.DataArray:
    """Return `losses_along_gradient` on all training signals; dims (norm, seed, rate).

    Args: networks: dims (norm, seed).
    """
    parts = [signals(int(seed)).train for seed in networks.seed.values]
    values = [
        [losses_along_gradient(m, d.x, d.y, rates) for m, d in zip(row.values, parts, strict=True)]
        for row in networks.transpose("norm", "seed")
    ]
    coords = {"norm": networks.norm.values, "seed": networks.seed.values, "rate": list(rates)}
    return xr.DataArray(values, coords, ("norm", "seed", "rate"))
