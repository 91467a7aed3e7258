"""Train many small networks as one, and return their curves as a labeled dataset.

Room        train -- tests/train/test_fleet.py
Each network ends as it would alone: its data, initial weights, minibatch order and dropout masks
are keyed by its own seed, and the sums are the same. Compared with `fit`, only time is saved.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from reglab.core import check_choice, pick_device
from reglab.data import Splits
from reglab.train.history import CURVES, report_epochs
from reglab.train.losses import pick_loss
from reglab.train.models import MLP
from reglab.train.plan import plan
from reglab.train.progress import bar
from reglab.train.settings import Grid, describe, expand, load
from reglab.train.stacked import Stack, outputs, train_stack

KEEP = ("predictions", "networks")


def fleet(
    model: MLP,
    data: Splits | Callable[..., Splits],
    *,
    epochs: int,
    lr: float | Sequence[float],
    seeds: Iterable[int] = range(10),
    optimizer: str | Sequence[str] = "sgd",
    momentum: float | Sequence[float] = 0.9,
    weight_decay: float | Sequence[float] = 0.0,
    batch: int | None | Sequence[int] = 100,
    loss: str | None = None,
    report: Iterable[int] | None = None,
    keep: str | Sequence[str] = (),
    progress: bool = False,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
    **data_settings: Any,
) -> xr.Dataset:
    """Train one network for every combination of the varied settings and seeds.

    Every setting passed as a list, range or array is varied and becomes a dim of the result; so
    do those of the model, e.g. mlp(width=[10, 30]). The rest are in the result's attrs.

    Args:
        model: the specification of the networks, from `mlp`.
        data: Splits that all share, or a function called as data(seed, **data_settings).
        epochs: passes over the training data.
        lr: learning rate, > 0.
        seeds: names the data, initial weights, minibatch order and masks of each network.
        optimizer: "sgd", "adam" or "adamw", as in torch.optim.
        momentum: of SGD; the others don't use it.
        weight_decay: torch's, >= 0: an L2 penalty in "sgd" and "adam", decoupled in "adamw".
        batch: examples per minibatch; the last of an epoch may be smaller. None: all of them.
        loss: "cross_entropy" or "squared"; None picks by the targets.
        report: epochs to measure at, 0 (before training) to `epochs`; None: about ten.
        keep: "predictions" adds the variable test_output, the final outputs (logits) on the test
            examples, and "networks" the variable network, each an nn.Sequential.
        progress: show a bar. Never in tests or CI; REGLAB_PROGRESS=1 or =0 overrides.
        device, dtype: where and how to compute; None picks the device.
        data_settings: passed on to the data function, e.g. label_noise=[0, 0.2].
    Returns: a dataset with dims (varied settings..., seed, epoch) and variables train_loss,
        train_error, val_loss, val_error, test_loss, test_error (fractions), NaN where a part is
        empty or a network has diverged; `diverged` (settings..., seed) marks the latter.
    Warns: RuntimeWarning that names the networks that diverged. The others are not affected.
    Raises: ValueError for a setting out of range, before any training.
    """
    training = dict(
        lr=lr, momentum=momentum, weight_decay=weight_decay, batch=batch, optimizer=optimizer
    )
    grid = expand(model, training, data_settings, seeds)
    keep = [check_choice("keep", k, KEEP) for k in ([keep] if isinstance(keep, str) else keep)]
    reported = report_epochs(report, epochs, pieces=10)
    splits, which = load(data, grid.networks)
    loss = pick_loss(loss, splits[0])
    splits = [s.to(pick_device(device), dtype) for s in splits]
    results = _Results(grid, reported, keep)
    like = splits[0].train.x
    sizes = [len(splits[d].train) for d in which]
    buckets = plan(grid.networks, sizes, like[0].numel(), splits[0].classes or 1)
    ticks = iter(bar(range(len(buckets) * epochs), progress, "fleet"))
    for bucket in buckets:
        own = [which[i] for i in bucket.members]
        stack = Stack([grid.networks[i] for i in bucket.members], bucket.width, splits[0], like)
        curves = train_stack(
            stack,
            splits,
            own,
            epochs=epochs,
            loss=loss,
            report=reported,
            tick=lambda: next(ticks, None),
        )
        results.add(bucket.members, curves, stack, [splits[d].test.x for d in own])
    return results.dataset(dict(epochs=epochs, loss=loss))


class _Results:
    """The table under construction: one row per network, in the order of the grid."""

    def __init__(self, grid: Grid, reported: list[int], keep: Sequence[str]):
        self.grid, self.reported, self.keep = grid, reported, keep
        rows = len(grid.networks)
        self.curves = {name: np.full((rows, len(reported)), np.nan) for name in CURVES}
        self.networks = np.empty(rows, dtype=object)
        self.outputs: list[np.ndarray | None] = [None] * rows

    def add(self, members: Sequence[int], curves: dict, stack: Stack, tests: Sequence) -> None:
        """Fill in the rows of one bucket."""
        for name, values in curves.items():
            self.curves[name][list(members)] = values
        for m, i in enumerate(members):
            if "networks" in self.keep:
                self.networks[i] = stack.unstack(m)
            if "predictions" in self.keep:
                self.outputs[i] = outputs(stack, [m], tests[m])[0].T.cpu().numpy()

    def dataset(self, attrs: dict) -> xr.Dataset:
        """The finished dataset; warns of networks that diverged."""
        dims, shape = list(self.grid.dims), self.grid.shape
        parts = {
            name: ([*dims, "epoch"], values.reshape(*shape, -1))
            for name, values in self.curves.items()
        }
        lost = ~np.isfinite(self.curves["train_loss"][:, -1])
        parts["diverged"] = (dims, lost.reshape(shape))
        if "networks" in self.keep:
            parts["network"] = (dims, self.networks.reshape(shape))
        if "predictions" in self.keep:
            stacked = np.stack(self.outputs)  # rows, test examples, outputs
            parts["test_output"] = (
                [*dims, "test_example", "output"],
                stacked.reshape(*shape, *stacked.shape[1:]),
            )
        _warn(self.grid, lost)
        coords = {**self.grid.dims, "epoch": self.reported}
        fixed = {k: v for k, v in self.grid.fixed.items() if v is not None}
        return xr.Dataset(parts, coords=coords, attrs=fixed | attrs)


def _warn(grid: Grid, lost: np.ndarray) -> None:
    """Say which networks diverged, if any."""
    if not lost.any():
        return
    named = [describe(grid.networks[i]) for i in np.flatnonzero(lost)]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    warnings.warn(
        f"{len(named)} of {len(lost)} networks diverged and are NaN; try a smaller lr: "
        f"{'; '.join(named[:3])}{more}",
        RuntimeWarning,
        stacklevel=4,
    )
