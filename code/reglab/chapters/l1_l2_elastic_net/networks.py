"""Networks: zeros with L1 in the loss and by proximal steps, single weights and units.

Source      Wen et al. (2016), "Learning Structured Sparsity in Deep Neural Networks", NeurIPS;
            Scardapane et al. (2017), "Group Sparse Regularization for Deep Neural Networks",
            Neurocomputing 241, for groups of all that a unit receives.
The networks of all seeds are trained as one stack: a weight is (M, O, I), and the optimizer and
the proximal step treat it element by element, or row by row, so each is trained as if alone.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.func import vmap
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from reglab.core import check_choice, stream
from reglab.data import signals
from reglab.penalties import add_prox, group_soft_threshold, l1, soft_threshold
from reglab.train import mlp
from reglab.train.engines.stacked import forward
from reglab.train.models import initial_weights

WAYS = ("none", "l1 in the loss", "l1 by prox", "units by prox")
WIDTH, N_TRAIN, BATCH = 64, 1000, 100


def sparse_networks(
    seeds: Sequence[int], way: str, lam: float, lr: float, epochs: int = 60
) -> xr.Dataset:
    """Train a network with two hidden layers for each seed, its hidden weights penalized.

    SGD with momentum 0.9, the learning rate falling linearly to 0. Returns over (seed):
        val_error, test_error: shares of wrong answers;
        zeros, tiny: shares of hidden weights that are exactly 0, or below 1e-3 in size;
        units: hidden units, of 128, that still receive and send something.
    """
    check_choice("way", way, WAYS)
    splits = [signals(seed, n_train=N_TRAIN) for seed in seeds]
    params = _start(seeds)
    hidden = params[0:4:2]  # the weights into the two hidden layers
    optimizer = SGD(params, lr=lr, momentum=0.9)
    if "prox" in way:
        add_prox(optimizer, hidden, _prox(way, lam))
    x = torch.stack([s.train.x.T for s in splits])  # (M, I, N)
    y = torch.stack([s.train.y for s in splits])
    orders = [stream(seed, "order") for seed in seeds]
    steps = epochs * N_TRAIN // BATCH
    for step in range(steps):
        if step % (N_TRAIN // BATCH) == 0:
            shuffled = torch.stack([torch.randperm(N_TRAIN, generator=g) for g in orders])
        part = shuffled[:, (step * BATCH) % N_TRAIN :][:, :BATCH]  # (M, B)
        optimizer.param_groups[0]["lr"] = lr * (1 - step / steps)
        z = forward(params, x.gather(2, part[:, None].expand(-1, x.shape[1], -1)))
        loss = cross_entropy(z, y.gather(1, part), reduction="sum") / BATCH  # sum over networks
        optimizer.zero_grad()
        (loss + l1(hidden, lam) if way == "l1 in the loss" else loss).backward()
        optimizer.step()
    return _measured(seeds, [p.detach() for p in params], splits)


def _start(seeds: Sequence[int]) -> list[nn.Parameter]:
    """He's initial weights of every seed, stacked: [W1, b1, ...], W (M, O, I), b (M, O, 1)."""
    layers = [initial_weights(mlp(width=WIDTH), 40, 10, seed) for seed in seeds]
    params = []
    for i in range(3):
        weight, bias = (torch.stack([network[i][j] for network in layers]) for j in (0, 1))
        params += [nn.Parameter(weight.float()), nn.Parameter(bias.float()[..., None])]
    return params


def _prox(way: str, lam: float):
    if way == "l1 by prox":
        return lambda w, step: soft_threshold(w, step * lam)
    # The group lasso counts the root of a group's size; then lam compares with that of L1.
    return lambda w, step: vmap(
        lambda one: group_soft_threshold(one, step * lam * math.sqrt(one.shape[1]))
    )(w)


@torch.no_grad()
def _measured(seeds: Sequence[int], params: list[Tensor], splits: list) -> xr.Dataset:
    errors = {}
    for name in ("val", "test"):
        parts = [getattr(s, name) for s in splits]
        z = forward(params, torch.stack([p.x.T for p in parts]))
        wrong = z.argmax(1) != torch.stack([p.y for p in parts])
        errors[f"{name}_error"] = wrong.double().mean(1)
    W1, W2, W3 = params[::2]
    flat = torch.cat([W1.flatten(1), W2.flatten(1)], dim=1)
    # A unit counts if its row (what it receives) and its column (what it sends) are not all 0.
    alive = [(W1 != 0).any(2) & (W2 != 0).any(1), (W2 != 0).any(2) & (W3 != 0).any(1)]
    values = {
        **errors,
        "zeros": (flat == 0).double().mean(1),
        "tiny": (flat.abs() < 1e-3).double().mean(1),
        "units": sum(a.sum(1) for a in alive),
    }
    return xr.Dataset(
        {name: ("seed", np.asarray(value)) for name, value in values.items()},
        coords={"seed": list(seeds)},
    )
