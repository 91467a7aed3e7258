"""Train one network: the loop to read first. `fleet` does the same for many, only faster.

Symbols     loss = mean over the examples of a minibatch; weight_decay adds weight_decay/2 * |w|^2.
"""

import math
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reglab.core import stream
from reglab.core.keyed import KeyedDraws
from reglab.core.randomness import KeyedRandomness
from reglab.data import Splits
from reglab.penalties import weights_of
from reglab.sharpness import two_step_gradients
from reglab.train.engines.draws import check_outputs, check_trainable, how_it_draws
from reglab.train.history import CURVES, History, report_epochs
from reglab.train.losses import example_errors, example_losses, flatten_tokens, pick_loss
from reglab.train.optimizers import make_optimizer
from reglab.train.running.progress import bar
from reglab.train.schedules import Schedule, epoch_factors
from reglab.train.techniques import Average, soft_targets, sort_techniques
from reglab.train.training import Training


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
    techniques: Sequence[Any] = (),
    report: Iterable[int] | None = None,
    progress: bool = False,
) -> History:
    """Train `model` in place and return its curves.

    Args:
        model: any module (B, I) -> (B, K), or (B, T) -> (B, T, K) where the targets are a class
            for each token; its device and dtype are used, its weights changed.
        splits: the data; only `train` is trained on, all three parts are measured. Token ids, int64
            (N, T), stay so. With a target for each token, loss and error are means over tokens.
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
        seed: names the order of the minibatches and all draws of layers and techniques.
        loss: "cross_entropy" or "squared"; None picks by the targets.
        techniques: what else is done in training, such as [Mixup(0.2)]: see
            `reglab.train.techniques`. With one that averages weights, `model` ends as the average.
        report: epochs to measure at, 0 (before training) to `epochs`; None means all of them.
        progress: show a bar. Never in tests or CI; REGLAB_PROGRESS=1 or =0 overrides.
    Raises: ValueError for a value out of range; DivergedError when the loss is NaN or infinite.
    """
    check_trainable(model)
    if not isinstance(splits, Splits):
        raise ValueError(f"splits must be Splits; got {type(splits).__name__}")
    like = next(model.parameters())
    splits = splits.to(like.device, like.dtype)
    check_outputs(model, splits.train, splits.classes or 1)
    loss = pick_loss(loss, splits)
    reported = report_epochs(report, epochs, pieces=max(1, epochs))
    training = Training(
        lr=lr, optimizer=optimizer, momentum=momentum, weight_decay=weight_decay, l1=l1, l2=l2,
        batch=batch, schedule=schedule, loss=loss, techniques=techniques,
    )  # fmt: skip
    trainer, curves = Trainer(model, splits, training, seed, epochs), []
    with trainer.random_numbers():
        for epoch in bar(range(epochs + 1), progress, "epochs"):
            if epoch > 0:
                check_finite(trainer.train_epoch(epoch - 1), epoch, lr)
            if epoch in reported:
                with trainer.average or nullcontext():
                    curves.append(measure(model, splits, loss))
    if trainer.average:
        trainer.average.swap()
    table = {name: np.array([row[name] for row in curves]) for name in CURVES}
    return History(np.array(reported), **table)


