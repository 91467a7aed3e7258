"""A quadratic with noisy gradients: the exact error of the weights and of their averages.

Source      Polyak, Juditsky (1992), "Acceleration of Stochastic Approximation by Averaging", SIAM
            J. Control Optim. 30, theorem 1, for the limit of the plain average.
Symbols     loss sum_i h_i w_i^2 / 2; the gradient comes as h w + s n, n normal with variance 1;
            w <- a w - lr s n with a = 1 - lr h. V is the variance of w when it no longer changes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from reglab.averaging import EMA
from reglab.core import numpy_stream

CURVATURES = (1.0, 0.1)  # a steep direction, and a flat one
NOISE, START = 1.0, (6.0, 12.0)


def weight_variance(lr: float, curvature: float, noise: float = NOISE) -> float:
    """Return V = lr s^2 / (h (2 - lr h)), the variance of one weight after many steps."""
    return lr * noise**2 / (curvature * (2 - lr * curvature))


def ema_variance(lr: float, curvature: float, decay: float, noise: float = NOISE) -> float:
    """Return V (1 - d)(1 + a d) / ((1 + d)(1 - a d)), the variance of an EMA after many steps."""
    a = 1 - lr * curvature
    share = (1 - decay) * (1 + a * decay) / ((1 + decay) * (1 - a * decay))
    return weight_variance(lr, curvature, noise) * share


def mean_variance(lr: float, curvature: float, count: int, noise: float = NOISE) -> float:
    """Return the variance of the plain mean over `count` steps, after many steps.

    V / n [(1 + a) / (1 - a) - 2 a (1 - a^n) / (n (1 - a)^2)], which tends to s^2 / (h^2 n): the
    learning rate has no part in it.
    """
    a, n = 1 - lr * curvature, count
    factor = (1 + a) / (1 - a) - 2 * a * (1 - a**n) / (n * (1 - a) ** 2)
    return weight_variance(lr, curvature, noise) / n * factor


def second_moments(
    technique: Any, lr: float, curvature: float, start: float, steps: int, noise: float = NOISE
) -> NDArray:
    """Return E[w^2] and E[average^2] after each step, (steps, 2), exactly.

    Args: technique: gives the rate of the average, such as EMA(0.9); start: the initial weight.
    """
    a, found = 1 - lr * curvature, np.empty((steps, 2))
    ww, wm, mm = start**2, start**2, start**2  # of the weight w and its average m
    for step in range(steps):
        ww, wm = a * a * ww + (lr * noise) ** 2, a * wm
        rate = technique.averaging_rate(step, steps)
        mm = (1 - rate) ** 2 * mm + 2 * rate * (1 - rate) * wm + rate**2 * ww
        wm = (1 - rate) * wm + rate * ww
        found[step] = ww, mm
    return found


def expected_losses(
    decays: Sequence[float], lrs: Sequence[float], steps: int = 1000
) -> xr.DataArray:
    """Return the expected loss after each step over (lr, decay, step); decay 0 is no average."""
    found = np.zeros((len(lrs), len(decays), steps))
    for i, lr in enumerate(lrs):
        for j, decay in enumerate(decays):
            for h, start in zip(CURVATURES, START, strict=True):
                found[i, j] += h / 2 * second_moments(EMA(decay), lr, h, start, steps)[:, 1]
    coords = {"lr": list(lrs), "decay": list(decays), "step": np.arange(1, steps + 1)}
    return xr.DataArray(found, coords=coords)


def draw_orbit(
    decays: Sequence[float], lrs: Sequence[float], steps: int = 1000, seed: int = 0
) -> xr.DataArray:
    """Return one path of the averages over (lr, decay, step, direction); decay 0 is the weights.

    The noise of each step is the same for all rates.
    """
    noise = NOISE * numpy_stream(seed, "gradient noise").normal(size=(steps, len(CURVATURES)))
    h, found = np.array(CURVATURES), np.zeros((len(lrs), len(decays), steps, len(CURVATURES)))
    for i, lr in enumerate(lrs):
        w, means = np.array(START), np.zeros((len(decays), len(CURVATURES)))
        for step in range(steps):
            w = w - lr * (h * w + noise[step])
            rates = np.array([EMA(d).averaging_rate(step) for d in decays])[:, None]
            means = (1 - rates) * means + rates * w
            found[i, :, step] = means
    coords = {"lr": list(lrs), "decay": list(decays), "step": np.arange(1, steps + 1)}
    return xr.DataArray(found, dims=[*coords, "direction"], coords=coords)
