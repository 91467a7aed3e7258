"""M networks as one stack of arrays: batched products and autograd, the readable way.

Room        train -- tests/train/test_stacked.py
A layer of M networks is one batched product, weight (M, O, I) times input (M, I, B). Features
stand before examples ("features first"): softmax and dropout then run along contiguous memory.
The loss is summed over networks, so the gradient for each weight is that of its own network alone.
Symbols     M models, I inputs, H padded width, K outputs, B examples of a minibatch, N examples.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from reglab.core import stream
from reglab.data import Splits
from reglab.train.history import CURVES
from reglab.train.losses import example_errors, example_losses
from reglab.train.masks import mask_bits, masks
from reglab.train.models import initial_weights, layer_sizes
from reglab.train.optimizers import stacked_optimizer
from reglab.train.settings import Network

CHUNK = 4_000_000  # most numbers in one activation while measuring: 16 MB of float32


class Stack:
    """The weights of M networks of equal depth, zero-padded to one width.

    Attributes: params, a list [W1, b1, W2, b2, ...] of W (M, O, I) and b (M, O, 1).
    """

    def __init__(self, networks: Sequence[Network], width: int, splits: Splits, like: Tensor):
        self.networks = networks
        self.inputs = splits.train.x[0].numel()
        self.outputs = splits.classes or 1
        specs = [n.spec for n in networks]
        self.sizes = layer_sizes(
            specs[0].__class__(width, specs[0].depth), self.inputs, self.outputs
        )
        self.params = []
        for fan_out, fan_in in self.sizes:
            for columns in (fan_in, 1):
                self.params.append(like.new_zeros(len(networks), fan_out, columns))
        for m, n in enumerate(networks):
            start = initial_weights(n.spec, self.inputs, self.outputs, n.seed)
            for stacked, own in zip(self.params, [t for pair in start for t in pair], strict=True):
                own = own if own.ndim == 2 else own[:, None]
                stacked[m, : own.shape[0], : own.shape[1]] = own
        for stacked in self.params:
            stacked.requires_grad_()

    def settings(self, name: str) -> Tensor:
        """A setting of each network as (M, 1, 1), to broadcast over its weights."""
        values = [getattr(n.spec if name == "dropout" else n, name) for n in self.networks]
        like = self.params[0]
        return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)

    def unstack(self, m: int) -> nn.Sequential:
        """Network m alone, without its padding, on the CPU."""
        spec, dtype = self.networks[m].spec, self.params[0].dtype
        network = spec.build(self.inputs, self.outputs, dtype=dtype)
        with torch.no_grad():
            for own, stacked in zip(network.parameters(), self.params, strict=True):
                rows = stacked[m, : own.shape[0]]
                own.copy_(rows[:, : own.shape[1]] if own.ndim == 2 else rows[:, 0])
        return network.eval()


def forward(params: Sequence[Tensor], x: Tensor, noise: Sequence[Tensor] = ()) -> Tensor:
    """Outputs (M, K, B) of M networks for x (M, I, B), or for one x (I, B) that all share.

    `noise` holds the dropout multipliers (M, H, B) of each hidden layer; none in eval mode.
    """
    layers = list(zip(params[::2], params[1::2], strict=True))
    for i, (weight, bias) in enumerate(layers):
        x = weight @ x + bias
        if i < len(layers) - 1:
            x = x.relu() * noise[i] if noise else x.relu()
    return x


def train_stack(
    stack: Stack,
    data: Sequence[Splits],
    which: Sequence[int],
    *,
    epochs: int,
    loss: str,
    report: Sequence[int],
    tick: Callable[[], None],
) -> dict[str, np.ndarray]:
    """Train all networks of the stack and return their curves, by name, each (M, reports).

    Args:
        data, which: the data sets, and the number of each network's own.
        epochs, loss, report: as in `fleet`.
        tick: called after every epoch.
    """
    first = stack.networks[0]
    used = sorted(set(which))
    inputs = torch.stack([data[d].train.x.flatten(1) for d in used])  # (D, N, I)
    targets = torch.stack([data[d].train.y for d in used])  # (D, N)
    own = torch.tensor([[used.index(d)] for d in which], device=inputs.device)  # (M, 1)
    optimizer = stacked_optimizer(
        first.optimizer, stack.params, *map(stack.settings, ("lr", "momentum", "weight_decay"))
    )
    orders, curves = Orders(stack, inputs.shape[1]), []
    for epoch in range(epochs + 1):
        if epoch in report:
            curves.append(measure_stack(stack, data, which, loss))
        if epoch == epochs:
            break
        noise = EpochMasks(stack, epoch, inputs.shape[1])
        place = 0
        for part in orders.next().split(first.batch or inputs.shape[1], dim=1):  # (M, B)
            x = inputs[own, part].transpose(1, 2)  # (M, I, B)
            z = forward(stack.params, x, noise.at(place, part.shape[1]))
            values = example_losses(z, targets[own, part], loss).mean(1)  # (M,)
            optimizer.step(torch.autograd.grad(values.sum(), stack.params))
            place += part.shape[1]
        tick()
    return {name: np.stack([row[name] for row in curves], axis=1) for name in CURVES}


class Orders:
    """The order of the examples in each epoch, from the stream (seed, "order") of each network."""

    def __init__(self, stack: Stack, examples: int):
        self.examples, self.device = examples, stack.params[0].device
        self.seeds = [n.seed for n in stack.networks]
        self.streams = {seed: stream(seed, "order") for seed in self.seeds}

    def next(self) -> Tensor:
        """The next epoch's order, (M, N): networks of one seed see the same minibatches."""
        drawn = {s: torch.randperm(self.examples, generator=g) for s, g in self.streams.items()}
        return torch.stack([drawn[seed] for seed in self.seeds]).to(self.device)


