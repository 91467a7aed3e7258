"""Specifications of networks: what to build, before anything is built.

One specification serves both ways to train: `build` makes a plain module for `fit`, and `fleet`
stacks the same numbers. A field that holds a list asks `fleet` for one network per value.
Source      He, Zhang, Ren, Sun (2015), "Delving Deep into Rectifiers", ICCV, section 2.2, for "he".
Departures  The initial law is uniform with He's variance, not normal: it has no tails, and its
            draws are the same on any CPU. "torch" is the law of nn.Linear.
Symbols     I inputs, H width (units of a hidden layer), K outputs, p probability of *dropping*.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from reglab.core import check_choice, check_count, check_probability, stream
from reglab.core.randomness import KeyedRandomness
from reglab.train.arms import names_of_make

INITS = ("he", "torch")


@dataclass(frozen=True)
class MLP:
    """ReLU network: `depth` hidden layers of `width` units, dropout after each, linear output."""

    width: int
    depth: int = 2
    dropout: float = 0.0
    init: str = "he"

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
            rows, columns = weight.shape
            linear = nn.Linear(columns, rows, device="meta", dtype=dtype)  # draws nothing
            linear = linear.to_empty(device="cpu")
            with torch.no_grad():
                linear.weight.copy_(weight)
                linear.bias.copy_(bias)
            layers.append(linear)
            if i < self.depth:
                layers += [nn.ReLU(), nn.Dropout(self.dropout)][: 2 if self.dropout else 1]
        return nn.Sequential(*layers)

    def settings(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(vars(self))

    def at(self, **values: Any) -> "MLP":
        """The specification with these values in place of its own."""
        return replace(self, **values)

    def check(self) -> None:
        """ValueError unless every field is one value in its range."""
        for name, value in vars(self).items():
            if isinstance(value, list | tuple | range) or getattr(value, "ndim", 0):
                raise ValueError(
                    f"one network has one {name}; got {value!r}; fleet takes a list for more"
                )
        check_count("width", self.width)
        check_count("depth", self.depth)
        check_probability("dropout", self.dropout)
        check_choice("init", self.init, INITS)


@dataclass(frozen=True)
class Modules:
    """Any module, made by a function of its own settings. See `modules`."""

    make: Callable[..., nn.Module]
    options: tuple[tuple[str, Any], ...] = ()

    def build(
        self, inputs: int, outputs: int, seed: int = 0, dtype: torch.dtype = torch.float32
    ) -> nn.Module:
        """Return make(**settings), with torch's global generator keyed to (seed, "init").

        A `make` with a parameter that is called seed gets the seed of its network there. `inputs`
        and `outputs` are up to `make`. Raises: ValueError if it returns no module.
        """
        self.check()
        own = {"seed": seed} if "seed" in names_of_make(self.make) else {}
        with KeyedRandomness(seed, "init"):
            module = self.make(**self.settings(), **own)
        if not isinstance(module, nn.Module):
            raise ValueError(f"make must return an nn.Module; got {type(module).__name__}")
        return module.to(dtype)

    def settings(self) -> dict[str, Any]:
        """The settings of `make`, by name."""
        return dict(self.options)

    def at(self, **values: Any) -> "Modules":
        """The specification with these values in place of its own."""
        return Modules(self.make, tuple((self.settings() | values).items()))

    def check(self) -> None:
        """ValueError unless `make` can be called, and its seed is left to the trainer."""
        if not callable(self.make):
            raise ValueError(f"make must be a function; got {type(self.make).__name__}")
        if "seed" in self.settings():
            raise ValueError(
                f"seed can't be a setting of the network; got {self.settings()['seed']!r}; a make "
                "with a parameter called seed gets the seed of each network: use seeds=[...]"
            )
        try:
            own = {"seed": 0} if "seed" in names_of_make(self.make) else {}
            inspect.signature(self.make).bind(**own | self.settings())
        except TypeError as error:
            raise ValueError(f"make can't be called with {self.settings()}: {error}") from None
        except ValueError:  # a function in C that does not tell
            pass


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
    # The fields have the types that they have in one network; `fleet` takes the lists apart.
    return MLP(width, depth, dropout, init)  # pyright: ignore[reportArgumentType]


def modules(make: Callable[..., nn.Module], **settings: Any) -> Modules:
    """Describe any network by the function that makes it.

    For modules(convnet, channels=[8, 16]), `fleet` calls convnet(channels=8), then 16. The function
    is ordinary torch code: its draws come from the global generator, keyed to the seed meanwhile.
    If it has a parameter called seed, it gets the seed of each network there, for what differs from
    seed to seed and is not drawn, such as pretrained weights or the mask of a lottery ticket.

    >>> def scaled(seed):
    ...     layer = nn.Linear(1, 1, bias=False)
    ...     return layer.requires_grad_(False).apply(lambda part: part.weight.fill_(seed))
    >>> modules(scaled).build(1, 1, seed=7).weight.item()
    7.0
    """
    return Modules(make, tuple(settings.items()))


def layer_sizes(depth: int, width: int, inputs: int, outputs: int) -> list[tuple[int, int]]:
    """(fan out, fan in) of each linear layer of an MLP, the shape of its weight."""
    return [(after, before) for before, after in pairwise([inputs, *[width] * depth, outputs])]


def initial_weights(spec: MLP, inputs: int, outputs: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Draw (weight (O, I), bias (O,)) of each layer from the stream (seed, "init"), in float64.

    Equal (spec, seed) give equal numbers, whatever is trained beside this network. A float32
    network starts from the same numbers, rounded.
    """
    generator = stream(seed, "init")
    weights = []
    for shape in layer_sizes(spec.depth, spec.width, inputs, outputs):
        a = math.sqrt((6 if spec.init == "he" else 1) / shape[1])  # U(-a, a) has variance a^2 / 3
        weight = _uniform(shape, a, generator)
        bias = _uniform(shape[:1], a if spec.init == "torch" else 0.0, generator)
        weights.append((weight, bias))
    return weights


def _uniform(shape: tuple[int, ...], a: float, generator: torch.Generator) -> Tensor:
    return a * (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1)
