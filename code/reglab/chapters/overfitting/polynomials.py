"""The part with known truth: polynomial fits whose bias and variance are exact.

Source      Hastie, Tibshirani, Friedman (2009), "The Elements of Statistical Learning", second
            edition, sections 7.3 (bias and variance) and 7.4 (optimism of the training error).
Symbols     n training points at fixed places x (n,); P test points; a polynomial of degree d has
            d + 1 coefficients; sigma is the standard deviation of the noise in y.
A least-squares fit is linear in the targets: it predicts S y, with S (P, n) the smoother. So the
mean and the variance of the prediction over all possible noise are S f(x) and sigma^2 sum S^2.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import xarray as xr
from numpy.polynomial.legendre import legvander

from reglab.core import check_count, numpy_stream
from reglab.data import Teacher, midpoints, wave


def smoother(x: np.ndarray, x_test: np.ndarray, degree: int) -> np.ndarray:
    """Return S (P, n): the least-squares polynomial fitted at `x` predicts S @ y at `x_test`.

    With more coefficients than points it is the interpolant whose Legendre coefficients have the
    smallest Euclidean norm.
    """
    check_count("degree", degree, minimum=0)
    # Legendre polynomials are nearly orthogonal here; powers of x would lose digits from d = 10.
    return legvander(x_test, degree) @ np.linalg.pinv(legvander(x, degree))


def bias_variance(teacher: Teacher, n: int, degree: int, x_test: np.ndarray) -> tuple[float, float]:
    """Return (bias^2, variance) of the degree-d fit, averaged over `x_test`: exact, no sampling.

    bias^2 = mean (S f(x) - f(x_test))^2 and variance = sigma^2 mean_p sum_i S_pi^2. The expected
    squared error on a new noisy target is bias^2 + variance + sigma^2.
    """
    x = midpoints(n)
    S = smoother(x, x_test, degree)
    bias = S @ teacher(x) - teacher(x_test)
    return float(np.mean(bias**2)), float(teacher.sigma**2 * np.mean((S**2).sum(axis=1)))


def simulate_fits(
    teacher: Teacher, n: int, degree: int, x_test: np.ndarray, seeds: Sequence[int]
) -> np.ndarray:
    """Return the predictions (R, P) of one fit per seed: same places, fresh noise."""
    x = midpoints(n)
    noise = np.stack([numpy_stream(seed, "noise").standard_normal(n) for seed in seeds])  # (R, n)
    return (teacher(x) + teacher.sigma * noise) @ smoother(x, x_test, degree).T


def expected_gap(n: int, degree: int, sigma: float) -> float:
    """Return 2 sigma^2 (d + 1) / n: by how much new targets at the same places cost more.

    It is E[test MSE] - E[training MSE] of least squares with d + 1 <= n, whatever the truth.
    """
    if degree + 1 > n:
        raise ValueError(f"needs degree + 1 <= n; got degree={degree} and n={n}: take more points")
    return 2 * sigma**2 * (degree + 1) / n


def gaps(
    teacher: Teacher, n: int, degree: int, seeds: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (training MSE, test MSE), each (R,): one noisy training set and one test set per seed.

    The test targets are fresh noise at the *same* places, as in `expected_gap`.
    """
    x = midpoints(n)
    S = smoother(x, x, degree)
    noise = np.stack([numpy_stream(s, "noise").standard_normal((2, n)) for s in seeds])
    y = teacher(x) + teacher.sigma * noise  # (R, 2, n): training and test targets
    fit = y[:, 0] @ S.T
    return ((fit - y[:, 0]) ** 2).mean(axis=1), ((fit - y[:, 1]) ** 2).mean(axis=1)


def three_knobs(
    degrees: Sequence[int],
    sizes: Sequence[int],
    sigmas: Sequence[float],
    x_test: np.ndarray,
    seed: int = 0,
) -> xr.Dataset:
    """Fit the wave with every degree, size and noise; one noise draw per size, scaled by sigma.

    Returns a Dataset over (degree, n, sigma): `fit` (+ x), `truth` (x), the data `x_train`,
    `y_train` (+ point, NaN beyond n points) and `squared_error` (+ part) with the parts
    "training error" (of this fit, on its noisy targets), "test error" (on new noisy targets),
    "bias²", "variance" (both exact, over all training sets).
    """
    truth, parts = wave(0.0)(x_test), ["training error", "test error", "bias²", "variance"]
    shape = (len(degrees), len(sizes), len(sigmas))
    fit, error = np.empty((*shape, len(x_test))), np.empty((*shape, len(parts)))
    x_train, y_train = np.full((2, len(sizes), len(sigmas), max(sizes)), np.nan)
    for (j, n), (k, sigma) in product(enumerate(sizes), enumerate(sigmas)):
        teacher, x = wave(sigma), midpoints(n)
        y = teacher(x) + sigma * numpy_stream(seed, f"noise of {n}").standard_normal(n)
        x_train[j, k, :n], y_train[j, k, :n] = x, y
        for i, degree in enumerate(degrees):
            fit[i, j, k] = smoother(x, x_test, degree) @ y
            error[i, j, k, 0] = np.mean((smoother(x, x, degree) @ y - y) ** 2)
            error[i, j, k, 1] = np.mean((fit[i, j, k] - truth) ** 2) + sigma**2
            error[i, j, k, 2:] = bias_variance(teacher, n, degree, x_test)
    knobs = ("degree", "n", "sigma")
    variables = {
        "fit": ((*knobs, "x"), fit),
        "truth": ("x", truth),
        "x_train": (("n", "sigma", "point"), x_train),
        "y_train": (("n", "sigma", "point"), y_train),
        "squared_error": ((*knobs, "part"), error),
    }
    places = {"degree": degrees, "n": sizes, "sigma": sigmas, "x": x_test, "part": parts}
    return xr.Dataset(variables, {name: list(value) for name, value in places.items()})
