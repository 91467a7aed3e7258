"""The exact part: L2 against decay on two weights, on pure noise, and on an intercept.

Source      Loshchilov, Hutter (2019), "Decoupled Weight Decay Regularization", ICLR: propositions 1
            (equal for SGD) and 2 (never equal for adaptive methods), and 3 for `rest`.
Symbols     two weights with the loss 1/2 sum h_i (w_i - 1)^2, so that without a penalty both are 1;
            the gradient of a minibatch is h_i (w_i - 1) plus noise of standard deviation sigma_i.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from reglab.core import stream
from reglab.penalties import adam_step, sgd_step

OPTIMIZERS = {
    "SGD": (sgd_step, dict(lr=0.02)),
    "SGD with momentum": (sgd_step, dict(lr=0.002, momentum=0.9)),
    "Adam": (adam_step, dict(lr=0.02)),
}
KINDS = ("L2", "decay")  # in the gradient, or decoupled from it
H, SIGMA = (1.0, 1.0), (0.2, 2.0)
START = (0.0, 2.0)


def paths(
    lam: float = 1.0,
    sigma: Sequence[float] = SIGMA,
    steps: int = 1000,
    runs: int = 200,
    every: int = 10,
    seed: int = 0,
) -> xr.Dataset:
    """Train two weights with L2 and with decay of one strength, by three optimizers.

    Returns `w` over (optimizer, kind, step, weight): the mean of `runs` runs that share their noise
    between kinds and optimizers; and `apart` (optimizer): the largest difference between the two
    kinds, over all single runs, weights and steps.
    """
    noise = torch.randn(steps, runs, 2, generator=stream(seed, "noise"), dtype=torch.float64)
    noise = noise * torch.tensor(sigma, dtype=torch.float64)
    both = {
        name: [_path(step, noise, **settings, **{key: lam}) for key in ("lam", "decay")]
        for name, (step, settings) in OPTIMIZERS.items()
    }
    apart = [float((one - other).abs().max()) for one, other in both.values()]
    mean = torch.stack([torch.stack(pair).mean(2)[:, ::every] for pair in both.values()])
    return xr.Dataset(
        {
            "w": (("optimizer", "kind", "step", "weight"), mean.numpy()),
            "apart": ("optimizer", apart),
        },
        coords={
            "optimizer": list(OPTIMIZERS),
            "kind": list(KINDS),
            "step": np.arange(0, steps + 1, every),
        },
    )


def _path(step, noise: Tensor, **settings) -> Tensor:
    """All weights (steps + 1, runs, 2) of one optimizer, for noise (steps, runs, 2)."""
    h = torch.tensor(H, dtype=torch.float64)
    w = torch.tensor(START, dtype=torch.float64).expand(noise.shape[1:])
    state, every = None, [w]
    for n in noise:
        w, state = step(w, h * (w - 1) + n, state, **settings)
        every.append(w)
    return torch.stack(every)


def rest(lam: float, sigma: Sequence[float] = SIGMA, adaptive: bool = False) -> np.ndarray:
    """Return where the mean weights (2,) come to rest.

    With L2, under any optimizer, where h (1 - w) = lam w: at h / (h + lam). With decay under Adam,
    where h (1 - w) = lam r w, with r = sqrt(sigma^2 + h^2 (1 - w)^2) the size of the gradients: as
    if each weight had its own lam r (for small steps).
    """
    h, r = np.array(H), 1.0
    for _ in range(200 if adaptive else 1):  # a contraction; 200 rounds are far more than enough
        w = h / (h + lam * r)
        r = np.sqrt(np.array(sigma) ** 2 + (h * (1 - w)) ** 2)
    return w


def kept(
    sizes: Sequence[float], lams: Sequence[float], lrs: Sequence[float], steps: Sequence[int]
) -> xr.Dataset:
    """Shrink a weight that starts at 1 and has nothing to learn; return what is left of it.

    Its gradient has a fixed size and flips its sign at every step, so it carries no signal.
    Returns over (lr, lam, steps, size): `decay`, the share (1 - lr lam)^steps that decoupled decay
    leaves under any optimizer, and L2 under SGD; `adam_l2`, the share that L2 leaves under Adam.
    """
    lr, lam, size = (torch.tensor(list(v), dtype=torch.float64) for v in (lrs, lams, sizes))
    lr, lam = lr[:, None, None], lam[:, None]
    w, state, left = torch.ones(len(lrs), len(lams), len(sizes), dtype=torch.float64), None, []
    for t in range(1, max(steps) + 1):
        w, state = adam_step(w, (size * (-1) ** t).expand_as(w), state, lr=lr, lam=lam)
        if t in steps:
            left.append(w)
    plain = torch.stack([((1 - lr * lam) ** t).expand_as(w) for t in sorted(steps)], dim=2)
    dims = ("lr", "lam", "steps", "size")
    return xr.Dataset(
        {"decay": (dims, plain.numpy()), "adam_l2": (dims, torch.stack(left, dim=2).numpy())},
        coords={"lr": list(lrs), "lam": list(lams), "steps": sorted(steps), "size": list(sizes)},
    )


def intercept_shift(lam: float, offset: float, n: int = 50, seed: int = 0) -> dict[str, float]:
    """Add `offset` to all targets of a linear regression; by how much do its predictions rise?

    Returns the mean rise at the training inputs, for lam/2 sum w^2 on the "weights" only, and on
    the "weights and bias". It should be `offset`: another origin of y is not another problem.
    The loss is the mean of (y - f)^2 / 2, and the fit is exact.
    """
    g = stream(seed, "intercept")
    x = torch.randn(n, 3, generator=g, dtype=torch.float64)
    x = torch.cat([x - x.mean(0), torch.ones(n, 1, dtype=torch.float64)], dim=1)
    y = x @ torch.randn(4, generator=g, dtype=torch.float64)
    rises = {}
    for name, bias in [("weights", 0.0), ("weights and bias", 1.0)]:
        penalty = n * lam * torch.diag(torch.tensor([1.0, 1.0, 1.0, bias], dtype=torch.float64))
        solved = torch.linalg.solve(x.T @ x + penalty, x.T @ torch.stack([y, y + offset], dim=1))
        rises[name] = float((x @ solved).diff(dim=1).mean())
    return rises
