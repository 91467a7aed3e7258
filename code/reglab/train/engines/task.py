"""What all ways of training a stack share: the task, and its minibatches.

Symbols     M = G S models: G groups (one data set and one minibatch order each) of S networks;
            N training examples, B of a minibatch, I inputs, K outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.core import stream
from reglab.data import Splits
from reglab.train.schedules import epoch_factors
from reglab.train.settings import Network
from reglab.train.techniques import Average, Techniques, soft_targets, sort_techniques


@dataclass(frozen=True)
class Task:
    """One bucket, ready to train: networks of one kind, group after group, and their data.

    Attributes:
        networks: M of them.
        data: one Splits for each group, on the device and in the dtype to compute with.
        width: what MLPs are padded to; None for what is trained as modules.
        epochs: passes over the training data.
        dtype: what to compute in; token ids don't tell.
    All of the networks have one loss, batch size, optimizer, schedule and list of techniques.
    """

    networks: Sequence[Network]
    data: Sequence[Splits]
    width: int | None
    epochs: int
    dtype: torch.dtype

    @property
    def each(self) -> int:
        """S, the number of networks in a group."""
        return len(self.networks) // len(self.data)

    @property
    def outputs(self) -> int:
        """K: classes, or 1 for a real target."""
        return self.data[0].classes or 1

    @property
    def batch(self) -> int:
        """B, the size of all minibatches of an epoch but perhaps the last."""
        return min(self.networks[0].training.batch or self.examples, self.examples)

    @property
    def loss(self) -> str:
        """The loss by name: what is measured, and trained on if no technique replaces it."""
        loss = self.networks[0].training.loss
        assert loss is not None, "see with_loss"
        return loss

    @property
    def techniques(self) -> Techniques:
        """What else is done in training, sorted by what it does."""
        return sort_techniques(self.networks[0].training.techniques)

    @property
    def examples(self) -> int:
        """N, the number of training examples of each group."""
        return len(self.data[0].train)

    @property
    def steps(self) -> int:
        """Minibatches of an epoch."""
        return -(-self.examples // self.batch)

    def data_of(self, m: int) -> Splits:
        """The data of network m."""
        return self.data[m // self.each]

    def make_average(self, tensors: Sequence[Tensor]) -> Average | None:
        """The average of these stacked tensors, if a technique asks for one."""
        technique = self.techniques.average
        return Average(tensors, technique, self.epochs * self.steps) if technique else None


class Batches:
    """The minibatches of each group: its own data, in the order of the stream (seed, "order").

    Attributes: x (D, N, ...) and y (D, N), (D, N, K) if soft, or (D, N, T) for tokens, of the D
    distinct data sets; which (G,), the one of each group. Groups of one seed and one size see the
    same order. Techniques change the minibatch of each group with the stream (seed, "augment").
    """

    def __init__(self, task: Task):
        distinct = list({id(d): d for d in task.data}.values())
        self.task = task
        self.x = torch.stack([d.train.x for d in distinct])
        self.y = torch.stack([d.train.y for d in distinct])
        ids = [id(d) for d in distinct]
        self.which = torch.tensor([ids.index(id(d)) for d in task.data], device=self.x.device)
        self.seeds = [n.seed for n in task.networks[:: task.each]]
        self.streams = {seed: stream(seed, "order") for seed in self.seeds}
        self.techniques = task.techniques
        self.generators = [stream(seed, "augment") for seed in self.seeds]

    def order(self) -> Tensor:
        """The next epoch's order of the examples of each group, (G, N)."""
        n = self.task.examples
        drawn = {s: torch.randperm(n, generator=g) for s, g in self.streams.items()}
        return torch.stack([drawn[seed] for seed in self.seeds]).to(self.x.device)

    def minibatch(self, part: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (G, B, ...) and targets, (G, B, ...) or soft (G, B, ..., K), at places (G, B)."""
        own = self.which[:, None]
        x, y = self.x[own, part], self.y[own, part]
        if not self.techniques.soft:
            return x, y
        return self.change(x, soft_targets(y, self.task.data[0].classes, self.task.dtype))

    def change(self, x: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The minibatch of each group, (G, B, ...) and (G, B, ..., K), as techniques leave it."""
        if not self.techniques.changes:
            return x, targets
        groups = zip(x, targets, self.generators, strict=True)
        changed = [self.techniques.change_batch(*group) for group in groups]
        inputs, rows = zip(*changed, strict=True)
        return torch.stack(inputs), torch.stack(rows)

    def factors(self, epoch: int) -> list[float]:
        """The schedule's factor on lr for each step of an epoch."""
        schedule = self.task.networks[0].training.schedule
        return epoch_factors(schedule, epoch, self.task.epochs, self.task.steps)
