"""What the four exercises share: inputs from small to large, reading arrays, counting solvers.

Symbols     features (n, N) of n points, targets y (n,).
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
import torch
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, kind
from reglab.exercises.formats import as_array
from reglab.exercises.guard import undone

MODULES = (np.linalg, scipy.linalg, scipy.sparse.linalg, torch.linalg, torch)
FACTORS = "cholesky eig eigh eigvals inv inverse lstsq lu pinv pinverse qr schur solve svd svdvals"
OTHERS = "cho_factor lu_factor matrix_power tensorinv tensorsolve splu spsolve cg gmres lsqr minres"
SOLVERS = (*FACTORS.split(), *OTHERS.split())


def problems() -> list[tuple[NDArray, NDArray]]:
    """Features and targets: few features and many, equal columns and rows, one that is small."""
    by_hand = [
        ([[2]], [4]),
        ([[1], [1]], [1, 3]),
        ([[1, 1]], [2]),
        ([[1, 0], [0, 2]], [1, 4]),
        ([[1, 1], [2, 2]], [1, 2]),
        ([[1, 2], [1, 2]], [0, 2]),
        ([[1, 0, 2], [0, 1, 1]], [3, 1]),
        ([[1, 0], [0, 0.0005]], [1, 1]),  # a singular value that is small, and counts
    ]
    small = [(np.array(phi, dtype=float), np.array(y, dtype=float)) for phi, y in by_hand]
    return small + [(decimals(n, N), decimals(n, 1)[:, 0]) for n, N in [(6, 3), (4, 9), (20, 12)]]


def decimals(n: int, N: int) -> NDArray[np.float64]:
    """Return normal numbers (n, N) with one decimal."""
    return np.random.default_rng(100 * n + N).normal(size=(n, N)).round(1)


def numbers_of(shape: tuple[int, ...], value: Any) -> NDArray[np.float64]:
    """Return the finite real array of this shape that `value` is; Malformed otherwise."""
    array = as_array(value)
    if array is None or array.dtype.kind not in "iuf" or array.shape != shape:
        raise Malformed(f"an array of shape {shape} was expected; it returned {kind(value)}")
    if not np.isfinite(array).all():
        raise Malformed("finite numbers were expected; it returned some NaN or infinite ones")
    return array.astype(float)


@contextlib.contextmanager
def counted(function: Callable[..., Any] | None = None) -> Iterator[dict[str, int]]:
    """Count how many matrices are handed to solvers of the MODULES, while this is open.

    A stack (L, N, N) counts as L. What a solver itself calls does not count again: it knows the
    others by names of its own. Solvers are found in their modules, and by whatever name they have
    among the globals and the default arguments of `function`.
    """
    calls: dict[str, int] = {}

    def counting(name: str, solver: Any) -> Any:
        def call(a: Any, *args: Any, **kwargs: Any) -> Any:
            calls[name] = calls.get(name, 0) + int(np.prod(np.shape(a)[:-2]))
            return solver(a, *args, **kwargs)

        return call

    names, defaults = getattr(function, "__globals__", {}), getattr(function, "__defaults__", None)
    replaced: list[tuple[dict[str, Any], str, Any]] = []  # namespace, name, solver
    counters: dict[Any, Any] = {}  # solver -> what counts its calls

    def restore() -> None:
        for namespace, name, solver in replaced:
            namespace[name] = solver
        if function and defaults:
            function.__defaults__ = defaults

    with undone(restore):
        for module, name in ((m, n) for m in MODULES for n in SOLVERS if n in vars(m)):
            solver = vars(module)[name]
            counter = counting(f"{module.__name__.replace('numpy', 'np')}.{name}", solver)
            counters[solver] = counter
            aliases = [(names, key) for key, value in names.items() if value is solver]
            for namespace, key in [(vars(module), name), *aliases]:
                replaced.append((namespace, key, solver))
                namespace[key] = counter
        if function and defaults:
            function.__defaults__ = tuple(
                next((c for s, c in counters.items() if s is value), value) for value in defaults
            )
        yield calls
