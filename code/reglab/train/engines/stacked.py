"""M networks as one stack of arrays: batched products and autograd, the readable way.

A layer of M networks is one batched product, weight (M, O, I) times input (M, I, B). Features
stand before examples ("features first"): softmax and dropout then run along contiguous memory.
The loss is summed over networks, so the gradient for each weight is that of its own network alone.
Symbols     M models, I inputs, H padded width, K outputs, B examples of a minibatch, N examples.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reglab.train.engines.masks import group_bits, masks
from reglab.train.engines.training import Batches, Task
from reglab.train.losses import example_losses
from reglab.train.models import initial_weights, layer_sizes
from reglab.train.optimizers import Rates, stacked_optimizer

CHUNK = 4_000_000  # most numbers in one activation while measuring: 16 MB of float32


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


class MLPStack:
    """The weights of the MLPs of a task, zero-padded to one width: what MLP engines share.

    Attributes: params [W1, b1, W2, b2, ...], W (M, O, I) and b (M, O, 1); sizes, (O, I) of each W.
    """

    def __init__(self, task: Task):
        self.task, self.batches = task, Batches(task)
        self.inputs = self.batches.x[0, 0].numel()
        depth = task.networks[0].spec.depth
        self.sizes = layer_sizes(depth, task.width, self.inputs, task.outputs)
        self.params = self.allocate()
        rates = {n.spec.dropout for n in task.networks}
        self.has_dropout, self.same_dropout = max(rates) > 0, len(rates) == 1
        for m, n in enumerate(task.networks):
            layers = initial_weights(n.spec, self.inputs, task.outputs, n.seed)
            for i, (weight, bias) in enumerate(layers):
                rows, columns = weight.shape
                self.params[2 * i][m, :rows, :columns] = weight
                self.params[2 * i + 1][m, :rows, 0] = bias

    def allocate(self) -> list[Tensor]:
        """Zeros for the parameters, in the shapes that `params` promises."""
        models, like = len(self.task.networks), self.batches.x
        shapes = [(o, columns) for o, i in self.sizes for columns in (i, 1)]
        return [like.new_zeros(models, *shape) for shape in shapes]

    def setting(self, name: str) -> Tensor:
        """A setting of each network as (M, 1, 1), to broadcast over its weights."""
        values = [getattr(n.spec if name == "dropout" else n, name) for n in self.task.networks]
        like = self.params[0]
        return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) of the chosen networks for inputs x (N, ...), without dropout."""
        params = [w[list(members)] for w in self.params]
        parts = x.split(self.chunk(len(members)))
        return torch.cat([forward(params, part.flatten(1).T) for part in parts], dim=2)

    def chunk(self, models: int) -> int:
        """How many examples so many networks are given at once while measuring."""
        return max(1, CHUNK // (models * max(rows for rows, _ in self.sizes)))

    def network(self, m: int) -> nn.Sequential:
        """Network m alone, without its padding, on the CPU."""
        spec, dtype = self.task.networks[m].spec, self.params[0].dtype
        network = spec.build(self.inputs, self.task.outputs, dtype=dtype)
        with torch.no_grad():
            for own, stacked in zip(network.parameters(), self.params, strict=True):
                rows = stacked[m, : own.shape[0]]
                own.copy_(rows[:, : own.shape[1]] if own.ndim == 2 else rows[:, 0])
        return network.eval()


class ReadableStack(MLPStack):
    """Trains the stack with autograd and a stacked optimizer."""

    def __init__(self, task: Task):
        super().__init__(task)
        common = [self.setting(name) for name in ("lr", "momentum", "weight_decay")]
        weights = Rates(*common, self.setting("l1"), self.setting("l2"))
        rates = [weights, Rates(*common)] * len(self.sizes)  # of W and b in turn
        self.optimizer = stacked_optimizer(task.networks[0].optimizer, self.params, rates)
        self.own = self.batches.which.repeat_interleave(task.each)[:, None]  # (M, 1)

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
