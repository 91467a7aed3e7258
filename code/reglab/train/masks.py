"""Dropout masks keyed by (seed, layer, epoch), so a network's masks never depend on its company.

Room        train -- tests/train/test_masks.py
A mask is a comparison of 16 random bits with p, which costs an eighth of drawing a uniform float.
Rows are units and columns are places in the epoch's order of examples: a wider network of the same
seed only adds rows, so networks of one seed share their noise (common random numbers).
Departures  p is rounded to a multiple of 2^-16. nn.Dropout draws other numbers, by the same law.
Symbols     M models, H units, N examples, p probability of *dropping*.
"""

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


def thresholds(p: Tensor) -> Tensor:
    """p as a level of int16: bits below it are dropped. p = 1 gives the highest level."""
    level = (p.double() * LEVELS).round() - LEVELS // 2
    return level.clamp(max=LEVELS // 2 - 1).to(torch.int16)


def scales(p: Tensor, dtype: torch.dtype) -> Tensor:
    """What a kept unit is multiplied by: 1 / (1 - p), with p as rounded; 0 where p is 1."""
    p = (p.double() * LEVELS).round() / LEVELS
    # p = 1 has no level of its own (it would be 2^15): there, 0 also drops the bits that pass.
    return torch.where(p < 1, 1 / (1 - p), 0.0).to(dtype)


def masks(bits: Tensor, p: Tensor, dtype: torch.dtype) -> Tensor:
    """Return multipliers in bits' shape: 0 with probability p, else 1 / (1 - p), so the mean is 1.

    Shapes: bits (M, H, B), p (M, 1, 1).
    """
    return (bits >= thresholds(p)) * scales(p, dtype)
