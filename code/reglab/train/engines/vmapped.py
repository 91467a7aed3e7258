"""Any module, M of them as one: torch.func stacks the weights, vmap runs them together.

Slower than the MLP engines (measured: 1.8 to 6.5 times), but it takes whatever vmap takes:
convolutions, normalization with running statistics, layers of your own.
Random layers draw from torch's global generator. A network's masks must not depend on its company,
so a module with such layers runs one group at a time, each on the stream (seed, "mask"); the
networks of a group then share one mask, and each equals `fit` with nn.Dropout.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from reglab.core.randomness import KeyedRandomness
from reglab.penalties import weights_of
from reglab.train.engines.training import Batches, Task
from reglab.train.losses import example_losses
from reglab.train.optimizers import Rates, stacked_optimizer


class VmapStack:
    """Trains the modules of a task with vmap, autograd and a stacked optimizer."""

    def __init__(self, task: Task):
        self.task, self.batches = task, Batches(task)
        like = self.batches.x
        inputs = like[0, 0].numel()
        self.modules = [
            n.spec.build(inputs, task.outputs, n.seed, like.dtype).to(like.device)
            for n in task.networks
        ]
        stacked, self.state = stack_module_state(self.modules)  # name -> (M, ...)
        self.params = {name: w for name, w in stacked.items() if w.requires_grad}
        self.state |= {name: w for name, w in stacked.items() if not w.requires_grad}  # frozen
        self.random = self.draws(like[0, : min(2, task.examples)])
        self.streams = [KeyedRandomness(s, "mask", like.device) for s in self.batches.seeds]
        penalized = {name for name, _ in weights_of(self.modules[0])}
        rates = [self.rates(w, name in penalized) for name, w in self.params.items()]
        name = task.networks[0].optimizer
        self.optimizer = stacked_optimizer(name, list(self.params.values()), rates)

    def rates(self, weight: Tensor, penalized: bool) -> Rates:
        """The settings of each network, in a shape that broadcasts over this weight (M, ...)."""
        shape = (-1, *[1] * (weight.ndim - 1))
        names = ("lr", "momentum", "weight_decay", *(("l1", "l2") if penalized else ()))
        values = [[getattr(n, name) for n in self.task.networks] for name in names]
        return Rates(*(weight.new_tensor(v).view(shape) for v in values))

    def draws(self, x: Tensor) -> bool:
        """Whether a module draws random numbers in training, found by trying on a copy."""
        module = deepcopy(self.modules[0]).train()
        with torch.no_grad(), KeyedRandomness(0, "trial", x.device) as keyed:
            before = [g.get_state() for g in keyed.generators]
            module(x)
            return any(
                not torch.equal(g.get_state(), old)
                for g, old in zip(keyed.generators, before, strict=True)
            )

    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data."""
        own = self.batches.which[:, None]
        parts = self.batches.order().split(self.task.batch, dim=1)  # (G, B)
        for part, factor in zip(parts, self.batches.factors(epoch), strict=True):
            x, y = self.batches.x[own, part], self.batches.y[own, part]  # (G, B, ...), (G, B)
            z = self.forward(x.repeat_interleave(self.task.each, dim=0))  # (M, B, K)
            y = y.repeat_interleave(self.task.each, dim=0)
            values = example_losses(z.transpose(1, 2), y, self.task.loss).mean(1)  # (M,)
            grads = torch.autograd.grad(values.sum(), list(self.params.values()))
            self.optimizer.step(grads, factor)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (M, B, K) in training mode, all at once or, with random layers, by group."""
        if not self.random:
            return self.run(slice(None), x, training=True)
        z = []
        for g, stream in enumerate(self.streams):
            members = slice(g * self.task.each, (g + 1) * self.task.each)
            with stream:
                z.append(self.run(members, x[members], training=True))
        return torch.cat(z)

    def run(self, members: slice | list[int], x: Tensor, training: bool) -> Tensor:
        """Outputs (m, B, K) of some of the modules for x (m, B, ...)."""
        base = self.modules[0].train(training)
        params = {name: w[members] for name, w in self.params.items()}
        state = {name: b[members] for name, b in self.state.items()}
        call = vmap(lambda p, s, x: functional_call(base, (p, s), (x,)), randomness="same")
        return call(params, state, x)

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) of the chosen networks for inputs x (N, ...), in eval mode."""
        members = list(members)
        parts = [part.expand(len(members), *part.shape) for part in x.split(1000)]
        return torch.cat([self.run(members, part, training=False) for part in parts], 1).mT

    def network(self, m: int) -> nn.Module:
        """Module m alone, with what it has learned, on the CPU."""
        module = deepcopy(self.modules[m])
        own = {name: t[m].detach() for name, t in (self.params | self.state).items()}
        module.load_state_dict(own, strict=False)  # a non-persistent buffer is not in it
        return module.cpu().eval()
