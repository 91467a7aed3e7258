"""Linear models: the geometry in two weights, paths and folds, a posterior, smoothness.

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
from reglab.penalties import degrees_of_freedom, regularization_path

CURVATURE = np.array([[1.0, 0.6], [0.6, 1.0]])  # of the loss of `geometry`
TURN = np.linspace(0, 2 * np.pi, 65)  # the ends and corners of a diamond are among them


def geometry(
    lams: Sequence[float], mixes: Sequence[float], optima: Sequence[float], first: float = 1.5
) -> xr.Dataset:
    """Solve a penalized problem of two weights, and draw what touches at the solution.

    The loss is 1/2 (w - t)' CURVATURE (w - t), least at t = (`first`, optimum). Returns over
    (lam, mix, optimum) the `solution` (+ weight), and through it the edge of the penalty's `ball`
    and the loss's `contour`; over (optimum) the `levels`, four contours; over (mix, optimum) the
    `trail`, the solutions from lam = 0 to the one that is (nearly) zero; over (lam, mix) the edge
    of the `caught`: of all t whose solution has a second weight of exactly 0. All of these are
    curves (+ weight, point).
    """
    X = np.linalg.cholesky(CURVATURE).T * 2**0.5  # two examples with X'X / n = CURVATURE
    trail_lams = np.concatenate([[0], np.geomspace(0.02, 20, 47)])
    every = np.unique([*lams, *trail_lams])
    best = np.stack([np.full(len(optima), first), optima], 1)
    found = np.array([[_solve(X, X @ t, every, mix) for t in best] for mix in mixes])
    solution = found[:, :, np.searchsorted(every, lams)].transpose(2, 0, 1, 3)
    mix = np.asarray(mixes)[:, None]
    circle = np.linalg.solve(np.linalg.cholesky(CURVATURE).T, [np.cos(TURN), np.sin(TURN)])
    away = solution - best
    radius = np.sqrt(np.einsum("...i,ij,...j", away, CURVATURE, away))[..., None, None]
    levels = np.concatenate([np.c_[r * circle, [np.nan] * 2] for r in (0.4, 0.8, 1.2, 1.6)], 1)
    knobs = ("lam", "mix", "optimum")
    curve = ("weight", "point")
    return xr.Dataset(
        {
            "solution": ((*knobs, "weight"), solution),
            "ball": ((*knobs, *curve), _ball(solution, mix)),
            "contour": ((*knobs, *curve), best[..., None] + radius * circle),
            "levels": (("optimum", "weight", "level"), best[..., None] + levels),
            "trail": (
                ("mix", "optimum", "weight", "step"),
                found[:, :, np.searchsorted(every, trail_lams)].swapaxes(-1, -2),
            ),
            "caught": (("lam", "mix", "weight", "corner"), _caught(lams, mixes)),
        },
        coords={"lam": list(lams), "mix": list(mixes), "optimum": list(optima)},
    )


def _solve(X: np.ndarray, y: np.ndarray, lams: np.ndarray, mix: float) -> np.ndarray:
    """The solutions (lam, 2) for rising `lams`, the first of which is 0."""
    path = regularization_path(X, y, lams[:0:-1], mix=mix, intercept=False, tol=1e-12, device="cpu")
    return np.concatenate([[np.linalg.solve(X, y)], path.coef.values[::-1]])


def _ball(solution: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """All w with the penalty of each solution (..., 2): (..., 2, point).

    At the distance r along (c, s) it is mix r (|c| + |s|) + (1 - mix)/2 r^2 = level.
    """
    sizes, squares = abs(solution).sum(-1), (solution**2).sum(-1)
    level = (mix * sizes + (1 - mix) / 2 * squares)[..., None]
    way = np.stack([np.cos(TURN), np.sin(TURN)])
    slope = mix[..., None] * abs(way).sum(0)
    # The root in a form that is exact at mix = 1 too, where the equation is linear.
    under = slope + np.sqrt(slope**2 + 2 * (1 - mix[..., None]) * level)
    r = np.divide(2 * level, under, out=np.zeros_like(level * under), where=under > 0)
    return r[..., None, :] * way


def _caught(lams: Sequence[float], mixes: Sequence[float], far: float = 9.0) -> np.ndarray:
    """The corners (lam, mix, 2, corner) of all t with a solution w = (w1, 0), |w1| <= `far`.

    There CURVATURE (t - w) = lam mix s + lam (1 - mix) w, where s, a slope of |w1| + |w2|, has
    s1 = sign(w1), or any s1 in [-1, 1] at w1 = 0, and any s2 in [-1, 1].
    """
    w1 = np.array([-far, 0, 0, far])
    w = np.stack([np.r_[w1, w1[::-1], w1[0]], np.zeros(9)])
    s = np.array([[-1, -1, 1, 1, 1, 1, -1, -1, -1], [1, 1, 1, 1, -1, -1, -1, -1, 1]])
    lam, mix = np.ix_(lams, mixes)
    lam, mix = lam[..., None, None], mix[..., None, None]
    return w + np.linalg.inv(CURVATURE) @ (lam * mix * s + lam * (1 - mix) * w)


def diabetes() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return X (442, 10) with mean 0 and mean square 1, y (442,) centered, and the names."""
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes(scaled=False)
    X = (bunch.data - bunch.data.mean(0)) / bunch.data.std(0)
    names: dict[Any, str] = {
        "bmi": "BMI",
        "bp": "blood pressure",
        "s1": "s1, cholesterol",
        "s2": "s2, LDL",
        "s5": "s5, triglycerides",
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


def paths(
    X: np.ndarray,
    y: np.ndarray,
    lams: Sequence[float],
    mixes: Sequence[float],
    features: Sequence[str] | None = None,
) -> xr.Dataset:
    """Fit a whole path for each mix, cross-validate it, and choose lam in two ways.

    Returns over (mix, lam), where lam rises: `coef` (+ feature), `df`, the degrees of freedom, the
    `gap` of the fit, the mean `error` on the left-out folds and its `standard_error`; over (mix)
    `best`, the lam of the least error, `limit`, that error plus its standard error, and `one_se`,
    the largest lam whose error is at most `limit`.
    """
    fits = []
    for mix in mixes:
        path = regularization_path(X, y, lams, mix=mix, features=features)
        folds = cross_validation(X, y, lams, mix)
        spread = folds.std("fold", ddof=1, skipna=False) / folds.sizes["fold"] ** 0.5
        fit = path[["coef", "gap"]].assign(df=degrees_of_freedom(X, path, mix))
        fits.append(fit.assign(error=folds.mean("fold", skipna=False), standard_error=spread))
    found = xr.concat(fits, xr.Variable("mix", list(mixes))).sortby("lam")
    best = found.error.idxmin("lam")
    limit = (found.error + found.standard_error).sel(lam=best).drop_vars("lam")
    one_se = found.lam.where(found.error <= limit).max("lam")
    return found.assign(best=best, limit=limit, one_se=one_se)


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