class EpochMasks:
    """The dropout masks of one epoch; empty when no network of the stack drops anything."""

    def __init__(self, stack: Stack, epoch: int, examples: int):
        self.p = stack.settings("dropout")
        self.bits: list[Tensor] = []
        if not bool((self.p > 0).any()):
            return
        seeds = [n.seed for n in stack.networks]
        for layer, (units, _) in enumerate(stack.sizes[:-1]):
            drawn = {s: mask_bits(s, layer, epoch, units, examples) for s in sorted(set(seeds))}
            self.bits.append(torch.stack([drawn[s] for s in seeds]).to(self.p.device))  # (M, H, N)

    def at(self, place: int, size: int) -> list[Tensor]:
        """The masks (M, H, B) of each hidden layer, for the examples at `place` in the order."""
        dtype = self.p.dtype
        return [masks(bits[:, :, place : place + size], self.p, dtype) for bits in self.bits]


@torch.no_grad()
def measure_stack(
    stack: Stack, data: Sequence[Splits], which: Sequence[int], loss: str
) -> dict[str, np.ndarray]:
    """Loss and error of each network on each part, without dropout, by the names of CURVES."""
    row = {name: np.full(len(which), np.nan) for name in CURVES}
    for d in set(which):
        members = [m for m, own in enumerate(which) if own == d]
        for name, part in data[d].parts().items():
            if len(part) == 0:
                continue
            z = outputs(stack, members, part.x)
            y = part.y.expand(len(members), -1)
            row[f"{name}_loss"][members] = _mean(example_losses(z, y, loss))
            if data[d].classes is not None:
                row[f"{name}_error"][members] = _mean(example_errors(z, y))
    # A network that has diverged says nothing more: its error would read as that of class 0.
    lost = ~np.isfinite(row["train_loss"])
    for values in row.values():
        values[lost] = np.nan
    return row


@torch.no_grad()
def outputs(stack: Stack, members: Sequence[int], x: Tensor) -> Tensor:
    """Outputs (m, K, N) of the chosen networks for the same inputs x (N, ...), in eval mode."""
    params = [w[list(members)] for w in stack.params]
    size = max(1, CHUNK // (len(members) * max(o for o, _ in stack.sizes)))
    return torch.cat([forward(params, part.flatten(1).T) for part in x.split(size)], dim=2)


def _mean(values: Tensor) -> np.ndarray:
    return values.double().mean(-1).cpu().numpy()
