"""The epochs of a task: train, measure where asked, tell who watches."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from reglab.train.engines.measuring import Part, measure, stack_parts
from reglab.train.engines.task import Task
from reglab.train.history import CURVES
from reglab.train.techniques import Average


class Engine(Protocol):
    """A way to train the networks of a task. All engines give the same numbers.

    Attributes: average, which can stand in for the weights, or None.
    """

    average: Average | None

    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data; epochs count from 0."""
        ...

    def pieces(self, part: Part) -> Iterator[tuple[slice, Tensor]]:
        """Yield (examples, outputs (M, K, n) or (M, K, n T)) of all networks, in eval mode."""
        ...

    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) or (m, K, N T) of the chosen networks for x (N, ...), in eval mode."""
        ...

    def network(self, m: int) -> nn.Module:
        """Network m alone, as a plain module on the CPU."""
        ...


def train(
    engine: Engine, task: Task, report: Sequence[int], at_report: Callable, tick: Callable
) -> dict[str, np.ndarray]:
    """Train all networks of the task and return their curves by name, each (M, reports).

    `at_report` is called when the networks are as they were measured, and `tick` after every
    epoch. With a technique that averages, the average is what is measured, and what remains.
    """
    curves, parts = [], stack_parts(task)
    for epoch in range(task.epochs + 1):
        if epoch > 0:
            engine.train_epoch(epoch - 1)
            tick()
        if epoch in report:
            with engine.average or nullcontext():
                curves.append(measure(engine, task, parts))
                at_report()
    if engine.average:
        engine.average.swap()
    return {name: np.stack([row[name] for row in curves], axis=1) for name in CURVES}
