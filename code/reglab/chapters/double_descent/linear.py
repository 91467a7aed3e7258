"""Engine: linear models on random features, and their whole ridge path at once.

Source      Belkin, Hsu, Ma, Mandal (2019), "Reconciling modern machine-learning practice and the
            classical bias-variance trade-off", PNAS 116, for random features and the threshold;
            Hastie, Tibshirani, Friedman (2009), section 3.4.1, for ridge by singular values.
Departures  Features are divided by sqrt(N), so that one lam means the same at every N; the
            smallest-norm fit does not notice. Bias and variance are computed, not sampled.
Symbols     n training points, P test points, N features, r = min(n, N), L strengths lam.
            features Phi (n, N) = U diag(s) V^T. lam as everywhere in the book: mean squared error
            plus lam/2 |w|^2, so that Phi^T Phi gets n lam / 2 added to its diagonal.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.core import check_count, check_nonnegative, numpy_stream
from reglab.evidence import timed

INPUTS = 5  # d, inputs of the regression problem below
# Numbers of features to look at, dense around 50, 100 and 200, where the chapter has its peaks.
COUNTS = (
    *(3, 4, 6, 8, 10, 14, 20, 28, 34, 40, 45, 48, 50, 52, 56, 65, 80, 90, 95, 98, 100, 102, 105),
    *(112, 130, 160, 180, 190, 196, 200, 204, 210, 225, 260, 320, 400, 500, 700, 1000),
)
DIGITS = 1e-3  # least s / largest s down to which the squared matrix still has digits enough


def kink(x: np.ndarray) -> np.ndarray:
    """Return the truth of this chapter, f(x) = 1.5 |x_1| - 1.2 (P,): one kink in x (P, d)."""
    return 1.5 * np.abs(x[:, 0]) - 1.2


def draw_inputs(n: int, seed: int, role: str = "train") -> np.ndarray:
    """Return n standard normal inputs (n, d); the first rows do not depend on n."""
    return numpy_stream(seed, f"inputs {role}").standard_normal((n, INPUTS))


def relu_features(x: np.ndarray, count: int, seed: int, role: str = "features") -> np.ndarray:
    """Return max(0, x V + b) / sqrt(N), shape (n, N); V and b are drawn once and never fitted.

    Entries of V (d, N) and b (N,) have variance 1/d. A larger N keeps the first features.
    """
    drawn = numpy_stream(seed, role).standard_normal((check_count("count", count), x.shape[1] + 1))
    V, b = drawn[:, :-1].T, drawn[:, -1]
    return np.maximum(0, x @ V + b) / np.sqrt(x.shape[1] * count)


def factor(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return U (n, r), s (r,), V^T (r, N) with features = U diag(s) V^T; s has no zeros.

    Fast where it can be: eigenvectors of the smaller of Phi Phi^T and Phi^T Phi. Squaring the
    matrix squares its condition, so near N = n, where s gets small, it is the SVD that is used.
    """
    n, N = features.shape
    small = features @ features.T if n <= N else features.T @ features
    values, vectors = np.linalg.eigh(small)
    if values[0] <= DIGITS**2 * values[-1]:  # also when all are 0
        u, s, vt = np.linalg.svd(features, full_matrices=False)
        keep = s > s.max(initial=0.0) * max(n, N) * np.finfo(float).eps
        return u[:, keep], s[keep], vt[keep]
    s = np.sqrt(values)
    if n <= N:
        return vectors, s, (features.T @ vectors / s).T
    return features @ vectors / s, s, vectors.T


def gains(s: np.ndarray, n: int, lams: Sequence[float]) -> np.ndarray:
    """Return s / (s^2 + n lam / 2), shape (L, r): ridge's version of 1/s."""
    shifts = [n / 2 * check_nonnegative("lam", lam) for lam in lams]
    return s / (s**2 + np.array(shifts)[:, None])


def ridge_path(
    features: np.ndarray,
    y: np.ndarray,
    lams: Sequence[float],
) -> np.ndarray:
    """Return the ridge weights (L, N) for every lam, from one factorization.

    w(lam) = V diag(s / (s^2 + n lam / 2)) U^T y. At lam = 0 this is the
    least-squares solution of smallest norm: the exact fit with the least |w|
    where there are many (N > n).
    """
    u, s, vt = factor(features)
    return gains(s, len(y), lams) * (u.T @ y) @ vt


def smoother(train: np.ndarray, test: np.ndarray, lam: float = 0.0) -> np.ndarray:
    """Return S (P, n): the fit on features `train` (n, N) predicts S y at `test` (P, N)."""
    u, s, vt = factor(train)
    return (test @ vt.T * gains(s, len(train), [lam])) @ u.T


