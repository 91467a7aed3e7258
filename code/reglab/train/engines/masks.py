"""Dropout masks keyed by (seed, layer, epoch), so a network's masks never depend on others.

A mask is a comparison of 16 random bits with p, which costs an eighth of drawing a uniform float.
Rows are units and columns are places in the epoch's order of examples: a wider network of the same
seed only adds rows, so networks of one seed share their noise (common random numbers).
Departures  p is rounded to a multiple of 2^-16. nn.Dropout draws other numbers, by the same law.
Symbols     H units, N examples, B of a minibatch, p probability of *dropping*.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from reglab.core.streams import stream_key

LEVELS = 2**16


def mask_bits(seed: int, layer: int, epoch: int, units: int, examples: int) -> Tensor:
    """Draw uniform int16 numbers (units, examples): row h is the same whatever `units` is."""
    bits = np.random.SFC64(stream_key(seed, f"mask/layer {layer}/epoch {epoch}"))
    quarters = -(-units * examples // 4)  # 64 bits hold four decisions
    flat = bits.random_raw(quarters).view(np.int16)[: units * examples]
    return torch.from_numpy(flat.reshape(units, examples))


def group_bits(seeds: Sequence[int], layer: int, epoch: int, units: int, examples: int) -> Tensor:
    """The bits of several groups, (G, units, examples); groups of one seed have the same."""
    drawn = {seed: mask_bits(seed, layer, epoch, units, examples) for seed in dict.fromkeys(seeds)}
    return torch.stack([drawn[seed] for seed in seeds])


def thresholds(p: Tensor) -> Tensor:
    """p as a level of int16: bits below it are dropped. p = 1 gives the highest level."""
    level = (p.cpu().double() * LEVELS).round() - LEVELS // 2
    return level.clamp(max=LEVELS // 2 - 1).to(p.device, torch.int16)


def scales(p: Tensor, dtype: torch.dtype) -> Tensor:
    """What a kept unit is multiplied by: 1 / (1 - p), with p as rounded; 0 where p is 1."""
    exact = (p.cpu().double() * LEVELS).round() / LEVELS  # on the CPU: MPS has no float64
    # p = 1 has no level of its own (it would be 2^15): there, 0 also drops the bits that pass.
    return torch.where(exact < 1, 1 / (1 - exact), 0.0).to(p.device, dtype)


def masks(bits: Tensor, p: Tensor, dtype: torch.dtype) -> Tensor:
    """Return multipliers: 0 with probability p, else 1 / (1 - p), so the mean is 1.

    Shapes: bits (..., H, B), p any shape that broadcasts against it, e.g. (M, 1, 1).
    """
    return (bits >= thresholds(p)) * scales(p, dtype)
