"""Exact cases: noise on inputs is ridge, or a penalty on slopes; copies are not new examples.

Source      Bishop (1995), "Training with Noise is Equivalent to Tikhonov Regularization", Neural
            Computation 7, section 2, for linear models and networks; Kish (1965), "Survey
            Sampling", section 8.2, for the effective number of correlated values.
Symbols     X (n, I) inputs, y (n,) targets, w (I,); sigma the standard deviation of the noise;
            k copies of each example; rho the correlation of two copies.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from reglab.core import numpy_stream

Array = NDArray[np.floating]


def ridge(x: Array, y: Array, penalty: float) -> Array:
    """Return the w that minimizes the mean of (y - x w)^2 plus penalty |w|^2."""
    n, inputs = x.shape
    return np.linalg.solve(x.T @ x / n + penalty * np.eye(inputs), x.T @ y / n)


def noisy_copies(x: Array, y: Array, sigma: float, copies: int, rng: np.random.Generator) -> Array:
    """Return the least-squares w of `copies` noisy copies of each example, without a penalty.

    The sums over copies are added up one by one, so that memory does not grow with them.
    """
    gram, moment = np.zeros((x.shape[1],) * 2), np.zeros(x.shape[1])
    for _ in range(copies):
        noisy = x + sigma * rng.normal(size=x.shape)
        gram += noisy.T @ noisy
        moment += noisy.T @ y
    return np.linalg.solve(gram, moment)


def linear_problem(seed: int, n: int = 60, inputs: int = 30) -> tuple[Array, Array, Array]:
    """Return x (n, inputs), y (n,) and the true w: y = x w + normal noise of size 1."""
    rng = numpy_stream(seed, "linear problem")
    x, w = rng.normal(size=(n, inputs)), rng.normal(size=inputs) / np.sqrt(inputs)
    return x, x @ w + rng.normal(size=n), w


def copies_against_ridge(
    copies: Sequence[int], seeds: Iterable[int], sigma: float = 0.5
) -> xr.Dataset:
    """Fit noisy copies without a penalty, and ridge of penalty sigma^2 on the plain examples.

    Returns: a dataset with dims (seed, copies): `distance` |w_copies - w_ridge|, as a share of
        |w_plain - w_ridge|, and `error`, the expected squared error of new examples, less the
        noise that nobody can predict; `ridge_error` and `plain_error` over seed.
    """
    distance, error, others = [], [], []
    for seed in (seeds := list(seeds)):
        x, y, truth = linear_problem(seed)
        rng = numpy_stream(seed, "copies")
        fits = np.array([noisy_copies(x, y, sigma, k, rng) for k in copies])
        plain, target = ridge(x, y, 0.0), ridge(x, y, sigma**2)
        scale = np.linalg.norm(plain - target)
        distance.append(np.linalg.norm(fits - target, axis=1) / scale)
        error.append(((fits - truth) ** 2).sum(1))
        others.append([((w - truth) ** 2).sum() for w in (target, plain)])
    ridge_error, plain_error = np.array(others).T
    return xr.Dataset(
        {
            "distance": (("seed", "copies"), np.array(distance)),
            "error": (("seed", "copies"), np.array(error)),
            "ridge_error": ("seed", ridge_error),
            "plain_error": ("seed", plain_error),
        },
        coords={"seed": seeds, "copies": list(copies)},
    )


ACTIVATIONS = {
    "linear": (lambda a: a, lambda a: np.ones_like(a)),
    "tanh": (np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "ReLU": (lambda a: np.maximum(a, 0), lambda a: (a > 0) * 1.0),
}


def noise_against_slope(
    sigmas: Sequence[float], seed: int = 0, inputs: int = 5, draws: int = 1000
) -> xr.DataArray:
    """Compare what noise costs a network that fits its targets with sigma^2 |slope|^2.

    f(x) = v h(W x), 20 hidden units, 50 examples with y = f(x): the mean of (f(x + sigma n) - y)^2
    over normal n, divided by the mean of sigma^2 |df/dx|^2.

    Returns: the ratio over (activation, sigma); 1 where noise is exactly that penalty.
    """
    rng, found = numpy_stream(seed, "slopes"), []
    x, w = rng.normal(size=(50, inputs)), rng.normal(size=(inputs, 20)) / np.sqrt(inputs)
    v, half = rng.normal(size=20), rng.normal(size=(draws, inputs))
    # Both signs of each draw, stretched to covariance 1: the linear case is then exact.
    half = half @ np.linalg.inv(np.linalg.cholesky(half.T @ half / draws)).T
    noise = np.concatenate([half, -half])[:, None]  # (2 draws, 1, inputs)
    for h, slope in ACTIVATIONS.values():
        penalty = ((slope(x @ w) * v @ w.T) ** 2).sum(1).mean()
        changes = (h((x + s * noise) @ w) @ v - h(x @ w) @ v for s in sigmas)
        found.append(
            [(c**2).mean() / (s**2 * penalty) for c, s in zip(changes, sigmas, strict=True)]
        )
    coords = {"activation": list(ACTIVATIONS), "sigma": list(sigmas)}
    return xr.DataArray(found, coords, ["activation", "sigma"])


def effective_examples(n: float, copies: float, rho: float) -> float:
    """Return how many independent values have a mean as exact as n examples with k copies each.

    n k / (1 + (k - 1) rho): two copies of one example have correlation rho, copies of different
    examples none. It never exceeds n / rho.

    >>> effective_examples(100, 10, 1.0), round(effective_examples(100, 10, 0.5), 1)
    (100.0, 181.8)
    """
    return n * copies / (1 + (copies - 1) * rho)
