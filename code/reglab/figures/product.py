"""Lines that are stored as the product of two small arrays; js/scale.js multiplies them again."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Product:
    """Lines weights @ shapes of a Sweep, of which only the two factors are stored.

    Polynomials of degree 13 at 240 places take 14 numbers each, not 240. The page multiplies.

    Args:
        weights: broadcasts to (*knobs, K), like a line of K points; or, for R lines in one curve,
            to (*knobs, R * K). A labeled array may have them as two dimensions, R and K.
        shapes: (K, P), the same for all positions of the knobs.

    >>> Product([2, 1], [[1, 1, 1], [0, 1, 2]]).values()
    array([2, 3, 4])
    """

    weights: Any
    shapes: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the lines, (*knobs, R * P)."""
        *knobs, count = np.shape(self.weights)
        rows, columns = np.shape(self.shapes)
        return (*knobs, count // rows * columns)

    def values(self) -> np.ndarray:
        """Return the lines, (*knobs, R * P)."""
        weights, shapes = np.asarray(self.weights), np.asarray(self.shapes)
        parts = weights.reshape(*weights.shape[:-1], -1, len(shapes)) @ shapes
        return parts.reshape(self.shape)


def with_gaps(xs: np.ndarray, lines: Product) -> tuple[np.ndarray, Product]:
    """Return (xs, ys) of R `lines` over the same `xs` (..., P) as one curve, a gap after each."""
    count = np.shape(lines.weights)[-1] // len(lines.shapes)
    if count == 1:
        return xs, lines
    gap = np.full((*xs.shape[:-1], 1), np.nan)
    shapes = np.pad(lines.shapes, [(0, 0), (0, 1)])
    return np.tile(np.concatenate([xs, gap], axis=-1), count), Product(lines.weights, shapes)


def numbers(values: "np.ndarray | Product") -> np.ndarray:
    """Return what is drawn of `values`."""
    return values.values() if isinstance(values, Product) else values
