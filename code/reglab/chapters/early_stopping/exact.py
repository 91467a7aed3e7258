"""The exact part: gradient descent beside ridge on least squares, and a valley too early.

Source      Goodfellow, Bengio, Courville (2016), "Deep Learning", section 7.8; Ali, Kolter,
            Tibshirani (2019), AISTATS; Heckel, Yilmaz (2021), "Early Stopping in Deep Networks:
            Double Descent and How to Eliminate It", ICLR, section 3, for two speeds.
Symbols     h curvatures, c the true weight's parts along the same directions, sigma^2 the variance
            of the noise, n examples: see `reglab.stopping.filters` and `.risks`.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.stopping import (
    filter_risk,
    gradient_descent_filter,
    gradient_flow_filter,
    matching_alpha,
    patience_stops,
    ridge_filter,
)

H2, GOAL = np.array([1.0, 0.1]), np.array([1.0, 1.0])  # two directions, and least squares there
# Thirty directions whose curvatures fall as a power law; weights of equal variance.
D, N, NOISE, LR = 30, 100, 4.0, 0.5
CURVATURES = np.arange(1, D + 1) ** -1.5


def paths(lr: float, steps: int) -> xr.DataArray:
    """Return the weights (solver, step, weight) of two directions, 0 to `steps` steps.

    Solvers: gradient descent, and ridge with the strength alpha = 1 / (lr step) that matches it.
    """
    t = np.arange(steps + 1)[:, None]
    with np.errstate(divide="ignore"):
        alpha = 1 / (lr * t)  # infinite before the first step
    both = [gradient_descent_filter(H2, lr, t) * GOAL, ridge_filter(H2, alpha) * GOAL]
    return xr.DataArray(
        np.stack(both),
        dims=("solver", "step", "weight"),
        coords={"solver": ["gradient descent", "ridge"], "step": t[:, 0]},
    )


def filters_and_risks(steps: Sequence[int], factors: Sequence[float]) -> xr.Dataset:
    """Return the shares learned (steps, factor, direction) and risks (steps, factor) of both.

    Ridge's strength is `factor` times the matching one, 1 / (lr steps). Variables: `descent` and
    `ridge`, the filters at CURVATURES; `descent_risk` and `ridge_risk`; `alpha`.
    """
    t, factor = np.array(steps)[:, None, None], np.array(factors)[:, None]
    alpha = factor * matching_alpha(LR, t)  # (steps, factor, 1)
    shape = (len(steps), len(factors), D)
    found = {
        "descent": np.broadcast_to(gradient_descent_filter(CURVATURES, LR, t), shape),
        "ridge": ridge_filter(CURVATURES, alpha),
    }
    risks = {f"{name}_risk": risk(share) for name, share in found.items()}
    return xr.Dataset(
        {name: (("steps", "factor", "direction"), share) for name, share in found.items()}
        | {name: (("steps", "factor"), value) for name, value in risks.items()}
        | {"alpha": (("steps", "factor"), alpha[..., 0])},
        coords={"steps": list(steps), "factor": list(factors)},
    )


def risk(share: np.ndarray) -> np.ndarray:
    """Return the expected squared distance from the true weights, for shares (..., direction)."""
    return filter_risk(share, CURVATURES, 1.0, noise_variance=NOISE, examples=N)


def risk_curves(times: Sequence[float]) -> xr.Dataset:
    """Return the risks of gradient flow and of ridge with alpha = 1 / time, over (time)."""
    t = np.array(times)[:, None]
    curves = {
        "flow": risk(gradient_flow_filter(CURVATURES, t)),
        "ridge": risk(ridge_filter(CURVATURES, 1 / t)),
    }
    return xr.Dataset({n: ("time", c) for n, c in curves.items()}, coords={"time": list(times)})


def two_speeds(
    epochs: Sequence[int], slow: Sequence[float], noise: Sequence[float], signal: float = 0.75
) -> xr.Dataset:
    """Return excess errors over (slow, noise, epoch) of inputs of two scales, learned from 0.

    Half of 100 inputs have curvature 1, the others `slow`; the fast half carries a quarter of the
    signal's variance, 1 - `signal`. One epoch is one step of rate 0.1 on n = 100 examples with
    orthogonal inputs; `noise` is the targets' variance around the signal. Variables: `fast`,
    `slow_part`, and their sum, `error`, which is the error of the outputs on fresh noise.
    """
    half, n, lr = 50, 100, 0.1
    s = np.array(slow)[:, None, None, None]
    h = np.concatenate([np.ones_like(s), s], axis=-1)  # (slow, 1, 1, 2): one of each half
    c2 = np.array([1 - signal, signal]) / half / h  # each half's signal variance is h c^2
    f = gradient_descent_filter(h, lr, np.array(epochs)[:, None])  # (slow, 1, epoch, 2)
    sigma2 = np.array(noise)[:, None, None]
    parts = half * (h * (1 - f) ** 2 * c2 + sigma2 / n * f**2)
    dims = ("slow", "noise", "epoch")
    return xr.Dataset(
        {
            "error": (dims, parts.sum(-1)),
            "fast": (dims, parts[..., 0]),
            "slow_part": (dims, parts[..., 1]),
        },
        coords={"slow": list(slow), "noise": list(noise), "epoch": list(epochs)},
    )


def stops_on(curves: xr.Dataset, patiences: Sequence[int]) -> xr.Dataset:
    """Apply patience to `curves.error`; return `epoch` and `error` at the best one found.

    Over (patience, slow, noise): what would be returned if validation data had no noise at all.
    """
    values, epochs = curves.error.values, curves.epoch.values
    best = np.stack([patience_stops(values, p).best for p in patiences])
    error = np.stack([np.take_along_axis(values, b[..., None], -1)[..., 0] for b in best])
    dims = ("patience", "slow", "noise")
    return xr.Dataset(
        {"epoch": (dims, epochs[best]), "error": (dims, error)},
        coords={"patience": list(patiences), "slow": curves.slow, "noise": curves.noise},
    )
