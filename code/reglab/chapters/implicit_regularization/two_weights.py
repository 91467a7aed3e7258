"""A network of two weights, where gradient descent's preferences can be followed by eye.

Source      Barrett, Dherin (2021), "Implicit Gradient Regularization", ICLR, section 3.
Symbols     w = (a, b); L = (1 - a b)^2 / 2: all points with a b = 1 are minima. There the Hessian
            has the eigenvalues 0 and a^2 + b^2, the sharpness. eta: learning rate.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from reglab.sharpness import gradient_descent, gradient_flow, implicit_gradient_penalty

# gradient descent against the flow, in a fixed time
SLOW = (0.0125, 0.025, 0.05, 0.1, 0.2)
SLOW_START, TIME = (2.0, 0.1), 1.0
# gradient descent to the end, at rates of which some are unstable at the first minimum
FAST = (0.1, 0.15, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325, 0.35, 0.375, 0.4)
FAST_START, STEPS = (2.8, 0.3), 200
FINE = 0.025  # longest step of Runge-Kutta, whose error is then far below all that is compared


def loss(w: Tensor) -> Tensor:
    """Return (1 - a b)^2 / 2 for w = (a, b)."""
    return (1 - w[0] * w[1]) ** 2 / 2


def curvature(w: NDArray) -> NDArray:
    """Return the largest eigenvalue of the Hessian of `loss` at each point w (..., 2)."""
    a, b = w[..., 0], w[..., 1]
    # [[b^2, 2ab - 1], [2ab - 1, a^2]]
    return (a**2 + b**2) / 2 + np.hypot((a**2 - b**2) / 2, 2 * a * b - 1)


def compare_with_flow(
    etas: Sequence[float] = SLOW, start: tuple[float, float] = SLOW_START, time: float = TIME
) -> xr.Dataset:
    """Follow descent, the flow of L, and that of L + eta/4 |grad L|^2, over (eta, step).

    Variables: t, the time at each step; flow and modified, the distances of descent from the two
    flows at equal times. Steps beyond `time` are NaN.
    """
    w0 = torch.tensor(start, dtype=torch.float64)
    most = max(round(time / eta) for eta in etas)
    found = {name: np.full((len(etas), most + 1), np.nan) for name in ("t", "flow", "modified")}
    for i, eta in enumerate(etas):
        steps = round(time / eta)
        path = gradient_descent(loss, w0, eta, steps)
        penalty = implicit_gradient_penalty(loss, eta)
        flows = {"flow": loss, "modified": lambda w, penalty=penalty: loss(w) + penalty(w)}
        found["t"][i, : steps + 1] = eta * np.arange(steps + 1)
        for name, function in flows.items():
            fine = max(1, round(eta / FINE))
            flow = gradient_flow(function, w0, eta * steps, fine * steps)[::fine]
            found[name][i, : steps + 1] = (path - flow).norm(dim=1)
    dims = ("eta", "step")
    return xr.Dataset({n: (dims, v) for n, v in found.items()}, coords={"eta": list(etas)})


def distances_at_end(paths: xr.Dataset) -> xr.Dataset:
    """Return the last distances, flow and modified, of `compare_with_flow` over (eta,)."""
    last = paths.t.argmax("step")
    return paths[["flow", "modified"]].isel(step=last)


def order(distances: xr.DataArray) -> float:
    """Return the slope of log distance against log eta, by least squares."""
    return float(np.polyfit(np.log(distances.eta), np.log(distances), 1)[0])


def descend(
    etas: Sequence[float] = FAST, start: tuple[float, float] = FAST_START, steps: int = STEPS
) -> xr.Dataset:
    """Follow gradient descent over (eta, step): a, b, loss and sharpness."""
    rate, paths = np.array(etas), [np.broadcast_to(start, (len(etas), 2))]
    for _ in range(steps):
        a, b = paths[-1].T
        paths.append(paths[-1] + (rate * (1 - a * b))[:, None] * np.stack([b, a], axis=1))
    every = np.stack(paths, axis=1)  # (eta, step, 2)
    a, b = every[..., 0], every[..., 1]
    parts = {"a": a, "b": b, "loss": (1 - a * b) ** 2 / 2, "sharpness": curvature(every)}
    coords = {"eta": list(etas), "step": np.arange(steps + 1)}
    return xr.Dataset({n: (("eta", "step"), v) for n, v in parts.items()}, coords=coords)
