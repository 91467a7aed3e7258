"""Standout: the probability of dropping a unit depends on the unit's own input.

Source      Ba, Frey (2013), "Adaptive dropout for training deep neural networks", NeurIPS 26: the
            mask is drawn by an overlaid network, whose weights may be alpha w + beta.
Departures  beta is added once to the pre-activation, as is usual in code, not to every weight. The
            paper's g gives the probability of keeping; p here is that of dropping, 1 - g. No
            gradient flows through the draw, as in the paper with alpha and beta fixed.
Symbols     z pre-activation of a unit (z = w x + b), f the activation function, m the mask.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from reglab.core import uniform_like

Number = float | Tensor


def standout_probability(z: Tensor, alpha: Number, beta: Number) -> Tensor:
    """Return p = 1 - sigmoid(alpha z + beta), the probability that each unit is *dropped*.

    alpha = 0 gives every unit the same p: ordinary dropout with p = 1 - sigmoid(beta). With
    alpha > 0 a unit with a large pre-activation is mostly left in.

    >>> standout_probability(torch.tensor([-2.0, 0.0, 2.0]), alpha=1.0, beta=0.0)
    tensor([0.8808, 0.5000, 0.1192])

    Args: z: any shape; alpha, beta: numbers, or tensors that broadcast against z.
    """
    return torch.sigmoid(-(alpha * z + beta))


def standout_mask(
    z: Tensor, alpha: Number, beta: Number, generator: torch.Generator | None = None
) -> Tensor:
    """Draw the mask, 0 with `standout_probability` and else 1, of the shape and dtype of z.

    >>> standout_mask(torch.tensor([-1e4, 1e4]), alpha=1.0, beta=0.0)
    tensor([0., 1.])

    Args: as for `standout_probability`; generator: None draws from torch's global one.
    """
    return (uniform_like(z, generator) >= standout_probability(z, alpha, beta)).to(z.dtype)


class Standout(nn.Module):
    """The activation function of a layer with standout: f(z) times a mask that z decides.

    In training f(z) m, in eval mode its expectation f(z) sigmoid(alpha z + beta): nothing is
    rescaled in training. It stands in place of the activation function, after a linear layer.

    >>> layer = nn.Sequential(nn.Linear(40, 100), Standout(alpha=0.3, beta=2.0))
    >>> layer(torch.randn(8, 40)).shape
    torch.Size([8, 100])

    Args:
        alpha: how strongly the input decides; finite, and negative ones are allowed. 0 is dropout.
        beta: finite; at alpha = 0 the probability of dropping is 1 - sigmoid(beta).
        activation: f, elementwise.
    Either number may be a 0-d tensor, which becomes a buffer and is not checked.
    Shapes: any to the same.
    Raises: ValueError if alpha or beta is not finite, or the activation can't be called.
    """

    alpha: Number
    beta: Number

    def __init__(
        self,
        alpha: Number = 1.0,
        beta: Number = 0.0,
        activation: Callable[[Tensor], Tensor] = torch.relu,
    ):
        super().__init__()
        for name, value in (("alpha", alpha), ("beta", beta)):
            if isinstance(value, Tensor):
                self.register_buffer(name, value, persistent=False)
            else:
                setattr(self, name, _finite(name, value))
        if not callable(activation):
            raise ValueError(
                f"activation must be a function such as torch.relu; got {activation!r}"
            )
        self.activation = activation

    def forward(self, z: Tensor) -> Tensor:
        if self.training:
            return self.activation(z) * standout_mask(z, self.alpha, self.beta)
        return self.activation(z) * (1 - standout_probability(z, self.alpha, self.beta))

    def extra_repr(self) -> str:
        """What print shows of the layer."""
        return f"alpha={self.alpha}, beta={self.beta}"


def _finite(name: str, value: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value!r}")
    return float(value)
