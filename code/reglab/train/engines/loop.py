"""The networks of a task one after another, with plain torch.nn and torch.optim: the reference.

For a module that vmap can't take, and to compare the other engines with. nn.Dropout draws its own
masks here, by the same law as the MLP engines' masks.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reglab.core import stream
from reglab.core.randomness import KeyedRandomness
from reglab.train.engines.training import Task
from reglab.train.fit import train_epoch
from reglab.train.optimizers import make_optimizer
from reglab.train.schedules import epoch_factors


class Loop:
    """Trains one network after another, each as `fit` does; one that diverges goes on as NaN."""

    def __init__(self, task: Task):
        self.task = task
        x = task.data[0].train.x
        self.models = [
            n.spec.build(x[0].numel(), task.outputs, n.seed, x.dtype).to(x.device)
            for n in task.networks
        ]
        settings = [
            (n.optimizer, n.lr, n.momentum, n.weight_decay, n.l1, n.l2) for n in task.networks
        ]
        self.optims = [make_optimizer(m, *s) for m, s in zip(self.models, settings, strict=True)]
        self.orders = [stream(n.seed, "order") for n in task.networks]
        self.masks = [KeyedRandomness(n.seed, "mask", x.device) for n in task.networks]

    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data with each network."""
        task = self.task
        for m, network in enumerate(task.networks):
            factors = epoch_factors(network.schedule, epoch, task.epochs, task.steps)
            with self.masks[m]:
                train_epoch(
                    self.models[m],
                    self.optims[m],
                    task.data_of(m).train,
                    self.orders[m],
                    lrs=[network.lr * f for f in factors],
                    batch=task.batch,
                    loss=task.loss,
                )

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) of the chosen networks for inputs x (N, ...), in eval mode."""
        models = [self.models[m].eval() for m in members]
        return torch.stack([torch.cat([f(part) for part in x.split(1000)]).T for f in models])

    def network(self, m: int) -> nn.Module:
        """Network m alone, on the CPU."""
        return self.models[m].cpu().eval()
