"""Linear models: the geometry in two weights, folds, a posterior, smoothness.

Source      Efron, Hastie, Johnstone, Tibshirani (2004), "Least Angle Regression", Ann. Stat. 32,
            for the diabetes data, in scikit-learn's copy; Park, Casella (2008), "The Bayesian
            Lasso", JASA 103, for `laplace_posterior`.
Symbols     loss = 1/(2n) |y - X w|^2; penalty = lam (mix sum |w| + (1 - mix)/2 sum w^2).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.polynomial.legendre import legvander

from reglab.core import numpy_stream
from reglab.data import midpoints, wave
from reglab.penalties import regularization_path

BEST = np.array([1.5, 0.3])  # where the loss of `geometry` is least
CURVATURE = np.array([[1.0, 0.6], [0.6, 1.0]])


def geometry(lams: Sequence[float], mixes: Sequence[float], x: np.ndarray) -> xr.Dataset:
    """Solve a penalized problem of two weights; draw what touches at the solution.

    The loss is 1/2 (w - BEST)' CURVATURE (w - BEST). Returns over (lam, mix): the `solution`
    (+ weight), and through it the edge of the penalty's ball, `high` and `low` over its first
    weight (+ x, NaN outside), and the loss's contour (+ point, weight).
    """
    X = np.linalg.cholesky(CURVATURE).T * 2**0.5  # two examples with X'X / n = CURVATURE
    solution = np.empty((len(lams), len(mixes), 2))
    for i, lam in enumerate(lams):
        for j, mix in enumerate(mixes):
            if lam > 0:
                path = regularization_path(
                    X, X @ BEST, [lam], mix=mix, intercept=False, tol=1e-12, device="cpu"
                )
            solution[i, j] = path.coef[0] if lam > 0 else BEST
    mix = np.asarray(mixes)[:, None]
    level = (
        mix * abs(solution).sum(-1)[..., None] + (1 - mix) / 2 * (solution**2).sum(-1)[..., None]
    )
    high = _edge(level, mix, x)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.linalg.solve(np.linalg.cholesky(CURVATURE).T, [np.cos(angle), np.sin(angle)])
    away = solution - BEST
    radius = np.sqrt(np.einsum("...i,ij,...j", away, CURVATURE, away))
    knobs = ("lam", "mix")
    return xr.Dataset(
        {
            "solution": ((*knobs, "weight"), solution),
            "high": ((*knobs, "x"), high),
            "low": ((*knobs, "x"), -high),
            "contour": ((*knobs, "point", "weight"), BEST + radius[..., None, None] * circle.T),
        },
        coords={"lam": list(lams), "mix": list(mixes), "x": x},
    )


def _edge(level: np.ndarray, mix: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The v >= 0 with mix (|x| + v) + (1 - mix)/2 (x^2 + v^2) = level; NaN where there is none."""
    rest = level - mix * abs(x) - (1 - mix) / 2 * x**2
    square = mix**2 + 2 * (1 - mix) * rest
    # The root in a form that is exact at mix = 1 too, where the equation is linear.
    v = 2 * rest / np.maximum(mix + np.sqrt(np.maximum(square, 0)), 1e-12)
    return np.where(rest >= 0, v, np.nan)


def diabetes() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return X (442, 10) with mean 0 and mean square 1, y (442,) centered, and the names."""
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes(scaled=False)
    X = (bunch.data - bunch.data.mean(0)) / bunch.data.std(0)
    names: dict[Any, str] = {
        "sex": "sex",
        "bmi": "BMI",
        "bp": "blood pressure",
        "s5": "s5",
        "s1": "s1",
        "s3": "s3",
    }
    return (
        X,
        bunch.target - bunch.target.mean(),
        [names.get(n, str(n)) for n in bunch.feature_names],
    )


def cross_validation(
    X: np.ndarray, y: np.ndarray, lams: Sequence[float], mix: float, folds: int = 10, seed: int = 0
) -> xr.DataArray:
    """Return the squared error on each left-out fold, over (lam, fold)."""
    fold = numpy_stream(seed, "folds").permutation(len(y)) % folds
    errors = []
    for k in range(folds):
        inside = fold != k
        path = regularization_path(X[inside], y[inside], lams, mix=mix, tol=1e-6, device="cpu")
        guess = path.coef.values @ X[~inside].T + path.intercept.values[:, None]  # (M, left out)
        errors.append(((guess - y[~inside]) ** 2).mean(axis=1))
    return xr.DataArray(
        np.array(errors).T, coords={"lam": path.lam.values}, dims=("lam", "fold"), name="error"
    )


def laplace_posterior(z: float, sigma: float, b: float) -> tuple[float, float, float]:
    """Return mode, mean and P(w > 0) of one weight seen once, as z with noise sigma.

    The prior is Laplace of scale b. The posterior has a density: no single value, 0 included, has
    a positive probability.
    """
    w = np.linspace(-12 * sigma, 12 * sigma, 240_001) + z
    log_density = -((w - z) ** 2) / (2 * sigma**2) - abs(w) / b
    density = np.exp(log_density - log_density.max())
    mode = float(np.sign(z) * max(abs(z) - sigma**2 / b, 0.0))
    return (
        mode,
        float((w * density).sum() / density.sum()),
        float(density[w > 0].sum() / density.sum()),
    )


def smooth_fits(lams: Sequence[float], x: np.ndarray, degree: int = 14) -> xr.Dataset:
    """Fit 20 points of the wave by a polynomial with an L2 penalty on all but the constant.

    Returns over (lam): `norm` |w|, `roughness` sqrt(mean f'^2), and the `fit` (+ x), with the
    points as `x_train`, `y_train` (point) and the `truth` (x).
    """
    places = midpoints(20)
    y = wave(0.0)(places) + 0.3 * numpy_stream(0, "noise of 20").standard_normal(20)
    X, at = legvander(places, degree)[:, 1:], legvander(x, degree)[:, 1:]
    path = regularization_path(X, y, lams, mix=0.0, device="cpu")
    fit = path.coef.values @ at.T + path.intercept.values[:, None]
    slope = np.gradient(fit, x, axis=1)
    return xr.Dataset(
        {
            "norm": ("lam", np.linalg.norm(path.coef.values, axis=1)),
            "roughness": ("lam", np.sqrt((slope**2).mean(axis=1))),
            "fit": (("lam", "x"), fit),
            "truth": ("x", wave(0.0)(x)),
            "x_train": ("point", places),
            "y_train": ("point", y),
        },
        coords={"lam": path.lam.values, "x": x},
    )
