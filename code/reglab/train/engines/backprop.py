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

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.func import vmap

from reglab.train.engines.buffers import Buffers, Forward, Noise, with_one
from reglab.train.engines.folded import FoldedAdam, FoldedSGD, folded_optimizer
from reglab.train.engines.measuring import PIECE, Part, cut
from reglab.train.engines.products import copying, padded, product
from reglab.train.engines.stacked import MLPStack
from reglab.train.engines.task import Task
from reglab.train.optimizers import Rates
from reglab.train.techniques import soft_targets

relu_backward = torch.ops.aten.threshold_backward.grad_input


class FastStack(MLPStack):
    """Trains the stack by hand-written backpropagation.

    Attributes: weights, one (M, O', I') for each layer; `params` are views of them. Rows: units
    that learn, then zeros, but none in the output layer. Columns: units below, biases, then zeros.
    """

    def __init__(self, task: Task):
        super().__init__(task)
        self.techniques = task.techniques
        self.x = with_one(self.batches.x.flatten(2)).flatten(0, 1)  # (D N, I')
        self.targets = self.make_targets()  # (K, D N)
        self.start = (self.batches.which * task.examples)[:, None]  # (G, 1), first row of its data
        self.optimizer = self.make_optimizer()
        self.fresh = [torch.zeros_like(w) for w in self.weights]  # memory for products
        self.buffers: dict[int, Buffers] = {}
        self.forwards: dict[str, Forward] = {}
        self.average = task.make_average(self.weights)
        self.repeats = self.count_repeats()

    def count_repeats(self) -> int:
        """How many examples the techniques make of one: as many need masks."""
        if not (self.has_dropout and self.techniques.changes):
            return 1
        x, n = self.batches.x[0, : self.task.batch], self.task.batch
        t = soft_targets(self.batches.y[0, :n], self.task.data[0].classes, x.dtype)
        return len(self.techniques.change_batch(x, t, torch.Generator().manual_seed(0))[0]) // n

    def make_optimizer(self) -> FoldedSGD | FoldedAdam:
        """The optimizer of the weights; padding stays zero, as its gradient does."""
        name = self.task.networks[0].training.optimizer
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
        soft = soft_targets(self.batches.y, self.task.data[0].classes, self.x.dtype)  # (D, N, K)
        return soft.flatten(0, 1).T.contiguous()

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
            if self.techniques.changes:
                b, t = self.changed(rows, t)
            else:
                b = self.buffers_for(rows.shape[1])
                torch.index_select(self.x, 0, rows.reshape(-1), out=b.rows)
            b.turn()
            if noise:
                self.check_repeats(b.size, rows.shape[1])
                noise.draw(slice(place, place + b.size), b.masks)
                place += b.size
            self.forward(b)
            self.output_delta(b, t)
            self.backward(b, factor)
            if self.average:
                self.average.update()

    def changed(self, rows: Tensor, targets: Tensor) -> tuple[Buffers, Tensor]:
        """Buffers that hold the inputs of the rows (G, B) as techniques leave them, and targets."""
        x = self.x[rows][..., : self.inputs].unflatten(2, self.batches.x.shape[2:])
        x, t = self.batches.change(x, targets[:, 0].mT)
        if x.flatten(2).shape[2] != self.inputs:
            raise ValueError(
                f"mlp(...) takes {self.inputs} inputs, but {self.techniques.changes} made "
                f"{x.flatten(2).shape[2]} of them; use modules(...) with a network that takes these"
            )
        b = self.buffers_for(x.shape[1])
        b.x_t[..., : self.inputs] = x.flatten(2)
        b.x_t[..., self.inputs] = 1.0
        return b, t.mT.unsqueeze(1)

    def check_repeats(self, found: int, size: int) -> None:
        """ValueError unless techniques made the expected number of examples of a minibatch."""
        if found != self.repeats * size:
            raise ValueError(
                f"with dropout in mlp(...) a technique may repeat each example, always as often; "
                f"{self.techniques.changes} made {found} of {size}; use modules() with nn.Dropout"
            )

    def forward(self, b: Buffers) -> None:
        """Fill in the inputs of every layer and the outputs z."""
        for layer, h in enumerate(b.h):
            b.up[layer]()
            h.relu_()
            if self.has_dropout:
                b.h_by_group[layer].mul_(b.masks[layer])
        b.up[-1]()

    def output_delta(self, b: Buffers, targets: Tensor) -> None:
        """Turn z into the gradient of the mean loss for z, in place; targets (G, 1, K, B).

        The factor `unit` is left out: the optimizer's rates hold it.
        """
        if self.techniques.loss:
            return self.other_delta(b, targets)
        if self.task.loss == "cross_entropy":
            torch.softmax(b.z, 1, out=b.z)
            if self.techniques.changes:  # may have left rows that don't sum to 1
                b.z_by_group.mul_(targets.sum(2, keepdim=True))
        b.z_by_group.sub_(targets)
        if b.scale != self.unit:
            b.z.mul_(b.scale / self.unit)

    def other_delta(self, b: Buffers, targets: Tensor) -> None:
        """output_delta for the loss of a technique: by autograd, on z alone."""
        t = targets.expand(-1, self.task.each, -1, -1).flatten(0, 1)  # (M, K, B)
        with torch.enable_grad():
            z = b.z.detach().requires_grad_()
            values = vmap(self.techniques.loss.batch_loss)(z.mT, t.mT)  # (M,)
            b.z.copy_(torch.autograd.grad(values.sum(), z)[0] / self.unit)

    def pieces(self, part: Part) -> Iterator[tuple[slice, Tensor]]:
        """Yield (examples, outputs (M, K, n)) of all networks for their own data, without dropout.

        The outputs are in memory that is used again.
        """
        if part.name not in self.forwards:
            self.forwards[part.name] = Forward(self, part.x)
        yield from self.forwards[part.name].pieces()

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
        for here in cut(count, self.piece(models)):
            h = ones[:, here].expand(models, -1, -1)
            for weight in layers[:-1]:
                above = h.new_ones(models, weight.shape[1] + 1, h.shape[-1])
                product(weight, h, above[:, :-1])()
                h = above.relu_()
            product(layers[-1], h, z[:, :, here])()
        return z

    def piece(self, models: int) -> int:
        """How many examples are measured at once."""
        return PIECE if self.x.device.type == "cpu" else self.chunk(models)

    def scale(self, size: int) -> float:
        """The factor in the gradient of a mean loss over `size` examples."""
        return (1.0 if self.task.loss == "cross_entropy" else 2.0 / self.task.outputs) / size

    def backward(self, b: Buffers, factor: float) -> None:
        """Pass delta down from the output; each layer learns while its weights are in the cache."""
        for layer in range(len(self.weights) - 1, 0, -1):
            h, below = b.h[layer - 1], b.delta[layer - 1]
            b.down[layer - 1]()
            self.optimizer.learn(layer, b.gradient[layer], factor)
            relu_backward(below, h, 0, grad_input=below)
            if self.has_dropout:
                b.delta_by_group[layer - 1].mul_(b.masks[layer - 1])
        self.optimizer.learn(0, b.gradient[0], factor)

    def buffers_for(self, size: int) -> Buffers:
        """The buffers for minibatches of this size; an epoch's last one may need its own."""
        if size not in self.buffers:
            self.buffers[size] = Buffers(self, size)
        return self.buffers[size]
