"""Where the answer is known: one weight, and a lasso of 50, with L1 in the loss and by a prox.

Source      Parikh, Boyd (2014), "Proximal Algorithms", section 4.2, for the proximal gradient
            method; Yun, Lozano, Yang (2021), NeurIPS, for Adam's metric.
Symbols     loss = 1/(2n) |y - X w|^2, or 1/2 (w - v)^2 for one weight; penalty = lam sum |w|.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import nn
from torch.optim import SGD, Adam

from reglab.core import stream
from reglab.penalties import add_prox, l1, regularization_path, soft_threshold


def one_weight(
    lams: Sequence[float], lrs: Sequence[float], steps: int = 60, v: float = 0.3, start: float = 1.0
) -> xr.Dataset:
    """Minimize 1/2 (w - v)^2 + lam |w| by gradient steps of constant length, in two ways.

    Returns over (lam, lr, step), with step 0 as the start: `in_loss`, where the gradient of the
    penalty is lam sign(w), and `by_prox`, where a soft threshold by lr lam follows the step along
    the loss. Over (lam): `minimum`, where both should end.
    """
    lam, lr = np.asarray(lams)[:, None], np.asarray(lrs)[None]
    shape = np.broadcast_shapes(lam.shape, lr.shape)
    in_loss, by_prox = [np.full(shape, start)], [np.full(shape, start)]
    for _ in range(steps):
        w = in_loss[-1]
        in_loss.append(w - lr * (w - v + lam * np.sign(w)))
        w = by_prox[-1] - lr * (by_prox[-1] - v)
        by_prox.append(np.sign(w) * np.maximum(abs(w) - lr * lam, 0.0))
    where = ("lam", "lr", "step")
    return xr.Dataset(
        {
            "in_loss": (where, np.stack(in_loss, axis=-1)),
            "by_prox": (where, np.stack(by_prox, axis=-1)),
            "minimum": ("lam", np.sign(v) * np.maximum(abs(v) - lam[:, 0], 0.0)),
        },
        coords={"lam": list(lams), "lr": list(lrs), "step": range(steps + 1)},
    )


# name -> (optimizer, how the penalty is applied)
WAYS = {
    "SGD, L1 in the loss": (lambda p: SGD(p, lr=0.1), "loss"),
    "Adam, L1 in the loss": (lambda p: Adam(p, lr=0.01), "loss"),
    "SGD, proximal step": (lambda p: SGD(p, lr=0.1), "optimizer"),
    "Adam, proximal step": (lambda p: Adam(p, lr=0.01), "optimizer"),
    "Adam, threshold lr · λ": (lambda p: Adam(p, lr=0.01), "euclidean"),
}


def lasso_ways(seed: int = 0, steps: int = 2000, lam: float = 0.1) -> xr.Dataset:
    """Minimize one lasso problem, 50 weights of which 5 count, in each of the WAYS.

    Returns over (way): `zeros`, how many of the 50 weights end at exactly 0; `above`, how far
    the objective ends above its minimum. The attribute `zeros` is the number at the minimum.
    """
    X = torch.randn(200, 50, dtype=torch.float64, generator=stream(seed, "X"))
    y = X[:, :5].sum(1) + torch.randn(200, dtype=torch.float64, generator=stream(seed, "noise"))
    best = torch.from_numpy(
        regularization_path(X, y, [lam], intercept=False, tol=1e-13, device="cpu").coef.values[0]
    )

    def objective(w: torch.Tensor) -> torch.Tensor:
        return 0.5 * (y - X @ w).square().mean() + lam * w.abs().sum()

    weights = []
    for make, penalty in WAYS.values():
        w = nn.Parameter(torch.zeros(50, dtype=torch.float64))
        optimizer, in_loss = make([w]), penalty == "loss"
        if not in_loss:
            add_prox(optimizer, [w], lambda v, step: soft_threshold(v, step * lam), metric=penalty)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = 0.5 * (y - X @ w).square().mean()
            (loss + l1(w, lam) if in_loss else loss).backward()
            optimizer.step()
        weights.append(w.detach())
    return xr.Dataset(
        {
            "zeros": ("way", [int((w == 0).sum()) for w in weights]),
            "above": ("way", [float(objective(w) - objective(best)) for w in weights]),
        },
        coords={"way": list(WAYS)},
        attrs={"zeros": int((best == 0).sum())},
    )
