"""Train one network: the loop to read first. `fleet` does the same for many, only faster.

Symbols     loss = mean over the examples of a minibatch; weight_decay adds weight_decay/2 * |w|^2.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from reglab.core import check_count, stream
from reglab.core.randomness import KeyedRandomness
from reglab.data import Examples, Splits
from reglab.train.history import CURVES, History, report_epochs
from reglab.train.losses import example_errors, example_losses, pick_loss
from reglab.train.optimizers import make_optimizer
from reglab.train.running.progress import bar
from reglab.train.schedules import Schedule, check_schedule, epoch_factors


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
    l1: float = 0.0,
    l2: float = 0.0,
    batch: int | None = 100,
    schedule: Schedule = "constant",
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
        weight_decay: torch's, >= 0: an L2 penalty in "sgd" and "adam", decoupled in "adamw", on
            every parameter, biases too.
        l1: strength of l1 sum |w| on weights, not biases: a proximal step, so zeros are exact.
        l2: strength of l2/2 sum w^2 on weights, not biases, added to the gradient.
        batch: examples per minibatch; the last of an epoch may be smaller. None: all of them.
        schedule: factor on lr: "constant", "linear" or "cosine" (both fall to 0), or a function
            of the share of the steps done, in [0, 1).
        seed: names the order of the minibatches and the draws of dropout layers.
        loss: "cross_entropy" or "squared"; None picks by the targets.
        report: epochs to measure at, 0 (before training) to `epochs`; None means all of them.
        progress: show a bar. Never in tests or CI; REGLAB_PROGRESS=1 or =0 overrides.
    Raises: ValueError for a value out of range; DivergedError when the loss is NaN or infinite.
    """
    like = next(model.parameters())
    splits, n = splits.to(like.device, like.dtype), len(splits.train)
    loss = pick_loss(loss, splits)
    reported = report_epochs(report, epochs, pieces=max(1, epochs))
    check_schedule(schedule)
    optim = make_optimizer(model, optimizer, lr, momentum, weight_decay, l1, l2)
    batch = n if batch is None else check_count("batch", batch)
    order, curves = stream(seed, "order"), []
    with KeyedRandomness(seed, "mask", like.device):
        for epoch in bar(range(epochs + 1), progress, "epochs"):
            if epoch > 0:
                factors = epoch_factors(schedule, epoch - 1, epochs, steps=-(-n // batch))
                lrs = [lr * f for f in factors]
                last = train_epoch(model, optim, splits.train, order, lrs, batch, loss)
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
    lrs: Sequence[float],
    batch: int,
    loss: str,
) -> Tensor:
    """Go once over the training examples in minibatches; return the loss of the last one.

    `lrs` holds the learning rate of each step, `order` draws the order of the examples.
    """
    model.train()
    shuffled = torch.randperm(len(train), generator=order).to(train.x.device)
    for part, lr in zip(shuffled.split(batch), lrs, strict=True):
        optim.param_groups[0]["lr"] = lr
        z = model(train.x[part])
        value = example_losses(z, train.y[part], loss).mean()
        optim.zero_grad()
        value.backward()
        optim.step()
    return value.detach()


@torch.no_grad()
def measure(model: nn.Module, splits: Splits, loss: str) -> dict[str, float]:
    """Loss and error of each part, in eval mode, by the names of `CURVES`."""
    model.eval()
    row = dict.fromkeys(CURVES, math.nan)
    for name, part in splits.parts().items():
        if len(part) == 0:
            continue
        z = torch.cat([model(x) for x in part.x.split(1000)])
        row[f"{name}_loss"] = example_losses(z, part.y, loss).cpu().double().mean().item()
        if splits.classes is not None:
            row[f"{name}_error"] = example_errors(z, part.y).cpu().double().mean().item()
    return row


def check_finite(value: Tensor, epoch: int, lr: float) -> None:
    """Raise DivergedError, with the epoch and the fix, unless the loss is finite."""
    if not math.isfinite(value.item()):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the loss is {value.item()} at lr = {lr:g}; "
            f"try a smaller lr, such as {lr / 10:g}"
        )
