"""Memory and masks of the hand-written engine: made once, and filled again at every step.

Symbols     M = G S models, G groups of S; H' padded units, I' padded inputs, B examples of a
            minibatch, N of the training data, K outputs.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from reglab.train.engines.masks import group_bits, scales, thresholds
from reglab.train.engines.products import adding, copying, product

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
