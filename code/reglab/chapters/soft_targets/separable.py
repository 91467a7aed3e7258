"""Two classes that a line separates: how the weights grow without end, and what smoothing changes.

Source      Soudry, Hoffer, Nacson, Gunasekar, Srebro (2018), "The Implicit Bias of Gradient Descent
            on Separable Data", JMLR 19, theorem 3.
Symbols     x (N, 2) points and s (N,) = +1 or -1 their classes; w (2,) the weights, without a bias;
            p = sigmoid(w x) the probability of class +1; t the steps of gradient descent.
            m (2,) is the shortest vector with s m x >= 1 for all points: its direction has the
            largest margin, 1 / |m|. Without smoothing w(t) = m log t + a bounded part.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from reglab.core import numpy_stream

EPS = (0.0, 0.01, 0.03, 0.1, 0.3)
STEPS = 30_000


def draw_points(n: int = 12, seed: int = 3) -> tuple[NDArray, NDArray]:
    """Return n points (n, 2) on both sides of a tilted line, at least 0.5 away from it, and s."""
    rng = numpy_stream(seed, "separable points")
    s = np.where(np.arange(n) < n // 2, 1.0, -1.0)
    along, away = rng.normal(0, 1, n), 0.5 + rng.exponential(1.5, n)
    normal = np.array([np.cos(0.5), np.sin(0.5)])
    return (s * away)[:, None] * normal + along[:, None] * np.array([-normal[1], normal[0]]), s


def largest_margin(x: NDArray, s: NDArray) -> NDArray:
    """Return m (2,): the shortest weights with s m x >= 1 at every point."""
    constraint = {"type": "ineq", "fun": lambda m: s * (x @ m) - 1, "jac": lambda m: s[:, None] * x}
    start = (s[:, None] * x).mean(0)
    found = minimize(
        lambda m: m @ m / 2, start, jac=lambda m: m, constraints=[constraint], tol=1e-14
    )
    return found.x


def descend(
    x: NDArray, s: NDArray, eps: Sequence[float] = EPS, steps: int = STEPS, lr: float = 1.0
) -> xr.Dataset:
    """Run gradient descent on the cross-entropy of smoothed targets, from w = 0, for each eps.

    Returns over (eps, step), at steps that are even on a logarithmic axis: `length` of w, `angle`
    in degrees between w and m, `loss`, and `confidence`, the mean of the larger probability.
    """
    each = np.asarray(eps, dtype=float)
    target = (1 - each)[:, None] * (s > 0) + each[:, None] / 2  # (E, N)
    shown = np.unique(np.geomspace(1, steps, 80).round().astype(int))
    w, every = np.zeros((len(each), 2)), []
    for step in range(1, steps + 1):
        w = w - lr * (expit(w @ x.T) - target) @ x / len(x)
        if step in shown:
            every.append(w)
    w = np.stack(every, axis=1)  # (E, steps shown, 2)
    z, t, m = w @ x.T, target[:, None], largest_margin(x, s)
    length = np.linalg.norm(w, axis=-1)
    cosine = w @ m / (length * np.linalg.norm(m))
    parts = {
        "length": length,
        "angle": np.degrees(np.arccos(np.clip(cosine, -1, 1))),
        "loss": (np.logaddexp(0, z) - t * z).mean(-1),
        "confidence": expit(np.abs(z)).mean(-1),
    }
    return xr.Dataset(
        {name: (("eps", "step"), values) for name, values in parts.items()},
        coords={"eps": each, "step": shown},
    )


def growth_rates(runs: xr.Dataset) -> xr.DataArray:
    """Return how much longer w becomes per unit of log t, over the last tenth of the steps."""
    late = runs.length.sel(step=slice(int(runs.step[-1]) // 10, None))
    times = np.log([late.step[0], late.step[-1]])
    return (late.isel(step=-1) - late.isel(step=0)) / (times[1] - times[0])
