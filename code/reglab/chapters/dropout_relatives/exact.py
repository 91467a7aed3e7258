"""What can be said exactly: masks, the noise of shared decisions, mean weights, lost memories.

Symbols     p probability of dropping, b length of a block, rho correlation of neighbors, T steps.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from torch import Tensor

from reglab.core import stream
from reglab.dropout import (
    block_mask,
    depth_mask,
    drop_mask,
    drop_types,
    dropped_share,
    enumerate_masks,
    type_mask,
)

EXAMPLES, CHANNELS, PLACES, WORDS = 4, 4, 16, 5
VARIANTS = (
    "dropout: numbers",
    "DropBlock: runs of 4",
    "spatial or tied: channels",
    "embedding: words",
    "depth: examples",
    "depth: minibatch",
)


def _mask(variant: str, p: float, seed: int) -> Tensor:
    """Draw one mask (EXAMPLES, CHANNELS, PLACES) with the library's own samplers."""
    like = torch.zeros(EXAMPLES, CHANNELS, PLACES)
    generator = stream(seed, "mask")
    if variant == VARIANTS[0]:
        return drop_mask(like, p, generator)
    if variant == VARIANTS[1]:
        return (~block_mask(like, p, (4,), generator)).float()
    if variant == VARIANTS[2]:
        return drop_mask(like[:, :, :1], p, generator).expand_as(like)
    if variant == VARIANTS[3]:
        ids = torch.randint(WORDS, (EXAMPLES, PLACES), generator=stream(0, "words"))
        words = type_mask(torch.zeros(WORDS, CHANNELS), p, generator)
        return drop_types(torch.ones(EXAMPLES, PLACES, CHANNELS), ids, words).mT
    per = "example" if variant == VARIANTS[4] else "batch"
    return depth_mask(like, p, per, generator).expand_as(like)


def pictures(ps: Sequence[float], seed: int = 3) -> NDArray:
    """Return what is left (1) and dropped (0): (variants, ps, examples * channels, places).

    A variant starts from the same random numbers at every p, so what is dropped at a small p is
    dropped at a larger one too.
    """
    masks = [[(_mask(variant, p, seed) > 0).flatten(0, 1) for p in ps] for variant in VARIANTS]
    return np.array([[np.asarray(mask, dtype=float) for mask in row] for row in masks])


def dropped_by_example(pictures: NDArray) -> NDArray:
    """Return the share of each example's numbers that is dropped: (variants, ps, examples)."""
    left = pictures.reshape(*pictures.shape[:2], EXAMPLES, CHANNELS * PLACES)
    return 1 - left.mean(-1)


# the noise of shared decisions


def shared_noise(contributions: ArrayLike, groups: ArrayLike, p: float) -> float:
    """Return the variance of sum_i m_i c_i where all i of a group share one decision.

    p / (1 - p) times the sum over groups of the squared sum within the group.

    Args: contributions: (H,), c_i = w_i h_i; groups: (H,), a number for each group; p: in [0, 1).
    """
    c, g = np.asarray(contributions, dtype=float), np.asarray(groups)
    sums = np.array([c[g == name].sum() for name in np.unique(g)])
    return float(p / (1 - p) * (sums**2).sum())


def enumerated_noise(contributions: ArrayLike, groups: ArrayLike, p: float) -> float:
    """Return the same variance from all masks of the groups, without the formula."""
    c, (names, place) = np.asarray(contributions, float), np.unique(groups, return_inverse=True)
    masks, chance = (t.numpy() for t in enumerate_masks(len(names), p))
    outputs = masks[:, place] @ c
    return float(chance @ (outputs - chance @ outputs) ** 2)


def relative_noise(rho: ArrayLike, block: int) -> NDArray:
    """Return how many times the noise of dropout runs of `block` units give, at the same p.

    For contributions whose correlation falls as rho^distance: 1 + 2 sum_k (1 - k / b) rho^k, from
    1 where neighbors have nothing in common to b where they are equal.
    """
    rho, k = np.asarray(rho, dtype=float), np.arange(1, block)
    return 1 + 2 * ((1 - k / block) * rho[..., None] ** k).sum(-1)


def neighbor_correlation(x: Tensor, distance: int = 1) -> float:
    """Return the correlation of values at this distance within a row of x (N, P)."""
    pairs = torch.stack([x[:, :-distance].flatten(), x[:, distance:].flatten()])
    return float(torch.corrcoef(pairs)[0, 1])


def dropped_shares(ps: Sequence[float], blocks: Sequence[int], size: int) -> NDArray:
    """Return the exact chance of each place to be dropped by DropBlock: (ps, blocks, size)."""
    return np.array([[dropped_share(p, (size,), (b,)).numpy() for b in blocks] for p in ps])


# DropConnect: what to do at test time


def relu_means(c: ArrayLike, ps: Sequence[float]) -> dict[str, NDArray]:
    """Return the mean of relu(sum_i m_i c_i) over masks of the weights, by three methods.

    "all masks" is exact, "mean weights" puts the mean mask into relu, "normal" takes the mean of
    relu under the normal distribution with the exact mean and variance (Wan et al.).

    Args: c: (I,) weight times input; ps: probabilities of dropping, in [0, 1).
    """
    c = np.asarray(c, dtype=float)
    exact, normal, mean = [], [], c.sum()
    for p in ps:
        masks, chance = (t.numpy() for t in enumerate_masks(len(c), p))
        exact.append(chance @ np.maximum(masks @ c, 0))
        deviation = np.sqrt(p / (1 - p) * (c**2).sum())
        z = mean / deviation if deviation else np.sign(mean) * np.inf
        normal.append(mean * norm.cdf(z) + deviation * norm.pdf(z))
    same = np.full(len(ps), max(mean, 0.0))
    return {"all masks": np.array(exact), "mean weights": same, "normal": np.array(normal)}


# recurrent networks: what is left of a memory


def memory_survival(p: float, steps: ArrayLike) -> dict[str, NDArray]:
    """Return the chance that a unit's memory of step 0 has never been deleted after t steps.

    "state, new mask each step": every step may set the unit to 0. "state, tied mask": one decision
    for the sequence. "zoneout": a unit keeps its old value or takes the cell's; nothing is deleted.
    """
    t = np.asarray(steps, dtype=float)
    return {
        "state, new mask each step": (1 - p) ** t,
        "state, tied mask": np.where(t > 0, 1 - p, 1.0),
        "zoneout": np.ones_like(t),
    }


def computed_share(p: float, layers: int) -> float:
    """Return the expected share of residual branches that is computed under the linear rule."""
    return 1 - p * (layers + 1) / (2 * layers)
