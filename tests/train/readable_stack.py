"""The stack by autograd, the readable way: what the hand-written engine is compared with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from reglab.train.engines.masks import group_bits, masks
from reglab.train.engines.stacked import MLPStack
from reglab.train.engines.task import Task
from reglab.train.losses import example_losses
from reglab.train.optimizers import Rates, stacked_optimizer


def forward(params: Sequence[Tensor], x: Tensor, noise: Sequence[Tensor] = ()) -> Tensor:
    """Outputs (M, K, B) of M networks for x (M, I, B), or for one x (I, B) that all share.

    `params` is [W1, b1, W2, b2, ...] with W (M, O, I) and b (M, O, 1). `noise` holds the dropout
    multipliers (M, H, B) of each hidden layer; none in eval mode.
    """
    layers = list(zip(params[::2], params[1::2], strict=True))
    for i, (weight, bias) in enumerate(layers):
        x = weight @ x + bias
        if i < len(layers) - 1:
            x = x.relu() * noise[i] if noise else x.relu()
    return x


class ReadableStack(MLPStack):
    """Trains the stack with autograd and a stacked optimizer."""

    def __init__(self, task: Task):
        super().__init__(task)
        common = [self.setting(name) for name in ("lr", "momentum", "weight_decay")]
        weights = Rates(*common, self.setting("l1"), self.setting("l2"))
        rates = [weights, Rates(*common)] * len(self.sizes)  # of W and b in turn
        self.optimizer = stacked_optimizer(task.networks[0].training.optimizer, self.params, rates)
        self.own = self.batches.which.repeat_interleave(task.each)[:, None]  # (M, 1)

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) of the chosen networks for inputs x (N, ...), without dropout."""
        params = [w[list(members)] for w in self.params]
        parts = x.split(self.chunk(len(members)))
        return torch.cat([forward(params, part.flatten(1).T) for part in parts], dim=2)

    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data."""
        order = self.batches.order().repeat_interleave(self.task.each, dim=0)  # (M, N)
        bits, place = self.mask_bits(epoch), 0
        parts = order.split(self.task.batch, dim=1)
        for part, factor in zip(parts, self.batches.factors(epoch), strict=True):
            x = self.batches.x[self.own, part].flatten(2).transpose(1, 2)  # (M, I, B)
            y = self.batches.y[self.own, part]  # (M, B)
            here = slice(place, place + part.shape[1])
            noise = [masks(b[:, :, here], self.setting("dropout"), x.dtype) for b in bits]
            self.step(x, y, noise, factor)
            place = here.stop

    def step(self, x: Tensor, y: Tensor, noise: Sequence[Tensor], factor: float) -> None:
        """One step of the optimizer on one minibatch of each network."""
        params = [w.requires_grad_() for w in self.params]
        z = forward(params, x, noise)
        values = example_losses(z, y, self.task.loss).mean(1)  # (M,)
        self.optimizer.step(torch.autograd.grad(values.sum(), params), factor)

    def mask_bits(self, epoch: int) -> list[Tensor]:
        """Random bits (M, H, N) of each hidden layer; none if no network drops anything."""
        if not self.has_dropout:
            return []
        seeds = [n.seed for n in self.task.networks]
        drawn = [
            group_bits(seeds, layer, epoch, units, self.task.examples)
            for layer, (units, _) in enumerate(self.sizes[:-1])
        ]
        return [bits.to(self.batches.x.device) for bits in drawn]
