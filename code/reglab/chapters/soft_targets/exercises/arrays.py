"""What the exercises of this chapter share: reading numbers, and softmax without overflow."""

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.arrays import numbers_of


def rows_of(shape: tuple[int, ...], value: Any) -> NDArray[np.float64]:
    """Return the finite numbers of this shape that `value` is: an array, or lists of numbers."""
    if type(value) in (list, tuple):
        with contextlib.suppress(TypeError, ValueError):  # numbers_of says what was expected
            value = np.array(value, dtype=float)
    return numbers_of(shape, value)


def log_softmax(z: NDArray) -> NDArray:
    """Return log softmax along the last axis, with the largest entry taken out first."""
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def softmax(z: NDArray) -> NDArray:
    """Return softmax along the last axis."""
    return np.exp(log_softmax(z))
