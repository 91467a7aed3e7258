"""Rescaling: sharpness changes a thousandfold, and the function does not change at all.

Source      Dinh, Pascanu, Bengio, Bengio (2017), "Sharp Minima Can Generalize For Deep Nets",
            ICML, definition 5 and theorem 4.
Symbols     relu(c z) = c relu(z) for c > 0: weights and bias into a layer of ReLU units times c,
            the weights out of it divided by c. e: the offset of SAM or ASAM.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
import xarray as xr
from torch import nn

from reglab.chapters.implicit_regularization.networks import sharpness
from reglab.core import check_positive
from reglab.data import Examples
from reglab.sharpness import asam_offsets, flat_loss, sam_offsets

FACTORS = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


def rescale(network: nn.Sequential, factor: float) -> nn.Sequential:
    """Return a copy with the first linear layer times `factor` and the next divided by it.

    Raises: ValueError unless factor > 0, or if what follows the first layer is not a ReLU.
    """
    check_positive("factor", factor)
    copy = deepcopy(network)
    first, between, second = list(copy)[:3]
    assert isinstance(first, nn.Linear) and isinstance(second, nn.Linear)
    if not isinstance(between, nn.ReLU):
        raise ValueError(f"rescaling needs a ReLU after the first layer; got {between!r}")
    with torch.no_grad():
        first.weight.mul_(factor)
        first.bias.mul_(factor)
        second.weight.div_(factor)
    return copy


def measure(
    network: nn.Sequential, data: Examples, factors: Sequence[float] = FACTORS, rho: float = 0.1
) -> xr.Dataset:
    """Measure the same function at other weights, over (factor,), in float64.

    Variables: sharpness, of the mean cross-entropy on these examples; outputs, the largest change
    of an output; sam and asam, how much the loss rises at their offsets, of radius rho (ASAM's
    with eta = 0).
    """
    network, x = deepcopy(network).double(), data.x.double()
    before, rows = network(x).detach(), []
    for factor in factors:
        scaled = rescale(network, factor)
        part = Examples(x, data.y)
        with torch.no_grad():
            change = float((scaled(x) - before).abs().max())
        rises = loss_rises(scaled, part, rho)
        rows.append({"sharpness": sharpness(scaled, part), "outputs": change} | rises)
    found = {name: ("factor", [row[name] for row in rows]) for name in rows[0]}
    return xr.Dataset(found, coords={"factor": list(factors)})


def loss_rises(network: nn.Module, data: Examples, rho: float) -> dict[str, float]:
    """Return L(w + e) - L(w) for the offsets of SAM and of ASAM with eta = 0."""
    loss, w = flat_loss(network, data.x, data.y)
    weights = {"w": w}
    gradients = {"w": torch.func.grad(loss)(w)}
    offsets = {
        "sam": sam_offsets(gradients, rho),
        "asam": asam_offsets(weights, gradients, rho, eta=0.0),
    }
    return {name: float(loss(w + e["w"]) - loss(w)) for name, e in offsets.items()}
