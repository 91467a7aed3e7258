"""Picture: six points, and polynomials of any degree through them.

Symbols     degree D gives D + 1 Legendre features P_k(x) / (k + 1), P test points.
Why scaled  Dividing P_k by k + 1 makes wiggles cost norm: of all polynomials through the points,
            the smallest-norm one is then a calm one. The choice of features is the prior; with
            features of equal size the smallest-norm fit would be spikes at the points.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.polynomial.legendre import legvander

from reglab.chapters.double_descent.linear import bias_variance, ridge_path, smoother
from reglab.core import check_count, numpy_stream
from reglab.data import Teacher, fourier

PLACES = np.array([-0.95, -0.6, -0.45, -0.3, 0.6, 0.95])  # uneven, with a gap to swing in


def gentle(sigma: float) -> Teacher:
    """Return the truth of the picture, sin(pi x), observed with noise of sd sigma."""
    return fourier(sines=(1.0,), sigma=sigma)


def legendre_features(x: np.ndarray, degree: int, power: float = 1.0) -> np.ndarray:
    """Return P_k(x) / (k + 1)^power for k = 0 ... degree, shape (n, degree + 1).

    To contribute c P_k the weight c (k + 1)^power is needed: the power is the price of wiggles.
    """
    check_count("degree", degree, minimum=0)
    return legvander(x, degree) / (np.arange(degree + 1) + 1.0) ** power


def six_points(
    degrees: Sequence[int],
    lams: Sequence[float],
    sigmas: Sequence[float],
    x: np.ndarray,
    seed: int = 0,
) -> xr.Dataset:
    """Fit the six points with every degree, ridge strength and noise; one draw, scaled by sigma.

    Returns a Dataset over (degree, lam, sigma): `fit` (+ x), `truth` (x), the points `x_train`
    and `y_train` (+ point), `norm` of the weights, and `squared_error` (+ part) on "training"
    targets and on "test" targets, the latter exact over x and all noise: bias^2 + variance +
    sigma^2.
    """
    drawn = numpy_stream(seed, "six points").standard_normal(len(PLACES))
    shape = (len(degrees), len(lams), len(sigmas))
    fit, norm, error = np.empty((*shape, len(x))), np.empty(shape), np.empty((*shape, 2))
    y = gentle(0.0)(PLACES) + np.multiply.outer(np.asarray(sigmas, float), drawn)  # (sigmas, 6)
    for i, degree in enumerate(degrees):
        train, test = legendre_features(PLACES, degree), legendre_features(x, degree)
        for k, sigma in enumerate(sigmas):
            w = ridge_path(train, y[k], lams)  # (L, degree + 1)
            fit[i, :, k], norm[i, :, k] = w @ test.T, np.linalg.norm(w, axis=1)
            missed = ((w @ train.T - y[k]) ** 2).mean(axis=1)
            error[i, :, k, 0] = missed.round(15)  # a perfect fit is shown as 0, not as 1e-30
            error[i, :, k, 1] = [expected_error(degree, lam, sigma) for lam in lams]
    knobs = ("degree", "lam", "sigma")
    variables = {
        "fit": ((*knobs, "x"), fit),
        "truth": ("x", gentle(0.0)(x)),
        "x_train": ("point", PLACES),
        "y_train": (("sigma", "point"), y),
        "norm": (knobs, norm),
        "squared_error": ((*knobs, "part"), error),
    }
    places = {"degree": degrees, "lam": lams, "sigma": sigmas, "x": x}
    coords = {name: list(value) for name, value in places.items()}
    return xr.Dataset(variables, coords | {"part": ["training", "test"]})


def expected_error(degree: int, lam: float, sigma: float, power: float = 1.0) -> float:
    """Return the expected squared error on new noisy targets, over 400 even x and all noise."""
    grid = (np.arange(400) + 0.5) / 200 - 1
    teacher = gentle(sigma)
    train, test = (legendre_features(at, degree, power) for at in (PLACES, grid))
    S = smoother(train, test, lam)
    f_train, f_test = (np.asarray(teacher(at)) for at in (PLACES, grid))
    return sum(bias_variance(S, f_train, f_test, sigma)) + sigma**2
