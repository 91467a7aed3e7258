"""What the four exercises share: inputs from small to large, reading arrays, counting solvers.

Room        exercises -- chapters/02-double-descent.ipynb, tests/exercises/test_arrays.py
Symbols     features (n, N) of n points, targets y (n,).
"""

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, kind

SOLVERS = ("cholesky", "eig", "eigh", "inv", "lstsq", "pinv", "qr", "solve", "svd")


def problems() -> list[tuple[NDArray, NDArray]]:
    """Features and targets: few features and many, equal columns, equal rows; then random."""
    by_hand = [
        ([[2]], [4]),
        ([[1], [1]], [1, 3]),
        ([[1, 1]], [2]),
        ([[1, 0], [0, 2]], [1, 4]),
        ([[1, 1], [2, 2]], [1, 2]),
        ([[1, 2], [1, 2]], [0, 2]),
        ([[1, 0, 2], [0, 1, 1]], [3, 1]),
    ]
    small = [(np.array(phi, dtype=float), np.array(y, dtype=float)) for phi, y in by_hand]
    return small + [(decimals(n, N), decimals(n, 1)[:, 0]) for n, N in [(6, 3), (4, 9), (20, 12)]]


def decimals(n: int, N: int) -> NDArray[np.float64]:
    """Return normal numbers (n, N) with one decimal."""
    return np.random.default_rng(100 * n + N).normal(size=(n, N)).round(1)


def numbers_of(shape: tuple[int, ...], value: Any) -> NDArray[np.float64]:
    """Return the finite real array of this shape that `value` is; Malformed otherwise."""
    fits = isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.shape == shape
    if not fits:
        raise Malformed(f"an array of shape {shape} was expected; it returned {kind(value)}")
    if not np.isfinite(value).all():
        raise Malformed("finite numbers were expected; it returned some NaN or infinite ones")
    return value.astype(float)


@contextlib.contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count how many matrices are handed to NumPy's solvers, by name, while this is open.

    A stack (L, N, N) counts as L. What a solver itself calls does not count again.
    """
    calls: dict[str, int] = {}

    def counting(name: str, solver: Any) -> Any:
        def call(a: Any, *args: Any, **kwargs: Any) -> Any:
            calls[name] = calls.get(name, 0) + int(np.prod(np.shape(a)[:-2]))
            return solver(a, *args, **kwargs)

        return call

    with contextlib.ExitStack() as stack:
        for name in SOLVERS:
            wrapped = counting(name, getattr(np.linalg, name))
            stack.enter_context(patch.object(np.linalg, name, wrapped))
        yield calls
