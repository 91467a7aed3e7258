"""Any module, M of them as one: torch.func stacks the weights, vmap runs them together.

Slower than the hand-written MLP engine (measured: 1.8 to 6.5 times), but it takes what vmap takes:
convolutions, normalization with running statistics, layers of your own, techniques on weights.
Random layers draw from the stream (seed, "mask") of each network, so that its masks do not depend
on what is trained beside it, and are those of `fit`. Where they draw by a function that can't be
keyed (see `reglab.core.keyed`), the networks run one seed after another, which is slower.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from reglab.core import stream
from reglab.core.keyed import KeyedDraws
from reglab.core.randomness import KeyedRandomness
from reglab.penalties import weights_of
from reglab.train.engines.draws import (
    check_no_own_generator,
    check_outputs,
    check_trainable,
    how_it_draws,
)
from reglab.train.engines.explain import explain
from reglab.train.engines.measuring import PIECE, Part, cut
from reglab.train.engines.task import Batches, Task
from reglab.train.losses import example_losses, flatten_tokens
from reglab.train.optimizers import Rates, stacked_optimizer

Tensors = dict[str, Tensor]


class VmapStack:
    """Trains the modules of a task with vmap, autograd and a stacked optimizer.

    Attributes: params and state, what is learned and what is not, name -> (M, ...); weights, the
    names of the parameters that penalties take.
    """

    def __init__(self, task: Task):
        self.task, self.batches, self.techniques = task, Batches(task), task.techniques
        like = self.batches.x
        inputs = like[0, 0].numel()
        self.modules = [
            n.spec.build(inputs, task.outputs, n.seed, task.dtype).to(like.device)
            for n in task.networks
        ]
        check_trainable(self.modules[0])
        self.params, self.state = stack_modules(self.modules)
        self.weights = [name for name, _ in weights_of(self.modules[0]) if name in self.params]
        check_outputs(self.modules[0], task.data[0].train, task.outputs)
        self.prepare_draws(like[0, :2])
        self.optimizer = self.make_optimizer()
        rates = [n.training.lr for n in task.networks]
        self.lr = torch.tensor(rates, dtype=task.dtype, device=like.device)
        floats = [b for b in self.state.values() if b.is_floating_point()]
        self.average = task.make_average([*self.params.values(), *floats])

    def prepare_draws(self, x: Tensor) -> None:
        """Find out how the modules draw, given a few examples (B, ...), and open the streams."""
        self.draws = how_it_draws(self.modules[0], x)
        if self.draws != "global":
            check_no_own_generator(self.modules[0], x)
        seeds = list(dict.fromkeys(self.batches.seeds))
        self.streams = [stream(seed, "mask") for seed in seeds]
        self.which = torch.tensor(
            [seeds.index(n.seed) for n in self.task.networks], device=x.device
        )
        self.reseeded = [KeyedRandomness(seed, "mask", x.device) for seed in self.batches.seeds]
        self.perturbing = [stream(n.seed, "perturb") for n in self.task.networks]

    def make_optimizer(self):
        """The stacked optimizer, with the settings of each network."""
        rates = [self.rates(w, name in self.weights) for name, w in self.params.items()]
        name = self.task.networks[0].training.optimizer
        return stacked_optimizer(name, list(self.params.values()), rates)

    def rates(self, weight: Tensor, penalized: bool) -> Rates:
        """The settings of each network, in a shape that broadcasts over this weight (M, ...)."""
        shape = (-1, *[1] * (weight.ndim - 1))
        names = ("lr", "momentum", "weight_decay", *(("l1", "l2") if penalized else ()))
        values = [[getattr(n.training, name) for n in self.task.networks] for name in names]
        return Rates(*(weight.new_tensor(v).view(shape) for v in values))

    def train_epoch(self, epoch: int) -> None:
        """Go once over the training data."""
        parts = self.batches.order().split(self.task.batch, dim=1)  # (G, B)
        for part, factor in zip(parts, self.batches.factors(epoch), strict=True):
            x, y = self.batches.minibatch(part)  # (G, B, ...), (G, B, ...) or (G, B, ..., K)
            each = self.task.each
            self.train_step(x.repeat_interleave(each, 0), y.repeat_interleave(each, 0), factor)

    def train_step(self, x: Tensor, y: Tensor, factor: float) -> None:
        """Learn from one minibatch of each network, x (M, B, ...) and y (M, B, ...)."""
        gradients = self.gradients(self.params, x, y)
        if self.techniques.perturbation:
            offsets = self.perturbation(gradients)
            elsewhere = {
                name: (w.detach() + offsets.get(name, 0.0)).requires_grad_()
                for name, w in self.params.items()
            }
            gradients = self.gradients(elsewhere, x, y)
        self.optimizer.step(list(gradients.values()), factor)
        if self.techniques.after:
            self.act_after_step(factor)
        if self.average:
            self.average.update()

    def gradients(self, params: Tensors, x: Tensor, y: Tensor) -> Tensors:
        """Gradients of each network's loss + penalties at these parameters, by name."""
        z, y = flatten_tokens(self.forward(params, x), y, start=1)  # (M, B, K), (M, B) or (M, B, K)
        if self.techniques.loss:
            values = vmap(self.techniques.loss.batch_loss)(z, y)
        else:
            t = y.mT if y.ndim == z.ndim else y
            values = example_losses(z.mT, t, self.task.loss).mean(1)  # (M,)
        if self.techniques.penalties:
            values = values + vmap(self.techniques.penalty)({n: params[n] for n in self.weights})
        found = torch.autograd.grad(values.sum(), list(params.values()), materialize_grads=True)
        return dict(zip(params, found, strict=True))

    @torch.no_grad()
    def perturbation(self, gradients: Tensors) -> Tensors:
        """What to add to the weights of each network before its second gradient, (M, ...) each."""
        call = self.techniques.perturbation.perturbation
        weights = {name: w.detach() for name, w in self.params.items()}
        before = self.perturbing[0].get_state()
        offsets = [call(*self.one(0, weights, gradients), self.perturbing[0])]
        if torch.equal(before, self.perturbing[0].get_state()):  # nothing was drawn
            return vmap(lambda w, g: call(w, g, self.perturbing[0]))(weights, gradients)
        offsets += [
            call(*self.one(m, weights, gradients), self.perturbing[m])
            for m in range(1, len(self.perturbing))
        ]
        return {name: torch.stack([one[name] for one in offsets]) for name in offsets[0]}

    @staticmethod
    def one(m: int, *stacks: Tensors) -> list[Tensors]:
        """Network m's part of each dict of stacked tensors."""
        return [{name: t[m] for name, t in stack.items()} for stack in stacks]

    @torch.no_grad()
    def act_after_step(self, factor: float) -> None:
        """Let the techniques change the weights that the optimizer has just moved."""
        weights = {name: self.params[name].detach() for name in self.weights}
        found = vmap(self.techniques.after_step)(weights, factor * self.lr)
        for name in self.weights:
            self.params[name].copy_(found[name])

    def forward(self, params: Tensors, x: Tensor) -> Tensor:
        """Outputs (M, B, ..., K) in training mode, all at once if the draws can be keyed."""
        if self.draws != "global":
            return self.run(params, slice(None), x, training=True)
        z, each = [], self.task.each
        for g, reseeded in enumerate(self.reseeded):  # one group after another
            members = slice(g * each, (g + 1) * each)
            with reseeded:
                z.append(self.run(params, members, x[members], training=True))
        return torch.cat(z)

    def run(self, params: Tensors, members: slice | list, x: Tensor, training: bool) -> Tensor:
        """Outputs (m, B, ..., K) of some of the modules for x (m, B, ...)."""
        base = self.modules[0].train(training)
        params = {name: w[members] for name, w in params.items()}
        state = {name: b[members] for name, b in self.state.items()}
        keyed = training and self.draws == "keyed"

        def call(params: Tensors, state: Tensors, x: Tensor, which: Tensor) -> Tensor:
            with KeyedDraws(self.streams, which) if keyed else nullcontext():
                return functional_call(base, (params, state), (x,))

        try:
            return vmap(call, randomness="same")(params, state, x, self.which[members])
        except RuntimeError as error:
            raise explain(error, base) from error

    def pieces(self, part: Part) -> Iterator[tuple[slice, Tensor]]:
        """Yield (examples, outputs (M, K, n)) of all networks for their own data, in eval mode.

        With a target for each token, outputs are (M, K, n T).
        """
        own = self.batches.which.repeat_interleave(self.task.each)
        for here in cut(part.x.shape[1], PIECE):
            x = part.x[:, here][own]  # (M, n, ...)
            yield here, self.run(self.params, slice(None), x, training=False).flatten(1, -2).mT

    @torch.no_grad()
    def outputs(self, members: Sequence[int], x: Tensor) -> Tensor:
        """Outputs (m, K, N) or (m, K, N T) of the chosen networks for x (N, ...), in eval mode."""
        members = list(members)
        parts = [part.expand(len(members), *part.shape) for part in x.split(1000)]
        found = [self.run(self.params, members, part, training=False) for part in parts]
        return torch.cat(found, 1).flatten(1, -2).mT

    def network(self, m: int) -> nn.Module:
        """Module m alone, with what it has learned, on the CPU."""
        spec, seed = self.task.networks[m].spec, self.task.networks[m].seed
        x = self.batches.x
        inputs = x[0, 0].numel()
        module = spec.build(inputs, self.task.outputs, seed, self.task.dtype)  # copies may fail
        own = {name: t[m].detach() for name, t in (self.params | self.state).items()}
        module.load_state_dict(own, strict=False)  # a non-persistent buffer is not in it
        return module.eval()


def stack_modules(modules: Sequence[nn.Module]) -> tuple[Tensors, Tensors]:
    """Stack what modules of one kind learn, and their buffers and frozen parameters, by name.

    Raises: ValueError if they don't have the same names and shapes.
    """
    every = [dict(m.named_parameters()) | dict(m.named_buffers()) for m in modules]
    kinds = [{name: t.shape for name, t in one.items()} for one in every]
    if any(kind != kinds[0] for kind in kinds):
        raise ValueError(
            "the function that makes the networks must make the same layers for every seed; "
            f"got {type(modules[0]).__name__} with other names or shapes of parameters"
        )
    learned = {name for name, w in modules[0].named_parameters() if w.requires_grad}
    stacked = {name: torch.stack([one[name] for one in every]).detach() for name in every[0]}
    params = {name: stacked[name].requires_grad_() for name in stacked if name in learned}
    return params, {name: t for name, t in stacked.items() if name not in learned}
