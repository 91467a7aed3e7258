"""The multilayer perceptron as a specification: what to build, before anything is built.

Room        train -- tests/train/test_models.py
One specification serves both ways to train: `build` makes a plain nn.Sequential for `fit`, and
`initial_weights` lends the same numbers to `fleet`, which stacks them.
Source      He, Zhang, Ren, Sun (2015), "Delving Deep into Rectifiers", ICCV, section 2.2, for "he".
Departures  The initial law is uniform with He's variance, not normal: it has no tails, and its
            draws are the same on any CPU. "torch" is the law of nn.Linear.
Symbols     I inputs, H width (units of a hidden layer), K outputs, p probability of *dropping*.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reglab.core import check_choice, check_count, check_probability, stream

INITS = ("he", "torch")


@dataclass(frozen=True)
class MLP:
    """ReLU network: `depth` hidden layers of `width` units, dropout after each, linear output.

    A field that holds a list asks `fleet` for one network per value. See `mlp`.
    """

    width: int | Sequence[int]
    depth: int | Sequence[int] = 2
    dropout: float | Sequence[float] = 0.0
    init: str | Sequence[str] = "he"

    def build(
        self, inputs: int, outputs: int, seed: int = 0, dtype: torch.dtype = torch.float32
    ) -> nn.Sequential:
        """Return the network as a plain nn.Sequential with weights drawn from `seed`.

        Raises: ValueError if a field holds a list (one network has one width), or is out of range.
        """
        self.check()
        weights = initial_weights(self, inputs, outputs, seed)
        layers: list[nn.Module] = []
        for i, (weight, bias) in enumerate(weights):
            linear = nn.utils.skip_init(nn.Linear, *weight.shape[::-1], dtype=dtype)
            with torch.no_grad():
                linear.weight.copy_(weight)
                linear.bias.copy_(bias)
            layers.append(linear)
            if i < self.depth:
                layers.append(nn.ReLU())
                if self.dropout:
                    layers.append(nn.Dropout(self.dropout))
        return nn.Sequential(*layers)

    def check(self) -> "MLP":
        """Return self if every field is one value in its range; ValueError otherwise."""
        for name, value in vars(self).items():
            if not isinstance(value, int | float | str):
                raise ValueError(
                    f"one network has one {name}; got {value!r}; use fleet for several"
                )
        check_count("width", self.width)
        check_count("depth", self.depth)
        check_probability("dropout", self.dropout)
        check_choice("init", self.init, INITS)
        return self


def mlp(
    width: int | Sequence[int],
    depth: int | Sequence[int] = 2,
    *,
    dropout: float | Sequence[float] = 0.0,
    init: str | Sequence[str] = "he",
) -> MLP:
    """Describe a ReLU network, or several: any argument may be a list, which `fleet` varies.

    Args:
        width: H, units of each hidden layer, >= 1.
        depth: number of hidden layers, >= 1.
        dropout: p, probability of dropping a hidden unit in training, in [0, 1].
        init: "he": weights uniform with variance 2 / fan_in, biases 0. "torch": both uniform on
            (-a, a) with a = 1 / sqrt(fan_in), as nn.Linear does it.
    """
    return MLP(width, depth, dropout, init)


def layer_sizes(spec: MLP, inputs: int, outputs: int) -> list[tuple[int, int]]:
    """(fan out, fan in) of each linear layer, the shape of its weight."""
    sizes = [inputs, *[spec.width] * spec.depth, outputs]
    return [(after, before) for before, after in zip(sizes, sizes[1:], strict=False)]


def initial_weights(spec: MLP, inputs: int, outputs: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Draw (weight (O, I), bias (O,)) of each layer from the stream (seed, "init"), in float64.

    Equal (spec, seed) give equal numbers, whatever is trained beside this network. A float32
    network starts from the same numbers, rounded.
    """
    generator = stream(seed, "init")
    weights = []
    for shape in layer_sizes(spec, inputs, outputs):
        a = math.sqrt((6 if spec.init == "he" else 1) / shape[1])  # U(-a, a) has variance a^2 / 3
        weight = _uniform(shape, a, generator)
        bias = _uniform(shape[:1], a if spec.init == "torch" else 0.0, generator)
        weights.append((weight, bias))
    return weights


def _uniform(shape: tuple[int, ...], a: float, generator: torch.Generator) -> Tensor:
    return a * (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1)
