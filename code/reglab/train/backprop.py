"""The same stack with backpropagation written out: no autograd, no allocation, fewer operations.

Room        train -- tests/train/test_backprop.py
Source      Rumelhart, Hinton, Williams (1986), "Learning representations by back-propagating
            errors", Nature 323, for delta and its recursion.
A bias is a weight from a unit that is always 1. Every layer but the output ends in that unit, so
that one matrix product computes W x + b, and one more the gradients of both. The networks of a
group share their minibatches, so their first layers are one product with S H' rows.
Symbols     M = G S models; H' units of a layer with the 1, padded to a multiple of 4, I' likewise;
            h a layer's input; delta the gradient of the loss for a layer's sums:
            dW = delta h^T, and one layer below delta <- (W^T delta) * [h > 0] * mask.
Speed       Contiguous results for bmm (a strided one takes 1.3 to 5 times as long); rows in fours
            (the gradient's product takes half as long for 32 rows as for 31); momentum is folded
            into that product; random bits are drawn for a seed, not a network.
"""

import torch
from torch import Tensor

from reglab.train.folded import FoldedAdam, FoldedSGD, folded_optimizer
from reglab.train.masks import group_bits, scales, thresholds
from reglab.train.optimizers import Rates
from reglab.train.stacked import MLPStack
from reglab.train.training import Task

relu_backward = torch.ops.aten.threshold_backward.grad_input


class FastStack(MLPStack):
    """Trains the stack by hand-written backpropagation.

    Attributes: weights, one (M, O', I') for each layer; `params` are views of them. The last row
    and column belong to the unit that is always 1, those before it may be padding, which stays 0;
    the output layer has neither such rows nor padding.
    """

    def __init__(self, task: Task):
        super().__init__(task)
        x, groups = self.batches.x.flatten(2), len(task.data)
        padding = x.new_zeros(*x.shape[:2], padded(self.inputs + 1) - self.inputs)
        padding[..., -1] = 1.0
        self.x = torch.cat([x, padding], dim=2).flatten(0, 1)  # (D N, I')
        self.targets = self.make_targets()  # (K, D N)
        self.start = (self.batches.which * task.examples)[:, None]  # (G, 1), first row of its data
        # The first layer of a group as one product, of S H' rows.
        self.products = [_merge(self.weights[0], groups), *self.weights[1:]]
        self.back = [w.transpose(1, 2) for w in self.weights]  # (M, I', O')
        self.optimizer = self.make_optimizer()
        self.buffers: dict[int, Buffers] = {}

    def make_optimizer(self) -> FoldedSGD | FoldedAdam:
        """The optimizer of the weights; none of its steps moves the units that are always 1."""
        name = self.task.networks[0].optimizer
        lr, momentum = self.setting("lr"), self.setting("momentum")
        # SGD is linear in the gradient, so its rates can hold the factor 1/B of the mean.
        self.unit = self.scale(self.task.batch) if name == "sgd" else 1.0
        lr = lr * self.unit
        decay, l1, l2 = (self.setting(s) / self.unit for s in ("weight_decay", "l1", "l2"))
        rates = []
        for w in self.weights:
            own = lr if w is self.weights[-1] else lr * moves(w)
            rates.append(Rates(own, momentum, decay, l1 * penalized(w), l2 * penalized(w)))
        return folded_optimizer(name, self.weights, self.products, rates)

    def make_targets(self) -> Tensor:
        """What the outputs should be, (K, D N): classes as columns of 0 and 1."""
        y = self.batches.y.flatten()
        if y.is_floating_point():
            return y.unsqueeze(0)
        classes = torch.arange(self.task.outputs, device=y.device)
        return (classes[:, None] == y).to(self.x.dtype)

    def allocate(self) -> list[Tensor]:
        """Zeros for the weights, and the unit that is always 1; returns the views for `params`."""
        self.weights, params = [], []
        models, last = len(self.task.networks), len(self.sizes) - 1
        for layer, (rows, columns) in enumerate(self.sizes):
            within = rows if layer == last else padded(rows + 1)
            weight = self.batches.x.new_zeros(models, within, padded(columns + 1))
            if layer < last:
                weight[:, -1, -1] = 1.0  # copies the 1 of the layer below
            self.weights.append(weight)
            params += [weight[:, :rows, :columns], weight[:, :rows, -1:]]
        return params

    @torch.no_grad()
    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data."""
        order = self.batches.order() + self.start  # (G, N), rows of x
        targets = self.targets.index_select(1, order.flatten()).unflatten(1, order.shape)
        targets = targets.transpose(0, 1).unsqueeze(1)  # (G, 1, K, N)
        noise = Noise(self, epoch) if self.has_dropout else None
        parts = zip(
            order.split(self.task.batch, dim=1),
            targets.split(self.task.batch, dim=3),
            self.batches.factors(epoch),
            strict=True,
        )
        place = 0
        for rows, t, factor in parts:
            b = self.buffers_for(rows.shape[1])
            torch.index_select(self.x, 0, rows.reshape(-1), out=b.rows)
            if noise:
                noise.draw(slice(place, place + b.size), b.masks)
                place += b.size
            self.forward(b)
            self.output_delta(b, t)
            self.backward(b, factor)

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

    def output_delta(self, b: "Buffers", targets: Tensor) -> None:
        """Turn z into the gradient of the mean loss for z, in place; targets (G, 1, K, B).

        The factor `unit` is left out: the optimizer's rates hold it.
        """
        if self.task.loss == "cross_entropy":
            torch.softmax(b.z, 1, out=b.z)
        b.z_by_group.sub_(targets)
        if b.scale != self.unit:
            b.z.mul_(b.scale / self.unit)

    def scale(self, size: int) -> float:
        """The factor in the gradient of a mean loss over `size` examples."""
        return (1.0 if self.task.loss == "cross_entropy" else 2.0 / self.task.outputs) / size

    def backward(self, b: "Buffers", factor: float) -> None:
        """Pass delta down from the output; each layer learns while its weights are in the cache."""
        delta = b.z
        for layer in range(len(self.weights) - 1, 0, -1):
            h, below = b.h[layer - 1], b.delta[layer - 1]
            torch.bmm(self.back[layer], delta, out=below)
            self.optimizer.learn(layer, delta, b.h_t[layer - 1], factor)
            relu_backward(below, h, 0, grad_input=below)
            if self.has_dropout:
                b.delta_by_group[layer - 1].mul_(b.masks[layer - 1])
            delta = below
        self.optimizer.learn(0, b.merged_delta, b.x_t, factor)

    def buffers_for(self, size: int) -> "Buffers":
        """The buffers for minibatches of this size; an epoch's last one may need its own."""
        if size not in self.buffers:
            self.buffers[size] = Buffers(self, size)
        return self.buffers[size]