def bias_variance(
    S: np.ndarray, f_train: np.ndarray, f_test: np.ndarray, sigma: float
) -> tuple[float, float]:
    """Return (bias^2, variance) of the prediction S y over all noise of sd sigma in y: exact.

    bias^2 = mean (S f - f_test)^2 and variance = sigma^2 mean_p sum_i S_pi^2.
    """
    bias = S @ f_train - f_test
    return float(np.mean(bias**2)), float(sigma**2 * np.mean((S**2).sum(axis=1)))


@timed
def feature_curve(
    seeds: Sequence[int],
    counts: Sequence[int],
    n: int = 100,
    lams: Sequence[float] = (0.0,),
    sigmas: Sequence[float] = (0.3,),
    n_test: int = 500,
) -> xr.Dataset:
    """Fit the kink on N random features, for every N in `counts`, lam and sigma, and every seed.

    Returns a Dataset over (N, lam, sigma, seed) of means over all noise in the targets, exact:
    `train` and `test`, the squared errors on training targets and on new noisy ones; `bias2` and
    `variance`, with test = bias2 + variance + sigma^2. A seed draws inputs and features.
    """
    parts = np.empty((4, len(counts), len(lams), len(sigmas), len(seeds)))
    for i, seed in enumerate(seeds):
        x, x_test = draw_inputs(n, seed), draw_inputs(n_test, seed, "test")
        for j, count in enumerate(counts):
            train, test = (relu_features(at, count, seed) for at in (x, x_test))
            parts[:, j, :, :, i] = _errors(train, test, kink(x), kink(x_test), lams, sigmas)
    dims = ("N", "lam", "sigma", "seed")
    places = {"N": counts, "lam": lams, "sigma": sigmas, "seed": seeds}
    return xr.Dataset(
        {name: (dims, part) for name, part in zip(_PARTS, parts, strict=True)},
        {name: list(values) for name, values in places.items()} | {"n": n},
    )


def feature_curves(
    seeds: Sequence[int], sizes: Sequence[int], lams: Sequence[float], sigmas: Sequence[float]
) -> xr.Dataset:
    """Return the median over seeds of `feature_curve` at COUNTS, over (n, N, lam, sigma)."""
    curves = [feature_curve(seeds, COUNTS, n, lams, sigmas) for n in sizes]
    medians: list[xr.Dataset] = [curve.median("seed") for curve in curves]
    return xr.concat(medians, "n")


def landmarks(test: xr.DataArray) -> xr.Dataset:
    """Return the test error at three N that do not depend on lam, so that ridge can be compared.

    They are the valley, where it is lowest without ridge among N < n, then N = n, and the end, the
    largest N. `test` has the dims n, N, lam and any others; n and the end must be among its N.
    Returns `N` and `error` over (..., place), place in {"valley", "N = n", "end"}.
    """
    plain = test.sel(lam=0, drop=True)
    valley = plain.where(test.n > test.N).idxmin("N").astype(int)
    places = [valley, test.n + 0 * valley, xr.full_like(valley, int(test.N[-1]))]
    at = xr.concat(places, "place").assign_coords(place=["valley", "N = n", "end"])
    return xr.Dataset({"N": at, "error": test.sel(N=at).drop_vars("N")})


def smallest_values(seeds: Sequence[int], counts: Sequence[int], n: int = 100) -> xr.DataArray:
    """Return the smallest singular value of n x N random features, over (N, seed)."""
    x = {seed: draw_inputs(n, seed) for seed in seeds}
    least = [[factor(relu_features(x[s], count, s))[1].min() for s in seeds] for count in counts]
    return xr.DataArray(least, [("N", list(counts)), ("seed", list(seeds))])


_PARTS = ("train", "test", "bias2", "variance")


def _errors(train, test, f, f_test, lams, sigmas) -> np.ndarray:
    """The four parts (4, L, sigmas), for all lam and sigma from one factorization."""
    u, s, vt = factor(train)
    g = gains(s, len(train), lams)  # (L, r)
    modes, target = test @ vt.T, u.T @ f  # (P, r), (r,)
    bias2 = ((g * target @ modes.T - f_test) ** 2).mean(axis=1)[:, None]  # (L, 1)
    per_noise = (g**2 @ (modes**2).mean(axis=0))[:, None]  # variance / sigma^2
    left = 1 - s * g  # (L, r): the share of each direction that the fit leaves in the residual
    outside = f @ f - target @ target  # what no feature can reach
    missed = ((left * target) ** 2).sum(axis=1)[:, None] + max(outside, 0.0)
    free = ((left**2).sum(axis=1) + len(f) - len(s))[:, None]  # noise that stays unfitted
    noise = np.asarray(sigmas, float) ** 2  # (sigmas,)
    variance = per_noise * noise
    bias2 = np.broadcast_to(bias2, variance.shape)
    return np.stack([(missed + free * noise) / len(f), bias2 + variance + noise, bias2, variance])
