"""The same stack with backpropagation written out: no autograd, no allocation, fewer operations.

Room        train -- tests/train/test_backprop.py
Source      Rumelhart, Hinton, Williams (1986), "Learning representations by back-propagating
            errors", Nature 323, for delta and its recursion.
A bias is a weight from a unit that is always 1. Every layer but the output ends in that unit, so
that one matrix product computes W x + b, and one more the gradients of both. The networks of a
group share their minibatches, so their first layers are one product with S (H + 1) rows.
Symbols     M = G S models; h a layer's input; delta the gradient of the loss for a layer's sums:
            dW = delta h^T, and one layer below delta <- (W^T delta) * [h > 0] * mask.
Speed       Contiguous results for bmm (a strided one takes 1.3 to 5 times as long); momentum is
            folded into the gradient's product; random bits are drawn for a seed, not a network.
"""

import torch
from torch import Tensor

from reglab.train.folded import folded_optimizer
from reglab.train.masks import group_bits, scales, thresholds
from reglab.train.optimizers import Rates
from reglab.train.stacked import MLPStack
from reglab.train.training import Task

relu_backward = torch.ops.aten.threshold_backward.grad_input


class FastStack(MLPStack):
    """Trains the stack by hand-written backpropagation.

    Attributes: weights, one (M, O + 1, I + 1) for each layer; `params` are views of them. The last
    row and column belong to the unit that is always 1; the output layer has no such row.
    """

    def __init__(self, task: Task):
        super().__init__(task)
        x, groups = self.batches.x.flatten(2), len(task.data)
        self.x = torch.cat([x, x.new_ones(*x.shape[:2], 1)], dim=2).flatten(0, 1)  # (D N, I + 1)
        self.y = self.batches.y.flatten()  # (D N,)
        self.start = (self.batches.which * task.examples)[:, None]  # (G, 1), first row of its data
        # The first layer of a group as one product, of S (H + 1) rows.
        self.products = [_merge(self.weights[0], groups), *self.weights[1:]]
        lr, momentum, decay = map(self.setting, ("lr", "momentum", "weight_decay"))
        rates = [Rates(lr * moves(w), momentum, decay) for w in self.weights[:-1]]
        rates.append(Rates(lr, momentum, decay))
        name = task.networks[0].optimizer
        self.optimizer = folded_optimizer(name, self.weights, self.products, rates)
        self.buffers: dict[int, Buffers] = {}

    def allocate(self) -> list[Tensor]:
        """Zeros for the weights, and the unit that is always 1; returns the views for `params`."""
        self.weights, params = [], []
        for layer, (rows, columns) in enumerate(self.sizes):
            last = layer == len(self.sizes) - 1
            shape = (len(self.task.networks), rows if last else rows + 1, columns + 1)
            weight = self.batches.x.new_zeros(shape)
            if not last:
                weight[:, -1, -1] = 1.0  # copies the 1 of the layer below
            self.weights.append(weight)
            params += [weight[:, :rows, :-1], weight[:, :rows, -1:]]
        return params

    @torch.no_grad()
    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data."""
        order = self.batches.order() + self.start  # (G, N), rows of x
        y = self.y[order].repeat_interleave(self.task.each, dim=0).unsqueeze(1)  # (M, 1, N)
        noise = Noise(self, epoch) if self.has_dropout else None
        factors = self.batches.factors(epoch)
        for place, factor in zip(range(0, order.shape[1], self.task.batch), factors, strict=True):
            here = slice(place, place + self.task.batch)
            rows = order[:, here]
            buffers = self.buffers_for(rows.shape[1])
            torch.index_select(self.x, 0, rows.reshape(-1), out=buffers.rows)
            if noise:
                noise.draw(here, buffers.masks)
            self.forward(buffers)
            self.output_delta(buffers, y[:, :, here])
            self.backward(buffers)
            self.optimizer.update(factor)

    def forward(self, b: "Buffers") -> None:
        """Fill in the inputs of every layer and the outputs z."""
        torch.bmm(self.products[0], b.x, out=b.merged_h)
        for layer, h in enumerate(b.h):
            if layer > 0:
                torch.bmm(self.weights[layer], b.h[layer - 1], out=h)
            h.relu_()
            if self.has_dropout:
                b.h_by_group[layer].mul_(b.masks[layer])
        torch.bmm(self.weights[-1], b.h[-1], out=b.z)

    def output_delta(self, b: "Buffers", y: Tensor) -> None:
        """Turn z into the gradient of the mean loss for z, in place; targets y (M, 1, B)."""
        if self.task.loss == "cross_entropy":
            torch.softmax(b.z, 1, out=b.z)
            scale = 1.0 / y.shape[2]
        else:
            scale = 2.0 / (b.z.shape[1] * y.shape[2])
        if y.is_floating_point():
            b.z.sub_(y)
        else:
            b.z.scatter_add_(1, y, b.minus_one)  # minus the one-hot targets
        b.z.mul_(scale)

    def backward(self, b: "Buffers") -> None:
        """Pass delta down from the output, and collect each layer's gradient on the way."""
        delta = b.z
        for layer in range(len(self.weights) - 1, 0, -1):
            h, below = b.h[layer - 1], b.delta[layer - 1]
            self.optimizer.collect(layer, delta, h.transpose(1, 2))
            torch.bmm(self.weights[layer].transpose(1, 2), delta, out=below)
            relu_backward(below, h, 0, grad_input=below)
            if self.has_dropout:
                b.delta_by_group[layer - 1].mul_(b.masks[layer - 1])
            delta = below
        self.optimizer.collect(0, b.merged_delta, b.x.transpose(1, 2))

    def buffers_for(self, size: int) -> "Buffers":
        """The buffers for minibatches of this size; an epoch's last one may need its own."""
        if size not in self.buffers:
            self.buffers[size] = Buffers(self, size)
        return self.buffers[size]