class Buffers:
    """Memory for one minibatch of B examples, used again at every step.

    Attributes: x (G, I', B); h and delta, (M, H', B) for each hidden layer; z (M, K, B); masks
    (G, S or 1, H', B) for each hidden layer, 1 for all but real units; x_t and h_t, transposed;
    h_by_group, delta_by_group and z_by_group, the same memory as (G, S, ..., B); merged_h and
    merged_delta, those of the first layer as (G, S H', B).
    """

    def __init__(self, stack: FastStack, size: int):
        models, self.groups = len(stack.task.networks), len(stack.task.data)
        new = stack.x.new_empty
        self.size, self.scale = size, stack.scale(size)
        self.rows = new(self.groups * size, stack.x.shape[1])
        self.x_t = self.rows.view(self.groups, size, -1)
        self.x = self.x_t.transpose(1, 2)
        units = [w.shape[1] for w in stack.weights[:-1]]
        self.h = [new(models, u, size) for u in units]
        self.h_t = [h.transpose(1, 2) for h in self.h]
        self.delta = [new(models, u, size) for u in units]
        self.z = new(models, stack.task.outputs, size)
        self.merged_h = _merge(self.h[0], self.groups)
        self.merged_delta = _merge(self.delta[0], self.groups)
        split = (self.groups, stack.task.each)
        self.z_by_group = self.z.unflatten(0, split)
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
        """Fill in the masks for the examples `here` in the order, as far as units are real."""
        for bits, mask in zip(self.bits, masks, strict=True):
            kept = mask[:, :, : bits.shape[2]]
            torch.ge(bits[..., here], self.level, out=kept)
            kept.mul_(self.scale)


def moves(weight: Tensor) -> Tensor:
    """(1, O', 1): 1 for each unit that learns, 0 for the last one, which is always 1."""
    learns = weight.new_ones(1, weight.shape[1], 1)
    learns[:, -1] = 0.0
    return learns


def penalized(weight: Tensor) -> Tensor:
    """(1, 1, I'): 1 for each column of weights, 0 for the last one, which holds the biases."""
    chosen = weight.new_ones(1, 1, weight.shape[2])
    chosen[..., -1] = 0.0
    return chosen


def _merge(t: Tensor, groups: int) -> Tensor:
    """(M, R, C) as (G, S R, C): the networks of a group below each other."""
    return t.view(groups, -1, t.shape[2])


def padded(rows: int) -> int:
    """The next multiple of 4: products of small matrices are made of such pieces."""
    return -(-rows // 4) * 4
