"""Train many small networks as one, and return their curves as a labeled dataset.

Each network ends as it would alone: its data, initial weights, minibatch order and dropout masks
are keyed by its own seed, and the sums are the same. Compared with `fit`, only time is saved.
No bit of a network depends on others of equal padded width: all train on one thread of the CPU,
whatever torch is set to (see `threads`). More cores, or machines, are used by `sweep`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, overload

import torch
import xarray as xr

from reglab.core import check_choice, check_count, check_list, pick_device
from reglab.data import Splits
from reglab.train.history import report_epochs
from reglab.train.models import MLP, Modules
from reglab.train.running.executors import run_plan
from reglab.train.running.plan import Plan, make_plan
from reglab.train.running.units import KEEP
from reglab.train.schedules import Schedule
from reglab.train.settings import expand, load, with_loss


@overload
def fleet(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    epochs: int,
    lr: float | Sequence[float],
    dry_run: Literal[True],
    **settings: Any,
) -> Plan:
    """The plan."""


@overload
def fleet(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    epochs: int,
    lr: float | Sequence[float],
    seeds: Iterable[int] = ...,
    optimizer: str | Sequence[str] = ...,
    momentum: float | Sequence[float] = ...,
    weight_decay: float | Sequence[float] = ...,
    l1: float | Sequence[float] = ...,
    l2: float | Sequence[float] = ...,
    batch: int | Sequence[int] | None = ...,
    schedule: Schedule | Sequence[Schedule] = ...,
    loss: str | Sequence[str] | None = ...,
    techniques: Sequence[Any] = ...,
    arms: Mapping[str, Any] | None = ...,
    report: Iterable[int] | None = ...,
    keep: str | Sequence[str] = ...,
    dry_run: Literal[False] = ...,
    memory: int = ...,
    progress: bool = ...,
    device: torch.device | str | None = ...,
    dtype: torch.dtype = ...,
    **data_settings: Any,
) -> xr.Dataset:
    """The results."""


def fleet(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    epochs: int,
    lr: float | Sequence[float],
    seeds: Iterable[int] = range(10),
    optimizer: str | Sequence[str] = "sgd",
    momentum: float | Sequence[float] = 0.9,
    weight_decay: float | Sequence[float] = 0.0,
    l1: float | Sequence[float] = 0.0,
    l2: float | Sequence[float] = 0.0,
    batch: int | Sequence[int] | None = 100,
    schedule: Schedule | Sequence[Schedule] = "constant",
    loss: str | Sequence[str] | None = None,
    techniques: Sequence[Any] = (),
    arms: Mapping[str, Any] | None = None,
    report: Iterable[int] | None = None,
    keep: str | Sequence[str] = (),
    dry_run: bool = False,
    memory: int = 2**29,
    progress: bool = False,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
    **data_settings: Any,
) -> xr.Dataset | Plan:
    """Train one network for every combination of arms, varied settings and seeds.

    Every setting passed as a list, range or array is varied and becomes a dim of the result; so
    do those of the model, e.g. mlp(width=[10, 30]). The rest are in the result's attrs. `arms` are
    settings that vary together, and become the dim "arm":

        fleet(mlp(64), signals, lr=0.08, epochs=60, arms={
            "none": [], "mixup": [Mixup(0.2)], "wide dropout": dict(dropout=0.2, lr=0.1)})

    Args:
        model: the specification of the networks, from `mlp` or `modules`.
        data: Splits that all share, or a function called as data(seed, **data_settings). Inputs
            may be token ids, int64 (N, T), and targets classes of tokens, int64 (N, T): then the
            network returns (B, T, K), and loss and error are means over all tokens.
        epochs: passes over the training data.
        lr: learning rate, > 0.
        seeds: names the data, initial weights, minibatch order and masks of each network.
        optimizer: "sgd", "adam" or "adamw", as in torch.optim.
        momentum: of SGD; the others don't use it.
        weight_decay: torch's, >= 0: an L2 penalty in "sgd" and "adam", decoupled in "adamw", on
            every parameter, biases too.
        l1: strength of l1 sum |w| on weights, not biases: a proximal step, so zeros are exact.
        l2: strength of l2/2 sum w^2 on weights, not biases, added to the gradient; with l1 it is
            an elastic net. See `optimizers`.
        batch: examples per minibatch; the last of an epoch may be smaller. None: all of them.
        schedule: factor on lr: "constant", "linear" or "cosine" (both fall to 0), or a function
            of the share of the steps done, in [0, 1).
        loss: "cross_entropy" or "squared"; None picks by the targets.
        techniques: what else is done in training, such as [Mixup(0.2)]: one list for all networks;
            see `reglab.train.techniques`.
        arms: by name, a list of techniques or a dict of any settings: of the network, the training
            (with its own "techniques") or the data. A setting that an arm lacks has the value of
            the call; "model" may be another specification. What varies in the call, arms can't set.
        report: epochs to measure at, 0 (before training) to `epochs`; None: about ten.
        keep: "predictions" adds the variable test_output, the final outputs (logits) on the test
            examples (and tokens, if each has a target); "networks" the variable network, each an
            nn.Module in eval mode; "snapshots" the same at every reported epoch, over (..., seed,
            epoch).
        dry_run: train nothing, and return the Plan: which networks would be trained as one.
        memory: most bytes for the networks trained as one.
        progress: show a bar. Never in tests or CI; REGLAB_PROGRESS=1 or =0 overrides.
        device, dtype: where and how to compute; None picks the device. Token ids stay int64.
        data_settings: passed on to the data function, e.g. label_noise=[0, 0.2].
    Returns: a dataset with dims (arm, varied settings..., seed, epoch) and variables train_loss,
        train_error, val_loss, val_error, test_loss, test_error (fractions), NaN where a part is
        empty or a network has diverged; `diverged` (settings..., seed) marks the latter.
    Warns: RuntimeWarning that names the networks that diverged. The others are not affected.
    Raises: ValueError for a setting out of range, before any training.
    """
    training = dict(
        lr=lr, momentum=momentum, weight_decay=weight_decay, l1=l1, l2=l2, batch=batch,
        optimizer=optimizer, schedule=schedule, loss=loss, techniques=techniques,
    )  # fmt: skip
    check_count("memory", memory)
    if dtype is not float and not getattr(dtype, "is_floating_point", False):
        raise ValueError(f"dtype must be one of torch's, such as torch.float32; got {dtype!r}")
    keep = check_keep(keep)
    reported, device = report_epochs(report, epochs, pieces=10), pick_device(device)
    grid = expand(model, training, data_settings, seeds, arms)
    splits, which = load(data, grid.networks)
    if "predictions" in keep and len(sizes := {len(s.test) for s in splits}) > 1:
        raise ValueError(f"keep='predictions' needs test parts of one size; got {sorted(sizes)}")
    named = [with_loss(n, splits[d]) for n, d in zip(grid.networks, which, strict=True)]
    plan = make_plan(
        replace(grid, networks=named),
        which,
        [s.to("cpu", dtype) for s in splits],
        epochs=epochs,
        memory=memory,
        device=str(device),
        dtype=dtype,
        reported=tuple(reported),
        keep=keep,
    )
    return plan if dry_run else run_plan(plan, progress=progress)


def check_keep(keep: str | Sequence[str]) -> tuple[str, ...]:
    """Return what to keep as a tuple; ValueError for an unknown name, or two for one variable."""
    names = [keep] if isinstance(keep, str) else check_list("keep", keep)
    keep = tuple(check_choice("keep", k, KEEP) for k in names)
    if {"networks", "snapshots"} <= set(keep):
        raise ValueError("keep: the last of the snapshots are the networks; leave out 'networks'")
    return keep
