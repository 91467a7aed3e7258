"""Train many small networks as one, and return their curves as a labeled dataset.

Each network ends as it would alone: its data, initial weights, minibatch order and dropout masks
are keyed by its own seed, and the sums are the same. Compared with `fit`, only time is saved.
Company of equal padded width changes no bit of a network: it is trained on one thread of the CPU,
whatever torch is set to (see `threads`). More cores, or machines, are used by `sweep`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
import xarray as xr

from reglab.core import check_choice, check_count, pick_device
from reglab.data import Splits
from reglab.train.history import report_epochs
from reglab.train.losses import pick_loss
from reglab.train.models import MLP, Modules
from reglab.train.running.executors import run_plan
from reglab.train.running.plan import Plan, make_plan
from reglab.train.running.units import ENGINES, KEEP
from reglab.train.schedules import Schedule
from reglab.train.settings import expand, load


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
    batch: int | None | Sequence[int] = 100,
    schedule: Schedule | Sequence[Schedule] = "constant",
    loss: str | None = None,
    report: Iterable[int] | None = None,
    keep: str | Sequence[str] = (),
    dry_run: bool = False,
    engine: str = "fast",
    memory: int = 2**29,
    progress: bool = False,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
    **data_settings: Any,
) -> xr.Dataset | Plan:
    """Train one network for every combination of the varied settings and seeds.

    Every setting passed as a list, range or array is varied and becomes a dim of the result; so
    do those of the model, e.g. mlp(width=[10, 30]). The rest are in the result's attrs.

    Args:
        model: the specification of the networks, from `mlp` or `modules`.
        data: Splits that all share, or a function called as data(seed, **data_settings).
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
        report: epochs to measure at, 0 (before training) to `epochs`; None: about ten.
        keep: "predictions" adds the variable test_output, the final outputs (logits) on the test
            examples, and "networks" the variable network, each an nn.Module.
        dry_run: train nothing, and return the Plan: which networks would be trained as one.
        engine: "fast"; "readable", by autograd; or "loop", one network after another with plain
            torch. All give the same numbers; `modules` go through torch.func.vmap unless "loop".
        memory: most bytes for the networks trained as one.
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
        lr=lr, momentum=momentum, weight_decay=weight_decay, l1=l1, l2=l2, batch=batch,
        optimizer=optimizer, schedule=schedule,
    )  # fmt: skip
    check_choice("engine", engine, ENGINES)
    check_count("memory", memory)
    keep = [check_choice("keep", k, KEEP) for k in ([keep] if isinstance(keep, str) else keep)]
    reported, device = report_epochs(report, epochs, pieces=10), pick_device(device)
    grid = expand(model, training, data_settings, seeds)
    splits, which = load(data, grid.networks)
    loss = [pick_loss(loss, s) for s in splits][0]
    if "predictions" in keep and len(sizes := {len(s.test) for s in splits}) > 1:
        raise ValueError(f"keep='predictions' needs test parts of one size; got {sorted(sizes)}")
    plan = make_plan(
        grid,
        which,
        [s.to("cpu", dtype) for s in splits],
        loss=loss,
        epochs=epochs,
        memory=memory,
        device=str(device),
        reported=tuple(reported),
        engine=engine,
        keep=tuple(keep),
    )
    return plan if dry_run else run_plan(plan, progress=progress)
