"""Random layers keyed to a seed, also inside vmap: torch's random functions on given streams.

nn.Dropout and its kin take no generator. `KeyedDraws` is a torch function mode: inside its block
the functions listed in KEYED draw from streams of its own, one for each seed.
Departures  A dropout probability is rounded to a multiple of 2^-16, as 16 random bits decide: an
            eighth of the cost of uniform floats. The factor 1 / (1 - p) is that of the rounded p.
Symbols     p probability of *dropping*.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from reglab.core.draws import random_bits_like

LEVELS = 2**16
ALPHA = -1.7580993408473766  # the value of SELU far below zero: what alpha dropout puts in place


class KeyedDraws(TorchFunctionMode):
    """Inside the block, torch's random functions draw from the given streams.

    Under vmap over M networks `which` holds the number of each network's stream. Each draw is made
    once for every stream, so that a network's numbers never depend on what is computed beside it.
    Functions that are not in KEYED, and calls with a generator, draw as they do outside.

    Args:
        streams: generators on the CPU: the draws are the same on all devices.
        which: (), integer; not looked at if there is one stream.

    >>> with KeyedDraws([torch.Generator().manual_seed(0)]):
    ...     x = torch.rand(2)
    >>> torch.equal(x, torch.rand(2, generator=torch.Generator().manual_seed(0)))
    True
    """

    def __init__(self, streams: Sequence[torch.Generator], which: Tensor | None = None):
        super().__init__()
        self.streams, self.which = streams, which

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        keyed = KEYED.get(function)
        if keyed is None or kwargs.get("generator") is not None:
            return function(*args, **kwargs)
        return keyed(self, *args, **kwargs)

    def pick(self, draw: Callable[[torch.Generator], Tensor], device: Any = "cpu") -> Tensor:
        """What `draw` makes of this network's stream; it is called for every stream."""
        drawn = [draw(g) for g in self.streams]
        if self.which is None or len(drawn) == 1:
            (only,) = drawn  # several need `which`
            return only.to(device)
        return torch.stack(drawn).to(device).index_select(0, self.which.view(1)).squeeze(0)

    def uniform(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Uniform numbers in [0, 1) in the shape of x."""
        dtype = dtype or x.dtype
        return self.pick(lambda g: torch.rand(x.shape, generator=g, dtype=dtype), x.device)

    def normal(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Standard normal numbers in the shape of x."""
        dtype = dtype or x.dtype
        return self.pick(lambda g: torch.randn(x.shape, generator=g, dtype=dtype), x.device)

    def bits(self, x: Tensor) -> Tensor:
        """Uniform int16 numbers in the shape of x."""
        like = torch.empty(x.shape, dtype=torch.int16, device="cpu")
        return self.pick(lambda g: random_bits_like(like, g), x.device)

    def keeps(self, x: Tensor, p: float) -> Tensor:
        """True with probability 1 - p, with p as `rounded`, in the shape of x."""
        dropped = round(p * LEVELS)
        if dropped == LEVELS:  # one more than the highest of 16 bits
            return torch.zeros_like(x, dtype=torch.bool)
        return self.bits(x) >= dropped - LEVELS // 2


def rounded(p: float) -> float:
    """The multiple of 2^-16 that is nearest to p."""
    return round(p * LEVELS) / LEVELS


def _factory(function: Callable) -> Callable:
    def draw(draws: KeyedDraws, *size: Any, device: Any = None, **options: Any) -> Tensor:
        device = device or torch.get_default_device()
        return draws.pick(lambda g: function(*size, generator=g, **options), device)

    return draw


def _rand_like(draws: KeyedDraws, x: Tensor, *, dtype=None, **_: Any) -> Tensor:
    return draws.uniform(x, dtype)


def _randn_like(draws: KeyedDraws, x: Tensor, *, dtype=None, **_: Any) -> Tensor:
    return draws.normal(x, dtype)


def _bernoulli(draws: KeyedDraws, x: Tensor, p: float | None = None, **_: Any) -> Tensor:
    return (draws.uniform(x) < (x if p is None else p)).to(x.dtype)


def _bernoulli_(draws: KeyedDraws, x: Tensor, p: Tensor | float = 0.5, **_: Any) -> Tensor:
    like = x if x.is_floating_point() else x.float()
    return x.copy_(draws.uniform(like) < p)


def _uniform_(draws: KeyedDraws, x: Tensor, a: float = 0.0, b: float = 1.0, **_: Any) -> Tensor:
    return x.copy_(a + (b - a) * draws.uniform(x))


def _normal_(draws: KeyedDraws, x: Tensor, mean: float = 0.0, std: float = 1.0, **_: Any) -> Tensor:
    return x.copy_(mean + std * draws.normal(x))


def _dropout(
    draws: KeyedDraws, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    return _multiplied(draws, input, input, p, training, inplace, F.dropout)


def _channels(function: Callable, dims: int) -> Callable:
    """Dropout of whole channels, (B, C, ...) with `dims` axes; other shapes draw globally."""

    def drop(draws: KeyedDraws, input: Tensor, p=0.5, training=True, inplace=False) -> Tensor:
        if input.ndim != dims:
            return function(input, p, training, inplace)
        one = input[(slice(None), slice(None), *[slice(1)] * (dims - 2))]  # a number a channel
        return _multiplied(draws, input, one, p, training, inplace, function)

    return drop


def _multiplied(draws, x, like, p, training, inplace, function) -> Tensor:
    if not 0 <= p <= 1:
        return function(x, p, training, inplace)  # its own error
    if not training or p == 0:
        return x
    scale = 1 / (1 - rounded(p)) if rounded(p) < 1 else 0.0
    mask = draws.keeps(like, p).to(x.dtype) * scale
    return x.mul_(mask) if inplace else x * mask


def _alpha_dropout(
    draws: KeyedDraws, input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropped units become ALPHA; then scale and shift restore mean 0 and variance 1."""
    if not 0 < p < 1 or not training or not 0 < rounded(p) < 1:
        return F.alpha_dropout(input, p, training, inplace)  # nothing to draw
    q = 1 - rounded(p)
    scale = (q + ALPHA**2 * q * (1 - q)) ** -0.5
    keeps = draws.keeps(input, p).to(input.dtype)
    found = scale * (input * keeps + ALPHA * (1 - keeps)) - scale * (1 - q) * ALPHA
    return input.copy_(found) if inplace else found


KEYED: dict[Callable, Callable] = {
    random_bits_like: lambda draws, x, *_: draws.bits(x),
    torch.rand: _factory(torch.rand),
    torch.randn: _factory(torch.randn),
    torch.rand_like: _rand_like,
    torch.randn_like: _randn_like,
    torch.bernoulli: _bernoulli,
    Tensor.bernoulli: _bernoulli,
    Tensor.bernoulli_: _bernoulli_,
    Tensor.uniform_: _uniform_,
    Tensor.normal_: _normal_,
    F.dropout: _dropout,
    F.dropout1d: _channels(F.dropout1d, 3),
    F.dropout2d: _channels(F.dropout2d, 4),
    F.dropout3d: _channels(F.dropout3d, 5),
    F.alpha_dropout: _alpha_dropout,
}
