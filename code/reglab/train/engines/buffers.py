"""Memory and masks of the hand-written engine: made once, and filled again at every step.

Symbols     M = G S models, G groups of S; H' padded units, I' padded inputs, B examples of a
            minibatch, N of the training data, K outputs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from reglab.train.engines.masks import group_bits, scales, thresholds
from reglab.train.engines.measuring import cut
from reglab.train.engines.products import adding, copying, padded, product

if TYPE_CHECKING:
    from reglab.train.engines.backprop import FastStack


class Buffers:
    """Memory for one minibatch of B examples, used again at every step.

    Attributes: rows (G B, I') and x_t (G, B, I'), one memory; x (G, I', B), to which `turn` copies
    it; h and delta, (M, H', B) for each hidden layer, where one row of h is 1 and padding is 0;
    z (M, K, B); masks (G, S or 1, H', B) for each hidden layer, 1 for all but real units;
    h_by_group, delta_by_group and z_by_group, the same memory as (G, S, ..., B). The products as
    calls: for each layer `up`, from h below to h or z, and `gradient`; for each but the first
    `down`, from its delta to the one below. `size` is B, `scale` as in FastStack.
    """

    def __init__(self, stack: "FastStack", size: int):
        models, groups, each = len(stack.task.networks), len(stack.task.data), stack.task.each
        new, units = stack.x.new_zeros, [w.shape[1] for w in stack.weights[:-1]]
        self.size, self.scale = size, stack.scale(size)
        self.rows = new(groups * size, stack.x.shape[1])
        self.x_t = self.rows.view(groups, size, -1)
        self.x = new(groups, stack.x.shape[1], size)
        self.turn = copying(self.x_t.mT, self.x)
        self.h = [new(models, u, size) for u in units]
        for h, (width, _) in zip(self.h, stack.sizes[:-1], strict=True):
            h[:, width] = 1.0
        self.delta = [new(models, u, size) for u in units]
        self.z = new(models, stack.task.outputs, size)
        self.h_by_group = [h.unflatten(0, (groups, each)) for h in self.h]
        self.delta_by_group = [d.unflatten(0, (groups, each)) for d in self.delta]
        self.z_by_group = self.z.unflatten(0, (groups, each))
        drawn = 1 if stack.same_dropout else each
        self.masks = [new(groups, drawn, u, size).fill_(1.0) for u in units]
        self.up, self.down, self.gradient = [], [], []
        self.prepare(stack)

    def prepare(self, stack: "FastStack") -> None:
        """Make the products: of the first layer by groups, whose networks have one x, and above."""
        layers = zip(stack.weights, stack.optimizer.sums, stack.fresh, stack.sizes, strict=True)
        (*first, (rows, columns)), *above = layers
        weight, total, fresh = (t.unflatten(0, self.h_by_group[0].shape[:2]) for t in first)
        x, out = self.x[:, None, : columns + 1], self.h_by_group[0][..., :rows, :]
        self.up.append(product(weight[..., :rows, : columns + 1], x, out))
        self.gradient.append(adding(self.delta_by_group[0], self.x_t[:, None], total, fresh, rows))
        h, delta = [*self.h, self.z], [*self.delta, self.z]
        for layer, (weight, total, fresh, (rows, columns)) in enumerate(above, start=1):
            real, below = weight[:, :rows, : columns + 1], h[layer - 1]
            self.up.append(product(real, below[:, : columns + 1], h[layer][:, :rows]))
            self.gradient.append(adding(delta[layer], below.mT, total, fresh, rows))
            back, lower = weight[:, :rows, :columns].mT, delta[layer - 1][:, :columns]
            self.down.append(product(back, delta[layer][:, :rows], lower))


class Noise:
    """The dropout masks of one epoch: random bits (G, 1, H, N) of each hidden layer."""

    def __init__(self, stack: "FastStack", epoch: int):
        seeds, n = stack.batches.seeds, stack.repeats * stack.task.examples
        self.bits = [
            group_bits(seeds, layer, epoch, units, n).unsqueeze(1).to(stack.x.device)
            for layer, (units, _) in enumerate(stack.sizes[:-1])
        ]
        p = stack.setting("dropout").view(len(seeds), -1, 1, 1)  # (G, S, 1, 1)
        p = p[:1, :1] if stack.same_dropout else p
        self.level, self.scale = thresholds(p), scales(p, stack.x.dtype)

    def draw(self, here: slice, masks: list[Tensor]) -> None:
        """Fill in the masks for the examples `here` in the order, as far as units are real."""
        for bits, mask in zip(self.bits, masks, strict=True):
            kept = mask[:, :, : bits.shape[2]]
            torch.ge(bits[..., here], self.level, out=kept)
            kept.mul_(self.scale)


class Forward:
    """All networks' outputs for one part of their data, a piece of the examples at a time.

    Args: x (D, N, ...), the inputs of each distinct data set.
    """

    def __init__(self, stack: "FastStack", x: Tensor):
        which, n = stack.batches.which, x.shape[1]
        x = with_one(x.flatten(2)).mT.contiguous()  # (D, I', N)
        x = x.expand(len(which), -1, -1) if len(x) == 1 else x[which]  # (G, I', N)
        self.memory: dict[int, tuple[list[Tensor], list]] = {}
        self.parts = []
        for here in cut(n, stack.piece(len(stack.task.networks))):
            size = here.stop - here.start
            if size not in self.memory:
                self.memory[size] = self.prepare(stack, size)
            layers, _ = self.memory[size]
            (rows, columns), weight = stack.sizes[0], stack.weights[0].unflatten(0, (len(x), -1))
            out = layers[0].unflatten(0, weight.shape[:2])[..., :rows, :]
            inputs = x[:, None, : columns + 1, here]
            self.parts.append((here, product(weight[..., :rows, : columns + 1], inputs, out)))

    def prepare(self, stack: "FastStack", size: int) -> tuple[list[Tensor], list]:
        """Memory for `size` examples, and the products of all layers but the first."""
        models, units = len(stack.task.networks), [w.shape[1] for w in stack.weights[:-1]]
        layers = [stack.x.new_zeros(models, u, size) for u in (*units, stack.task.outputs)]
        up = []
        for layer, (rows, columns) in enumerate(stack.sizes):
            if layer:
                weight = stack.weights[layer][:, :rows, : columns + 1]
                below = layers[layer - 1][:, : columns + 1]
                up.append(product(weight, below, layers[layer][:, :rows]))
            if layer < len(units):
                layers[layer][:, rows] = 1.0
        return layers, up

    def pieces(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield (examples, outputs (M, K, n)); the memory of the outputs is used again."""
        for here, first in self.parts:
            layers, up = self.memory[here.stop - here.start]
            first()
            for h, higher in zip(layers[:-1], up, strict=True):
                h.relu_()
                higher()
            yield here, layers[-1]


def with_one(x: Tensor) -> Tensor:
    """x (..., I) as (..., I'): a one after the others, then zeros."""
    padding = x.new_zeros(*x.shape[:-1], padded(x.shape[-1] + 1) - x.shape[-1])
    padding[..., 0] = 1.0
    return torch.cat([x, padding], dim=-1)
