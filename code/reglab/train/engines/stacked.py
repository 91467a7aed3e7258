"""M MLPs as one stack of arrays, zero-padded to one width: their weights and their outputs.

A layer of M networks is one batched product, weight (M, O, I) times input (M, I, B). Features
stand before examples ("features first"): softmax and dropout then run along contiguous memory.
Symbols     M models, I inputs, H padded width, K outputs, B examples of a minibatch, N examples.
"""

import torch
from torch import Tensor, nn

from reglab.train.engines.task import Batches, Task
from reglab.train.models import MLP, initial_weights, layer_sizes

CHUNK = 4_000_000  # most numbers in one activation while measuring: 16 MB of float32


class MLPStack:
    """The weights of the MLPs of a task, zero-padded to one width: what MLP engines share.

    Attributes: params [W1, b1, W2, b2, ...], W (M, O, I) and b (M, O, 1); sizes, (O, I) of each W.
    """

    def __init__(self, task: Task):
        self.task, self.batches = task, Batches(task)
        self.inputs = self.batches.x[0, 0].numel()
        self.specs = [n.spec for n in task.networks if isinstance(n.spec, MLP)]  # all of them
        assert task.width is not None, "a task of modules has no width"
        self.sizes = layer_sizes(self.specs[0].depth, task.width, self.inputs, task.outputs)
        self.params = self.allocate()
        rates = {spec.dropout for spec in self.specs}
        self.has_dropout, self.same_dropout = max(rates) > 0, len(rates) == 1
        for m, (spec, n) in enumerate(zip(self.specs, task.networks, strict=True)):
            layers = initial_weights(spec, self.inputs, task.outputs, n.seed)
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
        places = [n.spec if name == "dropout" else n.training for n in self.task.networks]
        values = [getattr(place, name) for place in places]
        like = self.params[0]
        return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)

    def chunk(self, models: int) -> int:
        """How many examples so many networks are given at once while measuring."""
        return max(1, CHUNK // (models * max(rows for rows, _ in self.sizes)))

    def network(self, m: int) -> nn.Sequential:
        """Network m alone, without its padding, on the CPU."""
        spec, dtype = self.specs[m], self.params[0].dtype
        network = spec.build(self.inputs, self.task.outputs, dtype=dtype)
        with torch.no_grad():
            for own, stacked in zip(network.parameters(), self.params, strict=True):
                rows = stacked[m, : own.shape[0]]
                own.copy_(rows[:, : own.shape[1]] if own.ndim == 2 else rows[:, 0])
        return network.eval()
