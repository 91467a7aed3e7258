"""How one network is trained: every setting that is not the network itself, its data or its seed.

`fit` builds one of these, `fleet` one for each network. All checks of values are made here, once.
Symbols     loss = mean over the examples of a minibatch + penalties; lr the learning rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reglab.core import check_choice, check_count
from reglab.train.losses import LOSSES
from reglab.train.optimizers import check_optimizer
from reglab.train.schedules import Schedule, check_schedule
from reglab.train.techniques import check_techniques


@dataclass(frozen=True)
class Training:
    """The settings of the training of one network; equal settings, equal training.

    Attributes:
        lr: learning rate, > 0.
        optimizer: "sgd", "adam" or "adamw", as in torch.optim.
        momentum: of SGD; the others don't use it.
        weight_decay: torch's, >= 0: an L2 penalty in "sgd" and "adam", decoupled in "adamw", on
            every parameter, biases too.
        l1: strength of l1 sum |w| on weights, not biases: a proximal step, so zeros are exact.
        l2: strength of l2/2 sum w^2 on weights, not biases, added to the gradient.
        batch: examples per minibatch; the last of an epoch may be smaller. None: all of them.
        schedule: factor on lr, a name or a function of the share of the steps done, in [0, 1).
        loss: "cross_entropy" or "squared"; None picks by the targets.
        techniques: what else is done, see `reglab.train.techniques`.
    Raises: ValueError for a value out of range.

    >>> Training(lr=0.1).batch
    100
    """

    lr: float
    optimizer: str = "sgd"
    momentum: float = 0.9
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    batch: int | None = 100
    schedule: Schedule = "constant"
    loss: str | None = None
    techniques: Sequence[Any] = ()  # kept as a tuple

    def __post_init__(self) -> None:
        rates = (self.lr, self.momentum, self.weight_decay, self.l1, self.l2)
        check_optimizer(self.optimizer, *rates)
        check_schedule(self.schedule)
        if self.batch is not None:
            check_count("batch", self.batch)
        if self.loss is not None:
            check_choice("loss", self.loss, LOSSES)
        object.__setattr__(self, "techniques", check_techniques(self.techniques))