class Trainer:
    """One network, its data and settings, and what they need from step to step.

    Each use of randomness has its own stream, named by the seed: "order" of the examples, "mask"
    for layers that draw, "augment" for changes of a minibatch, "perturb" for those of weights.
    """

    def __init__(
        self, model: nn.Module, splits: Splits, training: Training, seed: int, epochs: int
    ):
        self.model, self.training, self.seed, self.epochs = model, training, seed, epochs
        self.data, self.classes, n = splits.train, splits.classes, len(splits.train)
        self.dtype = next(model.parameters()).dtype
        self.name_of_loss = pick_loss(training.loss, splits)
        self.batch = min(training.batch or n, n)
        self.steps = -(-n // self.batch)  # of an epoch
        self.optimizer = make_optimizer(model, training)
        self.techniques = sort_techniques(training.techniques)
        self.streams = {role: stream(seed, role) for role in ("order", "augment", "perturb")}
        self.average = None
        if self.techniques.average:
            buffers = [b for b in model.buffers() if b.is_floating_point()]
            tensors = [*model.parameters(), *buffers]
            self.average = Average(tensors, self.techniques.average, epochs * self.steps)

    def random_numbers(self) -> ExitStack:
        """A block in which layers draw from the stream (seed, "mask")."""
        block = ExitStack()
        block.enter_context(KeyedRandomness(self.seed, "mask", self.data.x.device))
        if how_it_draws(self.model, self.data.x[:2]) == "keyed":
            block.enter_context(KeyedDraws([stream(self.seed, "mask")]))
        return block

    def train_epoch(self, epoch: int) -> Tensor:
        """Go once over the training examples in minibatches; return the loss of the last one."""
        self.model.train()
        order = torch.randperm(len(self.data), generator=self.streams["order"])
        factors = epoch_factors(self.training.schedule, epoch, self.epochs, self.steps)
        for part, factor in zip(order.split(self.batch), factors, strict=True):
            part = part.to(self.data.x.device)
            loss = self.train_step(self.data.x[part], self.data.y[part], self.training.lr * factor)
        return loss

    def train_step(self, x: Tensor, y: Tensor, lr: float) -> Tensor:
        """Learn from one minibatch, and return its loss before the step."""
        if self.techniques.soft:
            y = soft_targets(y, self.classes, self.dtype)
            x, y = self.techniques.change_batch(x, y, self.streams["augment"])
        value = self.backward(x, y)
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.step()
        if self.techniques.after:
            self.act_after_step(lr)
        if self.average:
            self.average.update()
        return value

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Loss + penalties on one minibatch."""
        z, y = flatten_tokens(self.model(x), y)
        if self.techniques.loss:
            value = self.techniques.loss.batch_loss(z, y)
        else:
            value = example_losses(z, y, self.name_of_loss).mean()
        if self.techniques.penalties:
            value = value + self.techniques.penalty(dict(weights_of(self.model)))
        return value

    def backward(self, x: Tensor, y: Tensor) -> Tensor:
        """Leave the gradient to learn from in each w.grad; return the loss at the weights."""
        if moves := self.techniques.perturbation:
            return two_step_gradients(
                self.model, lambda: self.loss(x, y), moves, self.streams["perturb"]
            )
        value = self.loss(x, y)
        self.optimizer.zero_grad()
        value.backward()
        return value.detach()

    @torch.no_grad()
    def act_after_step(self, lr: float) -> None:
        """Let the techniques change the weights that the optimizer has just moved."""
        params = dict(weights_of(self.model))
        weights = {name: w.detach() for name, w in params.items()}
        found = self.techniques.after_step(weights, next(iter(weights.values())).new_tensor(lr))
        for name, w in params.items():
            w.copy_(found[name])


@torch.no_grad()
def measure(model: nn.Module, splits: Splits, loss: str) -> dict[str, float]:
    """Loss and error of each part, in eval mode, by the names of `CURVES`."""
    model.eval()
    row = dict.fromkeys(CURVES, math.nan)
    for name, part in splits.parts().items():
        if len(part) == 0:
            continue
        z, y = flatten_tokens(torch.cat([model(x) for x in part.x.split(1000)]), part.y)
        row[f"{name}_loss"] = example_losses(z, y, loss).cpu().double().mean().item()
        if splits.classes is not None:
            row[f"{name}_error"] = example_errors(z, y).cpu().double().mean().item()
    return row


def check_finite(value: Tensor, epoch: int, lr: float) -> None:
    """Raise DivergedError, with the epoch and the fix, unless the loss is finite."""
    if not math.isfinite(value.item()):
        raise DivergedError(
            f"training diverged in epoch {epoch}: the loss is {value.item()} at lr = {lr:g}; "
            f"try a smaller lr, such as {lr / 10:g}"
        )