class Buffers:
    """Memory for one minibatch of B examples, used again at every step.

    Attributes: x (G, I + 1, B); h and delta, (M, H + 1, B) for each hidden layer; z (M, K, B);
    masks (G, S or 1, H + 1, B) for each hidden layer, their last row always 1; h_by_group and
    delta_by_group, the same memory as (G, S, H + 1, B), to meet them; merged_h and merged_delta,
    those of the first layer as (G, S (H + 1), B).
    """

    def __init__(self, stack: FastStack, size: int):
        models, self.groups = len(stack.task.networks), len(stack.task.data)
        new = stack.x.new_empty
        self.rows = new(self.groups * size, stack.x.shape[1])
        self.x = self.rows.view(self.groups, size, -1).transpose(1, 2)
        units = [o + 1 for o, _ in stack.sizes[:-1]]
        self.h = [new(models, u, size) for u in units]
        self.delta = [new(models, u, size) for u in units]
        self.z = new(models, stack.task.outputs, size)
        self.minus_one = torch.full_like(self.z[:, :1], -1.0)
        self.merged_h = _merge(self.h[0], self.groups)
        self.merged_delta = _merge(self.delta[0], self.groups)
        split = (self.groups, stack.task.each)
        self.h_by_group = [h.unflatten(0, split) for h in self.h]
        self.delta_by_group = [d.unflatten(0, split) for d in self.delta]
        each = 1 if stack.same_dropout else stack.task.each
        self.masks = [new(self.groups, each, u, size).fill_(1.0) for u in units]


class Noise:
    """The dropout masks of one epoch: random bits (G, 1, H, N) of each hidden layer."""

    def __init__(self, stack: FastStack, epoch: int):
        seeds, n = stack.batches.seeds, stack.task.examples
        self.bits = [
            group_bits(seeds, layer, epoch, units, n).unsqueeze(1).to(stack.x.device)
            for layer, (units, _) in enumerate(stack.sizes[:-1])
        ]
        p = stack.setting("dropout").view(len(seeds), -1, 1, 1)  # (G, S, 1, 1)
        p = p[:1, :1] if stack.same_dropout else p
        self.level, self.scale = thresholds(p), scales(p, stack.x.dtype)

    def draw(self, here: slice, masks: list[Tensor]) -> None:
        """Fill in the masks for the examples `here` in the order, but not their last row."""
        for bits, mask in zip(self.bits, masks, strict=True):
            kept = mask[:, :, :-1]
            torch.ge(bits[..., here], self.level, out=kept)
            kept.mul_(self.scale)


def moves(weight: Tensor) -> Tensor:
    """(1, O + 1, 1): 1 for each unit that learns, 0 for the last one, which is always 1."""
    learns = weight.new_ones(1, weight.shape[1], 1)
    learns[:, -1] = 0.0
    return learns


def _merge(t: Tensor, groups: int) -> Tensor:
    """(M, R, C) as (G, S R, C): the networks of a group below each other."""
    return t.view(groups, -1, t.shape[2])
