"""Chapter "Parameter sharing": what it measures, and how. (A working example to write over.)

Source      Hoerl, Kennard (1970), "Ridge Regression", Technometrics 12(1), section 3.
Symbols     n examples, I inputs; x (n, I); w (I,) the true weights; lam the penalty.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.core import numpy_stream


def ridge(x: np.ndarray, y: np.ndarray, lam: float) -> np.ndarray:
    """Return the weights (I,) that minimize mean (x w - y)^2 / 2 + lam / 2 * sum w^2."""
    n, inputs = x.shape
    return np.linalg.solve(x.T @ x / n + lam * np.eye(inputs), x.T @ y / n)


def problem(seed: int, n: int, inputs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and the true weights: inputs and noise of standard deviation 1, |w| = 1."""
    rng = numpy_stream(seed, "problem")
    x, w = rng.normal(size=(n, inputs)), rng.normal(size=inputs)
    w /= np.linalg.norm(w)
    return x, x @ w + rng.normal(size=n), w


def errors_on_new(
    lams: Sequence[float], seeds: Sequence[int], n: int = 30, inputs: int = 20
) -> xr.DataArray:
    """Return the exact squared error on new examples, |estimate - w|^2 + 1, (lam, seed)."""
    problems = [problem(seed, n, inputs) for seed in seeds]
    errors = [[((ridge(x, y, lam) - w) ** 2).sum() + 1 for x, y, w in problems] for lam in lams]
    return xr.DataArray(errors, coords={"lam": list(lams), "seed": list(seeds)})
