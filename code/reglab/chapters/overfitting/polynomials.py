"""The part with known truth: polynomial fits whose bias and variance are exact.

Source      Hastie, Tibshirani, Friedman (2009), "The Elements of Statistical Learning", second
            edition, sections 7.3 (bias and variance) and 7.4 (optimism of the training error).
Symbols     n training points at fixed places x (n,); P test points; a polynomial of degree d has
            d + 1 coefficients; sigma is the standard deviation of the noise in y.
A least-squares fit is linear in the targets: it predicts S y, with S (P, n) the smoother. So the
mean and the variance of the prediction over all possible noise are S f(x) and sigma^2 sum S^2.
"""

from collections.abc import Sequence

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


PARTS = ("training error", "test error", "bias²", "variance", "noise", "expected test error")


def three_knobs(
    degrees: Sequence[int],
    sizes: Sequence[int],
    sigmas: Sequence[float],
    x_test: np.ndarray,
    sets: int = 1,
) -> xr.Dataset:
    """Fit the wave with every degree, size and noise, to `sets` training sets.

    Training set k of a size is drawn once, by the seed k - 1; sigma scales its noise. Returns a
    Dataset over (degree, n, sigma, set): `fit` (+ x) and its `weights` (+ order) of the Legendre
    polynomials `shapes` (order, x); `mean_weights` (degree, n, order) of the mean fit over all
    training sets; `truth` (x); the data `x_train` (n, point) and `y_train` (n, sigma, set, point),
    NaN beyond n points; and `squared_error` (+ part). Its parts are "training error" (of this fit,
    on its noisy targets), "test error" (on new noisy targets) and, exact over all training sets,
    "bias²", "variance", "noise" and their sum, "expected test error".
    """
    truth, noise = wave(0.0)(x_test), np.square(sigmas)[:, None]
    shape, orders = (len(degrees), len(sizes), len(sigmas), sets), max(degrees) + 1
    weights, error = np.zeros((*shape, orders)), np.empty((*shape, len(PARTS)))
    mean, x_train = np.zeros((*shape[:2], orders)), np.full((len(sizes), max(sizes)), np.nan)
    y_train = np.full((*shape[1:], max(sizes)), np.nan)
    shapes = legvander(x_test, orders - 1).T
    for j, n in enumerate(sizes):
        x, f = midpoints(n), wave(0.0)(midpoints(n))
        drawn = [numpy_stream(k, f"noise of {n}").standard_normal(n) for k in range(sets)]
        y = f + np.multiply.outer(sigmas, drawn)  # (sigmas, sets, n)
        x_train[j, :n], y_train[j, ..., :n] = x, y
        for i, degree in enumerate(degrees):
            basis, known = legvander(x, degree), slice(degree + 1)
            inverse = np.linalg.pinv(basis)
            w = y @ inverse.T
            weights[i, j, ..., known], mean[i, j, known] = w, inverse @ f
            missed = w @ shapes[known] - truth
            error[i, j, ..., 0] = ((w @ basis.T - y) ** 2).mean(-1)
            error[i, j, ..., 1] = (missed**2).mean(-1) + noise
            bias2, per_noise = bias_variance(wave(1.0), n, degree, x_test)
            all_sets = (bias2, per_noise * noise, noise, bias2 + per_noise * noise + noise)
            for part, values in enumerate(all_sets, start=2):
                error[i, j, ..., part] = values
    knobs = ("degree", "n", "sigma", "set")
    variables = {
        "fit": ((*knobs, "x"), weights @ shapes),
        "weights": ((*knobs, "order"), weights),
        "mean_weights": (("degree", "n", "order"), mean),
        "shapes": (("order", "x"), shapes),
        "truth": ("x", truth),
        "x_train": (("n", "point"), x_train),
        "y_train": (("n", "sigma", "set", "point"), y_train),
        "squared_error": ((*knobs, "part"), error),
    }
    places = {"degree": degrees, "n": sizes, "sigma": sigmas, "set": range(1, sets + 1)}
    places |= {"x": x_test, "part": PARTS}
    return xr.Dataset(variables, {name: list(value) for name, value in places.items()})
