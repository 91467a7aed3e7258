"""What the exercises of this chapter share: inputs from small to large."""

import numpy as np
from numpy.typing import NDArray


def symmetric(size: int, seed: int) -> NDArray[np.float64]:
    """Return a symmetric matrix (size, size) of numbers with one decimal."""
    half = np.random.default_rng(seed).normal(size=(size, size))
    return (half + half.T).round(1)


def decimals(seed: int, *shape: int) -> NDArray[np.float64]:
    """Return normal numbers with one decimal, none of them 0."""
    drawn = np.random.default_rng(seed).normal(size=shape).round(1)
    return np.where(drawn == 0, 0.1, drawn)
