"""Losses and errors of all networks of a task, by the names of the curves.

All networks are measured together, a piece of the examples at a time: one network after another
would cost as much as ten epochs of training (measured for 32 units, 1000 of 6000 examples). Where
the data sets of a task differ in the size of a part, it is measured one data set after another.
Symbols     M = G S models, G groups, D distinct data sets, N examples of a part, K outputs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from reglab.train.engines.task import Task
from reglab.train.history import CURVES
from reglab.train.losses import example_errors, example_losses, is_per_token

# Examples measured at once on a CPU: few enough to stay in the cache, and always as many, since
# another number rounds differently, and no bit may depend on what is trained beside a network.
PIECE = 256


@dataclass(frozen=True, eq=False)
class Part:
    """The inputs x (D, N, ...) of one part of all data sets, and each network's targets.

    Attributes: y (M, N), (M, K, N) if they are soft, or (M, N, T) if there is one for each token.
    """

    name: str
    x: Tensor
    y: Tensor

    @property
    def per_token(self) -> bool:
        """Whether each token has a target."""
        return is_per_token(self.y[0])

    @property
    def count(self) -> int:
        """The number of targets of each network."""
        return self.y[0].numel() if self.per_token else self.x.shape[1]

    def targets(self, here: slice) -> Tensor:
        """Targets of these examples: (M, n), (M, K, n) if they are soft, (M, n T) for tokens."""
        return self.y[:, here].flatten(1) if self.per_token else self.y[..., here]


class Measured(Protocol):
    """What an engine must do to be measured."""

    def pieces(self, part: Part) -> Iterator[tuple[slice, Tensor]]:
        """Yield (examples, outputs (M, K, n) or (M, K, n T)) of all networks, in eval mode."""
        ...

    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) or (m, K, N T) of the chosen networks for x (N, ...), in eval mode."""
        ...


def stack_parts(task: Task) -> list[Part]:
    """The parts that can be measured for all networks together: of one size, and not empty."""
    distinct = list({id(d): d for d in task.data}.values())
    place = {id(d): i for i, d in enumerate(distinct)}
    which = [place[id(d)] for d in task.data for _ in range(task.each)]  # (M,)
    found = []
    for name in distinct[0].parts():
        parts = [d.parts()[name] for d in distinct]
        if len(parts[0]) and len({(p.y.shape, p.y.dtype) for p in parts}) == 1:
            y = torch.stack([p.y for p in parts])[which]
            x = torch.stack([p.x for p in parts])
            soft = y.ndim > 2 and y.is_floating_point()
            found.append(Part(name, x, y.mT.contiguous() if soft else y))
    return found


@torch.no_grad()
def measure(engine: Measured, task: Task, parts: Sequence[Part] | None = None) -> dict:
    """Loss and error of each network on each part, without dropout: arrays (M,) by CURVES.

    `parts` is what `stack_parts` returns, to be given again at every report.
    """
    parts = stack_parts(task) if parts is None else parts
    row = {name: np.full(len(task.networks), np.nan) for name in CURVES}
    has_errors = task.data[0].classes is not None
    for part in parts:
        loss, error = sums_together(engine, task.loss, part)
        row[f"{part.name}_loss"] = loss / part.count
        if has_errors:
            row[f"{part.name}_error"] = error / part.count
    measure_by_data_set(engine, task, {part.name for part in parts}, row)
    # A network that has diverged says nothing more: its error would read as that of class 0.
    lost = ~np.isfinite(row["train_loss"])
    for values in row.values():
        values[lost] = np.nan
    return row


def sums_together(engine: Measured, loss: str, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """The sums of losses and errors over the targets of a part, (M,) each."""
    sums = torch.zeros(2, len(part.y), dtype=torch.float64, device="cpu")
    for here, z in engine.pieces(part):
        y = part.targets(here)
        sums[0] += example_losses(z, y, loss).cpu().double().sum(1)
        sums[1] += example_errors(z, y).cpu().double().sum(1)
    return sums[0].numpy(), sums[1].numpy()


def measure_by_data_set(engine: Measured, task: Task, done: set[str], row: dict) -> None:
    """Fill in the parts that are not done, one data set after another."""
    for data in {id(d): d for d in task.data}.values():
        members = [m for m in range(len(task.networks)) if task.data_of(m) is data]
        for name, part in data.parts().items():
            if name in done or len(part) == 0:
                continue
            z = engine.outputs(members, part.x)
            y = part.y.flatten() if is_per_token(part.y) else part.y
            y = y.mT if y.ndim > 1 else y
            y = y.expand(len(members), *y.shape)
            row[f"{name}_loss"][members] = _mean(example_losses(z, y, task.loss))
            if data.classes is not None:
                row[f"{name}_error"][members] = _mean(example_errors(z, y))


def cut(n: int, size: int) -> list[slice]:
    """The slices of `size` examples that make up n; the last one may be shorter."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def _mean(values: Tensor) -> np.ndarray:
    return values.cpu().double().mean(-1).numpy()
