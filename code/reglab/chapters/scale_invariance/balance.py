"""The exact case: a weight whose gradients have one size and stand at a right angle to it.

Then its length follows from Pythagoras alone, whatever the directions are.
Symbols     w the length; the gradient is SIZE / w long; rho = 1 - lr lam, the share decay leaves.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.penalties import angle_in_balance, length_in_balance

SIZE = 1.0
SCHEDULES = ("constant", "a tenth from the middle on")


def lengths(
    lrs: Sequence[float],
    lams: Sequence[float],
    starts: Sequence[float],
    steps: int = 1000,
    every: int = 10,
) -> xr.Dataset:
    """Follow w^2 <- rho^2 w^2 + (lr SIZE / w)^2 for every lr, lam, start and schedule of the rate.

    Returns over (lr, lam, start, schedule, step): `length`; `angle` in radians, by which the step
    turns the weight, tan = lr SIZE / (rho w^2); `effective`, rate / w^2. Over (lr, lam):
    `angle_in_balance`, `length_in_balance` and `time`, 1 / (2 lr lam) steps; NaN at lam = 0.
    """
    lr, lam, start, late = np.meshgrid(lrs, lams, starts, [1.0, 0.1], indexing="ij")
    square, rows = start**2, []
    for t in range(steps + 1):
        rate = lr * np.where(t < steps / 2, 1.0, late)
        rho = 1 - rate * lam
        step = (rate * SIZE) ** 2 / square
        if t % every == 0:
            w = np.sqrt(square)
            rows.append((w, np.arctan2(np.sqrt(step), rho * w), rate / square))
        square = rho**2 * square + step
    length, angle, effective = np.moveaxis(np.array(rows), 0, -1)
    dims = ("lr", "lam", "start", "schedule", "step")
    made = xr.Dataset(
        {"length": (dims, length), "angle": (dims, angle), "effective": (dims, effective)},
        {
            **{"lr": list(lrs), "lam": list(lams), "start": list(starts)},
            **{"schedule": list(SCHEDULES), "step": np.arange(0, steps + 1, every)},
        },
    )
    return made.assign(_in_balance(lrs, lams))


def _in_balance(lrs: Sequence[float], lams: Sequence[float]) -> dict[str, tuple]:
    table = [
        [
            (angle_in_balance(lr, lam), length_in_balance(lr, lam, SIZE), 0.5 / (lr * lam))
            if lam
            else (np.nan,) * 3
            for lam in lams
        ]
        for lr in lrs
    ]
    names = ("angle_in_balance", "length_in_balance", "time")
    return {
        name: (("lr", "lam"), values)
        for name, values in zip(names, np.moveaxis(np.array(table), 2, 0), strict=True)
    }
