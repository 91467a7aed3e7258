"""Two linear models whose double descent has a formula: over samples, and over epochs.

Source      Samples: Nakkiran (2019), "More Data Can Hurt for Linear Regression"; the expectation
            follows from the mean of the inverse Wishart matrix, as in Belkin, Hsu, Xu (2020), "Two
            models of double descent for weak features", section 2. Tuned ridge: Nakkiran et al.
            (2021), "Optimal Regularization Can Mitigate Double Descent", ICLR.
            Epochs: Heckel, Yilmaz (2021), "Early Stopping in Deep Networks", ICLR, section 3.
Symbols     n examples, d inputs, w (d,) the true weights, sigma the sd of the noise in y = x w.
            Excess error: E (x w_fit - x w)^2 over new x, the squared error without the noise.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.core import check_count, check_nonnegative, check_positive, numpy_stream
from reglab.evidence import timed


def expected_excess(n: int, d: int, sigma: float) -> float:
    """Return the mean excess error of smallest-norm fits: x normal, |w| = 1.

    n <= d - 2: (1 - n/d) + sigma^2 n / (d - n - 1)   not seen, plus noise
    n >= d + 2: sigma^2 d / (n - d - 1)               noise alone
    In between (n = d - 1, d, d + 1) the expectation is infinite, if sigma > 0.
    """
    check_count("n", n, minimum=0)
    check_count("d", d)
    noise = check_nonnegative("sigma", sigma) ** 2
    unseen = max(1 - n / d, 0.0)
    if noise == 0:
        return unseen
    if abs(n - d) <= 1:
        return np.inf
    return unseen + noise * min(n, d) / (abs(n - d) - 1)


def tuned_lam(n: int, d: int, sigma: float) -> float:
    """Return lam = 2 d sigma^2 / n (n lam/2 = d sigma^2): no other beats it here on average."""
    return 2 * d * check_nonnegative("sigma", sigma) ** 2 / check_count("n", n)


@timed
def excess_errors(
    seeds: Sequence[int], sizes: Sequence[int], d: int = 30, sigma: float = 0.5
) -> xr.DataArray:
    """Fit each seed's first n examples, for every n in `sizes`, without ridge and with tuned ridge.

    Returns the excess error |w_fit - w|^2 over (ridge, n, seed), ridge in {"none", "tuned"}.
    """
    X, y, w = _examples(seeds, max(sizes), d, sigma)
    error = np.empty((2, len(sizes), len(seeds)))
    for j, n in enumerate(sizes):
        u, s, vt = np.linalg.svd(X[:, :n], full_matrices=False)  # s (seeds, r)
        modes = np.einsum("snr,sn->sr", u, y[:, :n])
        for k, shift in enumerate([0.0, n / 2 * tuned_lam(n, d, sigma)]):
            fit = np.einsum("sr,srd->sd", s / (s**2 + shift) * modes, vt)
            error[k, j] = ((fit - w) ** 2).sum(axis=1)
    return xr.DataArray(
        error, [("ridge", ["none", "tuned"]), ("n", list(sizes)), ("seed", list(seeds))]
    )


def _examples(seeds: Sequence[int], n: int, d: int, sigma: float) -> tuple[np.ndarray, ...]:
    """Inputs (seeds, n, d), noisy targets (seeds, n), and the weights (d,), of length 1."""
    drawn = np.stack([numpy_stream(s, "examples").standard_normal((n, d + 1)) for s in seeds])
    w = np.full(d, d**-0.5)
    return drawn[..., :d], drawn[..., :d] @ w + sigma * drawn[..., d], w


@timed
def two_scale_errors(
    seeds: Sequence[int],
    epochs: Sequence[float],
    n: int = 160,
    d: int = 100,
    slow: float = 0.1,
    share: float = 0.4,
    sigma: float = 0.6,
    lr: float = 0.05,
) -> xr.Dataset:
    """Full-batch gradient descent from 0 on inputs of two scales, at any epoch, without a loop.

    Half of the inputs have sd 1 and carry `share` of the signal, half have sd `slow`. After t
    steps the factor 1/s of least squares has become (1 - (1 - 2 lr s^2 / n)^t) / s.
    Returns `bias2` and `variance` over (epoch, seed), exact means over all noise; epochs may be
    inf. Their sum is the excess error.
    Raises: ValueError if lr is so large that gradient descent diverges.
    """
    half = d // 2
    scale = np.r_[np.ones(half), np.full(d - half, slow)]
    w = np.r_[
        np.full(half, (share / half) ** 0.5), np.full(d - half, ((1 - share) / (d - half)) ** 0.5)
    ]
    parts = np.empty((2, len(epochs), len(seeds)))
    for i, seed in enumerate(seeds):
        X = numpy_stream(seed, "two scales").standard_normal((n, d)) * scale
        _, s, vt = np.linalg.svd(X, full_matrices=False)
        kept = 1 - 2 * check_positive("lr", lr) * s**2 / n  # of each direction's error, per step
        if kept.min() <= -1:
            raise ValueError(f"lr={lr} diverges; it must stay below {n / s.max() ** 2:.3g}")
        for j, t in enumerate(epochs):
            left = kept**t if np.isfinite(t) else 0.0 * kept
            # The fit misses V diag(left) V^T of the true weights w / scale, and what X never shows.
            missed = w - scale * (vt.T @ ((1 - left) * (vt @ (w / scale))))
            parts[0, j, i] = missed @ missed
            parts[1, j, i] = sigma**2 * ((scale[:, None] * vt.T * ((1 - left) / s)) ** 2).sum()
    places = {"epoch": list(epochs), "seed": list(seeds)}
    names = ("bias2", "variance")
    return xr.Dataset(
        {name: (("epoch", "seed"), part) for name, part in zip(names, parts, strict=True)}, places
    )
