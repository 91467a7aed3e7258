"""Train one network: the loop to read first. `fleet` does the same for many, only faster.

Room        train -- tests/train/test_fit.py
Symbols     loss = mean over the examples of a minibatch; weight_decay adds weight_decay/2 * |w|^2.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from reglab.core import check_count, stream
from reglab.core.streams import stream_key
from reglab.data import Examples, Splits
from reglab.train.history import CURVES, History, report_epochs
from reglab.train.losses import example_errors, example_losses, pick_loss
from reglab.train.optimizers import make_optimizer
from reglab.train.progress import bar


class DivergedError(RuntimeError):
    """Training produced a loss that is not a finite number."""


def fit(
    model: nn.Module,
    splits: Splits,
    *,
    epochs: int,
    lr: float,
    optimizer: str = "sgd",
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    batch: int | None = 100,
    seed: int = 0,
    loss: str | None = None,
    report: Iterable[int] | None = None,
    progress: bool = False,
) -> History:
    """Train `model` in place and return its curves.

    Args:
        model: any module (B, I) -> (B, K); its device and dtype are used, its weights changed.
        splits: the data; only `train` is trained on, all three parts are measured.
        epochs: passes over the training data.
        lr: learning rate, > 0.
        optimizer: "sgd", "adam" or "adamw", as in torch.optim.
        momentum: of SGD; the others don't use it.
        weight_decay: torch's, >= 0: an L2 penalty in "sgd" and "adam", decoupled in "adamw".
        batch: examples per minibatch; the last of an epoch may be smaller. None: all of them.
        seed: names the order of the minibatches and the draws of dropout layers.
        loss: "cross_entropy" or "squared"; None picks by the targets.
        report: epochs to measure at, 0 (before training) to `epochs`; None means all of them.
        progress: show a bar. Never in tests or CI; REGLAB_PROGRESS=1 or =0 overrides.
    Raises: ValueError for a value out of range; DivergedError when the loss is NaN or infinite.
    """
    like = next(model.parameters())
    splits = splits.to(like.device, like.dtype)
    loss = pick_loss(loss, splits)
    reported = report_epochs(report, epochs, pieces=max(1, epochs))
    optim = make_optimizer(model, optimizer, lr, momentum, weight_decay)
    size = len(splits.train) if batch is None else check_count("batch", batch)
    order, curves = stream(seed, "order"), []
    with private_randomness(seed, like.device):
        for epoch in bar(range(epochs + 1), progress, "epochs"):
            if epoch > 0:
                last = train_epoch(model, optim, splits.train, order, size, loss)
                check_finite(last, epoch, lr)
            if epoch in reported:
                curves.append(measure(model, splits, loss))
    table = {name: np.array([row[name] for row in curves]) for name in CURVES}
    return History(np.array(reported), **table)


def train_epoch(
    model: nn.Module,
    optim: torch.optim.Optimizer,
    train: Examples,
    order: torch.Generator,
    size: int,
    loss: str,
) -> Tensor:
    """Go once over the training examples, in minibatches; return the loss of the last one."""
    model.train()
    for part in torch.randperm(len(train), generator=order).to(train.x.device).split(size):
        z = model(train.x[part])
        value = example_losses(z, train.y[part], loss).mean()
        optim.zero_grad()
        value.backward()
        optim.step()
    return value.detach()


@torch.no_grad()
def measure(model: nn.Module, splits: Splits, loss: str) -> dict[str, float]:
    """Loss and error of each part, in eval mode, by the names of `CURVES`."""
    was_training = model.training
    model.eval()
    row = {}
    for name, part in splits.parts().items():
        z = torch.cat([model(x) for x in part.x.split(1000)]) if len(part) else None
        row[f"{name}_loss"] = math.nan if z is None else _mean(example_losses(z, part.y, loss))
        has_error = z is not None and splits.classes is not None
        row[f"{name}_error"] = _mean(example_errors(z, part.y)) if has_error else math.nan
    model.train(was_training)
    return row


def check_finite(value: Tensor, epoch: int, lr: float) -> None:
    """Raise DivergedError, with the epoch and the fix, unless the loss is finite."""
    if not math.isfinite(value.item()):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the loss is {value.item()} at lr = {lr:g}; "
            f"try a smaller lr, such as {lr / 10:g}"
        )


@contextmanager
def private_randomness(seed: int, device: torch.device) -> Iterator[None]:
    """Key torch's global generators to (seed, "mask") inside the block, and restore them after.

    nn.Dropout takes no generator of its own; this way a run repeats, and disturbs no other.
    """
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        for generator in chain([torch.default_generator], _cuda_generators(devices)):
            generator.manual_seed(stream_key(seed, "mask"))
        yield


def _cuda_generators(devices: list[torch.device]) -> list[torch.Generator]:
    default = [torch.cuda.current_device() if d.index is None else d.index for d in devices]
    return [torch.cuda.default_generators[i] for i in default]


def _mean(values: Tensor) -> float:
    return values.double().mean().item()
