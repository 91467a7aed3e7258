"""The same stack with backpropagation written out: no autograd, no allocation, fewer operations.

Source      Rumelhart, Hinton, Williams (1986), "Learning representations by back-propagating
            errors", Nature 323, for delta and its recursion.
A bias is a weight from a unit that is always 1. Below every layer stands such a unit, after the
others, so that one matrix product computes W x + b, and one more the gradients of both.
Symbols     M = G S models, G groups of S that share their minibatches; H' units of a layer with the
            1, padded with zeros to a multiple of 4, I' likewise; h a layer's input; delta the
            gradient of the loss for a layer's sums: dW = delta h^T, and one layer below
            delta <- (W^T delta) * [h > 0] * mask.
Speed       Products as in `products`, prepared once; rows in fours; random bits are drawn for a
            seed, not a network.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from reglab.train.engines.folded import FoldedAdam, FoldedSGD, folded_optimizer
from reglab.train.engines.masks import group_bits, scales, thresholds
from reglab.train.engines.products import adding, copying, padded, product
from reglab.train.engines.stacked import MLPStack
from reglab.train.engines.training import Task
from reglab.train.optimizers import Rates

# Examples measured at once on a CPU: few enough to stay in the cache, and always as many, since
# another number rounds differently, and no bit may depend on the company.
PIECE = 256
relu_backward = torch.ops.aten.threshold_backward.grad_input


class FastStack(MLPStack):
    """Trains the stack by hand-written backpropagation.

    Attributes: weights, one (M, O', I') for each layer; `params` are views of them. Rows: units
    that learn, then zeros, but none in the output layer. Columns: units below, biases, then zeros.
    """

    def __init__(self, task: Task):
        super().__init__(task)
        self.x = with_one(self.batches.x.flatten(2)).flatten(0, 1)  # (D N, I')
        self.targets = self.make_targets()  # (K, D N)
        self.start = (self.batches.which * task.examples)[:, None]  # (G, 1), first row of its data
        self.optimizer = self.make_optimizer()
        self.fresh = [torch.zeros_like(w) for w in self.weights]  # room for products
        self.buffers: dict[int, Buffers] = {}

    def make_optimizer(self) -> FoldedSGD | FoldedAdam:
        """The optimizer of the weights; padding stays zero, as its gradient does."""
        name = self.task.networks[0].optimizer
        lr, momentum = self.setting("lr"), self.setting("momentum")
        # SGD is linear in the gradient, so its rates can hold the factor 1/B of the mean.
        self.unit = self.scale(self.task.batch) if name == "sgd" else 1.0
        lr = lr * self.unit
        decay, l1, l2 = (self.setting(s) / self.unit for s in ("weight_decay", "l1", "l2"))
        rates = []
        for w, (_, columns) in zip(self.weights, self.sizes, strict=True):
            penalized = w.new_ones(1, 1, w.shape[2])
            penalized[..., columns] = 0.0  # the biases
            rates.append(Rates(lr, momentum, decay, l1 * penalized, l2 * penalized))
        return folded_optimizer(name, self.weights, rates)

    def make_targets(self) -> Tensor:
        """What the outputs should be, (K, D N): classes as columns of 0 and 1."""
        y = self.batches.y.flatten()
        if y.is_floating_point():
            return y.unsqueeze(0)
        classes = torch.arange(self.task.outputs, device=y.device)
        return (classes[:, None] == y).to(self.x.dtype)

    def allocate(self) -> list[Tensor]:
        """Zeros for the weights; returns the views for `params`."""
        self.weights, params = [], []
        models, last = len(self.task.networks), len(self.sizes) - 1
        for layer, (rows, columns) in enumerate(self.sizes):
            within = rows if layer == last else padded(rows + 1)
            weight = self.batches.x.new_zeros(models, within, padded(columns + 1))
            self.weights.append(weight)
            params += [weight[:, :rows, :columns], weight[:, :rows, columns : columns + 1]]
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
            b.turn()
            if noise:
                noise.draw(slice(place, place + b.size), b.masks)
                place += b.size
            self.forward(b)
            self.output_delta(b, t)
            self.backward(b, factor)

    def forward(self, b: "Buffers") -> None:
        """Fill in the inputs of every layer and the outputs z."""
        for layer, h in enumerate(b.h):
            b.up[layer]()
            h.relu_()
            if self.has_dropout:
                b.h_by_group[layer].mul_(b.masks[layer])
        b.up[-1]()

    def output_delta(self, b: "Buffers", targets: Tensor) -> None:
        """Turn z into the gradient of the mean loss for z, in place; targets (G, 1, K, B).

        The factor `unit` is left out: the optimizer's rates hold it.
        """
        if self.task.loss == "cross_entropy":
            torch.softmax(b.z, 1, out=b.z)
        b.z_by_group.sub_(targets)
        if b.scale != self.unit:
            b.z.mul_(b.scale / self.unit)

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) of the chosen networks for inputs x (N, ...), without dropout."""
        models, count = len(members), len(x)
        ones = x.new_ones(self.inputs + 1, count)
        copying(x.flatten(1).T, ones[:-1])()
        z = x.new_empty(models, self.task.outputs, count)
        layers = [
            weight[list(members), :rows, : columns + 1]
            for weight, (rows, columns) in zip(self.weights, self.sizes, strict=True)
        ]
        size = PIECE if x.device.type == "cpu" else self.chunk(models)
        for start in range(0, count, size):
            here = slice(start, start + size)
            h = ones[:, here].expand(models, -1, -1)
            for weight in layers[:-1]:
                above = h.new_ones(models, weight.shape[1] + 1, h.shape[-1])
                product(weight, h, above[:, :-1])()
                h = above.relu_()
            product(layers[-1], h, z[:, :, here])()
        return z

    def scale(self, size: int) -> float:
        """The factor in the gradient of a mean loss over `size` examples."""
        return (1.0 if self.task.loss == "cross_entropy" else 2.0 / self.task.outputs) / size

    def backward(self, b: "Buffers", factor: float) -> None:
        """Pass delta down from the output; each layer learns while its weights are in the cache."""
        for layer in range(len(self.weights) - 1, 0, -1):
            h, below = b.h[layer - 1], b.delta[layer - 1]
            b.down[layer - 1]()
            self.optimizer.learn(layer, b.gradient[layer], factor)
            relu_backward(below, h, 0, grad_input=below)
            if self.has_dropout:
                b.delta_by_group[layer - 1].mul_(b.masks[layer - 1])
        self.optimizer.learn(0, b.gradient[0], factor)

    def buffers_for(self, size: int) -> "Buffers":
        """The buffers for minibatches of this size; an epoch's last one may need its own."""
        if size not in self.buffers:
            self.buffers[size] = Buffers(self, size)
        return self.buffers[size]


class Buffers:
    """Memory for one minibatch of B examples, used again at every step.

    Attributes: rows (G B, I') and x_t (G, B, I'), one memory; x (G, I', B), to which `turn` copies
    it; h and delta, (M, H', B) for each hidden layer, where one row of h is 1 and padding is 0;
    z (M, K, B); masks (G, S or 1, H', B) for each hidden layer, 1 for all but real units;
    h_by_group, delta_by_group and z_by_group, the same memory as (G, S, ..., B). The products as
    calls: for each layer `up`, from h below to h or z, and `gradient`; for each but the first
    `down`, from its delta to the one below. `size` is B, `scale` as in FastStack.
    """

    def __init__(self, stack: FastStack, size: int):
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

    def prepare(self, stack: FastStack) -> None:
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


def with_one(x: Tensor) -> Tensor:
    """x (..., I) as (..., I'): a one after the others, then zeros."""
    padding = x.new_zeros(*x.shape[:-1], padded(x.shape[-1] + 1) - x.shape[-1])
    padding[..., 0] = 1.0
    return torch.cat([x, padding], dim=-1)
