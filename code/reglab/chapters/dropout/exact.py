"""The exact part: dropout in linear regression, and the average over all sub-networks.

Source      Wager, Wang, Liang (2013), "Dropout Training as Adaptive Regularization", NeurIPS,
            section 2; Baldi, Sadowski (2013), "Understanding Dropout", NeurIPS, section 2, for the
            normalized geometric mean.
Departures  Losses are mean squared errors, without the 1/2 of the paper.
Symbols     n examples, I inputs, x (n, I), y (n,), w (I,); p probability of dropping; H hidden
            units, m one of their 2^H masks, with probability P(m); K classes, z logits.
"""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn

from reglab.core import stream
from reglab.dropout import enumerate_masks, mask_variance

# linear regression


def regression_data(n: int = 50, inputs: int = 6, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Draw inputs (n, I) of standard deviations 0.5 to 2, and noisy linear targets (n,)."""
    source = stream(seed, "regression")
    scales = torch.linspace(0.5, 2.0, inputs, dtype=torch.float64)
    x = scales * torch.randn(n, inputs, generator=source, dtype=torch.float64)
    w = torch.randn(inputs, generator=source, dtype=torch.float64)
    return x, x @ w + torch.randn(n, generator=source, dtype=torch.float64)


def loss_over_all_masks(x: Tensor, y: Tensor, w: Tensor, p: float) -> float:
    """Return the expected loss mean (y - w (m * x))^2 over all 2^I masks of each example."""
    masks, probabilities = enumerate_masks(x.shape[1], p)
    outputs = (x[:, None, :] * masks) @ w  # (n, 2^I)
    return float(((y[:, None] - outputs).square() @ probabilities).mean())


def loss_with_penalty(x: Tensor, y: Tensor, w: Tensor, p: float) -> float:
    """Return mean (y - w x)^2 + p / (1 - p) sum_i mean(x_i^2) w_i^2."""
    penalty = mask_variance(p) * (x.square().mean(0) * w.square()).sum()
    return float((y - x @ w).square().mean() + penalty)


def dropout_weights(x: Tensor, y: Tensor, p: float) -> Tensor:
    """Return the weights (I,) that minimize the expected loss with dropout: a weighted ridge."""
    gram = x.T @ x / len(x)
    return torch.linalg.solve(gram + mask_variance(p) * gram.diag().diag(), x.T @ y / len(x))


def ridge_weights(x: Tensor, y: Tensor, lam: float) -> Tensor:
    """Return the weights (I,) that minimize mean (y - w x)^2 + lam sum w^2."""
    identity = torch.eye(x.shape[1], dtype=x.dtype)
    return torch.linalg.solve(x.T @ x / len(x) + lam * identity, x.T @ y / len(x))


def change_of_predictions(x: Tensor, y: Tensor, factor: float = 100.0) -> dict[str, float]:
    """Return by how much predictions change, at most, if the first input is in another unit."""
    other = x.clone()
    other[:, 0] *= factor
    fits = {
        "dropout, p = 0.5": lambda x: dropout_weights(x, y, 0.5),
        "ridge, lam = 1": lambda x: ridge_weights(x, y, 1.0),
    }
    return {
        name: float((x @ weights(x) - other @ weights(other)).abs().max())
        for name, weights in fits.items()
    }


def weights_over_p(x: Tensor, y: Tensor, rates: Sequence[float]) -> xr.Dataset:
    """Return the weights with dropout over (p, input), and the loss on the data without masks."""
    weights = [dropout_weights(x, y, p) for p in rates]
    losses = [float((y - x @ w).square().mean()) for w in weights]
    inputs = np.arange(1, x.shape[1] + 1)
    values = {
        "weight": (("p", "input"), torch.stack(weights).numpy()),
        "size": ("input", x.square().mean(0).sqrt().numpy()),
        "loss": ("p", losses),
    }
    return xr.Dataset(values, coords={"p": list(rates), "input": inputs})


# sums over masks


def output_of_masks(p: float, units: int = 10) -> tuple[NDArray, NDArray]:
    """Return the outputs of a unit that sums `units` inputs of 1, and their probabilities.

    The output k / (1 - p) has the probability of k inputs that are not dropped, k = 0 ... units.
    """
    masks, probabilities = enumerate_masks(units, p)
    count = (masks > 0).sum(1) if p < 1 else torch.zeros(len(masks), dtype=torch.int64)
    law = torch.zeros(units + 1, dtype=torch.float64).index_add(0, count, probabilities)
    scale = 1 / (1 - p) if p < 1 else 0.0
    return np.arange(units + 1) * scale, law.numpy()


# the average over all sub-networks


def outputs_of_masks(network: nn.Sequential, x: Tensor, masks: Tensor) -> Tensor:
    """Return logits (K, N, M) of a network under M masks.

    Args:
        network: linear layers and ReLUs, as `mlp` builds them; its own dropout is left out.
        x: (N, I); masks: (M, H), of all H hidden units.
    """
    parts = iter(masks.T.contiguous().split(_hidden_widths(network)))
    h = x.T[:, :, None]  # units come first: a softmax over the first dimension is fastest
    for layer in network:
        if isinstance(layer, nn.Linear):
            sums = torch.addmm(layer.bias[:, None], layer.weight, h.flatten(1))
            h = sums.unflatten(1, h.shape[1:])
        elif isinstance(layer, nn.ReLU):
            h = layer(h) * next(parts)[:, None, :]  # (width, N, M)
    return h


def _hidden_widths(network: nn.Sequential) -> list[int]:
    return [layer.out_features for layer in network if isinstance(layer, nn.Linear)][:-1]


@torch.no_grad()
def average_predictions(network: nn.Sequential, x: Tensor, p: float) -> dict[str, Tensor]:
    """Return class probabilities (N, K) by weight scaling and by two averages over all masks.

    `scaling` is the single pass without masks, `geometric` the normalized geometric mean of the
    2^H sub-networks, `arithmetic` the mean of their probabilities; each mask counts by P(m).
    """
    network, x = deepcopy(network).double().eval(), x.double()
    masks, probabilities = enumerate_masks(sum(_hidden_widths(network)), p)
    logits, means = [], []
    for few in x.split(8):  # what is held for all masks at once should fit a processor's cache
        z = outputs_of_masks(network, few, masks)
        logits.append((z @ probabilities).T)
        means.append((z.softmax(0) @ probabilities).T)
    return {
        "scaling": network(x).softmax(-1),
        # The geometric mean of softmaxes, normalized, is the softmax of the mean logits.
        "geometric": torch.cat(logits).softmax(-1),
        "arithmetic": torch.cat(means),
    }


def compare_averages(network: nn.Sequential, x: Tensor, y: Tensor, p: float) -> dict[str, float]:
    """Compare weight scaling with the two averages over all sub-networks, for N examples.

    Returns: `geometric_gap`, the largest difference of a class probability from that of scaling;
        `arithmetic_gap`, the mean over examples of the largest; `nll_scaling` and the like, the
        negative log likelihood in nats; `error_scaling` and the like; `differ`, the share of
        examples in which scaling and the arithmetic mean predict different classes.
    """
    averages = average_predictions(network, x, p)
    scaling, geometric, arithmetic = averages.values()
    found = {
        "geometric_gap": (scaling - geometric).abs().max(),
        "arithmetic_gap": (scaling - arithmetic).abs().amax(-1).mean(),
        "differ": (scaling.argmax(-1) != arithmetic.argmax(-1)).double().mean(),
    }
    for name, average in averages.items():
        found[f"nll_{name}"] = -average[torch.arange(len(y)), y].log().mean()
        found[f"error_{name}"] = (average.argmax(-1) != y).double().mean()
    return {name: float(value) for name, value in found.items()}
