"""Many outputs: how many parameters a network needs to fit n K numbers exactly.

Source      The count n K: Belkin, Hsu, Ma, Mandal (2019), PNAS 116. The optimizer: Levenberg (1944)
            and Marquardt (1963), with both of its linear systems, n K or P large.
Why so      SGD stops where patience ends; this optimizer stops where no step helps. What is left is
            then due to the number of parameters. Targets are noise: nothing can be inferred.
Symbols     n examples, d inputs, K outputs, H hidden units (tanh),
            P = (d + 1) H + (H + 1) K parameters, r = n K numbers to fit.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.core import check_count, numpy_stream
from reglab.evidence import timed

DONE, LEAST, MOST = 1e-12, 1e-10, 1e8  # a perfect fit; the damping's bounds


def parameters(width: int, outputs: int, inputs: int = 5) -> int:
    """Return P, the number of weights and biases with one hidden layer."""
    return (inputs + 1) * width + (width + 1) * outputs


def nearest_width(ratio: float, n: int, outputs: int, inputs: int = 5) -> int:
    """Return the width, at least 1, whose number of parameters is closest to ratio * n * K."""
    return max(1, round((ratio * n * outputs - outputs) / (inputs + 1 + outputs)))


@timed
def unfitted(
    seeds: Sequence[int], outputs: Sequence[int], ratios: Sequence[float], n: int = 30
) -> xr.Dataset:
    """Fit noise with K outputs, by networks that have about ratio * n K parameters.

    Returns over (outputs, ratio, seed): `left`, the mean squared error that is left, as a share of
    the mean squared target; over (outputs, ratio): `parameters` and `width`.
    """
    widths = [[nearest_width(ratio, n, K) for ratio in ratios] for K in outputs]
    left = [
        [[fit_noise(n, K, width, seed) for seed in seeds] for width in row]
        for K, row in zip(outputs, widths, strict=True)
    ]
    counts = [[parameters(w, K) for w in row] for K, row in zip(outputs, widths, strict=True)]
    grid = ("outputs", "ratio")
    return xr.Dataset(
        {"left": ((*grid, "seed"), left), "parameters": (grid, counts), "width": (grid, widths)},
        {"outputs": list(outputs), "ratio": list(ratios), "seed": list(seeds)},
    )


def fit_noise(n: int, outputs: int, width: int, seed: int, d: int = 5, steps: int = 100) -> float:
    """Return the share of n K squared normal targets that is left; 0 for a perfect fit."""
    for name, count in {"n": n, "outputs": outputs, "width": width}.items():
        check_count(name, count)
    rng = numpy_stream(seed, "noise of many outputs")
    x = np.c_[rng.standard_normal((n, d)), np.ones(n)]  # the last column carries the bias
    y = rng.standard_normal((n, outputs))
    first = rng.standard_normal((d + 1, width)) / np.sqrt(d + 1)
    last = rng.standard_normal((width + 1, outputs)) / np.sqrt(width + 1)
    _theta, error = descend(x, y, np.r_[first.ravel(), last.ravel()], width, steps)
    return 0.0 if error < DONE else error / float(np.mean(y**2))


def descend(
    x: np.ndarray, y: np.ndarray, theta: np.ndarray, width: int, steps: int
) -> tuple[np.ndarray, float]:
    """Levenberg-Marquardt: theta - J^T (J J^T + mu I)^-1 r, with mu raised until r gets shorter.

    Returns the parameters (P,) and the mean squared error.
    """
    residual, jacobian = residuals(x, y, theta, width)
    error, damping = float(np.mean(residual**2)), 0.1
    for _ in range(steps):
        while damping < MOST:
            tried = theta - damped(jacobian, residual, damping)
            ahead, slopes = residuals(x, y, tried, width)
            if np.mean(ahead**2) < error:
                break
            damping *= 4
        else:
            break  # no step of any length helps
        theta, residual, jacobian = tried, ahead, slopes
        error, damping = float(np.mean(residual**2)), max(damping / 3, LEAST)
        if error < DONE:
            break
    return theta, error


def damped(jacobian: np.ndarray, residual: np.ndarray, damping: float) -> np.ndarray:
    """Return J^T (J J^T + mu I)^-1 r = (J^T J + mu I)^-1 J^T r, by the smaller of the two."""
    rows, columns = jacobian.shape
    if rows <= columns:
        gram = jacobian @ jacobian.T + damping * np.eye(rows)
        return jacobian.T @ np.linalg.solve(gram, residual)
    gram = jacobian.T @ jacobian + damping * np.eye(columns)
    return np.linalg.solve(gram, jacobian.T @ residual)


def residuals(
    x: np.ndarray, y: np.ndarray, theta: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the residuals (n K,) and their Jacobian (n K, P) of the network at theta."""
    n, K = y.shape
    first, last = np.split(theta, [x.shape[1] * width])
    last = last.reshape(width + 1, K)
    h = np.c_[np.tanh(x @ first.reshape(-1, width)), np.ones(n)]  # (n, H + 1)
    slope = (1 - h[:, :-1] ** 2)[:, None, :] * last[:-1].T  # (n, K, H): d output / d (x V)
    by_first = slope[:, :, None, :] * x[:, None, :, None]  # (n, K, d + 1, H)
    by_last = h[:, None, :, None] * np.eye(K)[:, None, :]  # (n, K, H + 1, K)
    jacobian = np.concatenate([by_first.reshape(n * K, -1), by_last.reshape(n * K, -1)], axis=1)
    return (h @ last - y).ravel(), jacobian
