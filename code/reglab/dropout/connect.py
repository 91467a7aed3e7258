"""DropConnect: weights instead of activations are dropped, with a mask for each example.

Source      Wan, Zeiler, Zhang, LeCun, Fergus (2013), "Regularization of Neural Networks using
            DropConnect", ICML, section 3, equation 5 and algorithms 1 and 2.
Departures  p is the probability of dropping, the paper's that of retaining. Masks are scaled by
            1 / (1 - p), as in inverted dropout; the paper scales at test time. Biases are not
            dropped, the paper's are.
Symbols     B examples, I inputs, O outputs; x (B, I), W (O, I), bias (O,); m a mask.
An output is u = (m * W) x + bias. Over masks its mean is W x + bias and its variance
p / (1 - p) W^2 x^2. The paper does not test with the mean weights: it draws u from a normal
distribution with these two moments and averages the activation a(u). For ReLU the two differ.
"""

from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from reglab.core import check_choice, check_count, normal_like
from reglab.dropout.bernoulli import DropLayer, drop_mask, mask_variance

MASKS = ("example", "batch", "moments")


def drop_connect(x: Tensor, weight: Tensor, bias: Tensor | None, mask: Tensor) -> Tensor:
    """Return (mask * weight) x + bias, shape (B, O).

    Args:
        x: (B, I); weight: (O, I); bias: (O,) or None.
        mask: (B, O, I), one for each example, or (O, I), one for all.

    >>> drop_connect(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]), None, torch.tensor([[0.0, 2]]))
    tensor([[4.]])
    """
    if mask.ndim == 2:
        return linear(x, mask * weight, bias)
    u = ((mask * weight) @ x[:, :, None])[:, :, 0]  # (B, O, I) @ (B, I, 1)
    return u if bias is None else u + bias


def drop_connect_moments(
    x: Tensor, weight: Tensor, bias: Tensor | None, p: float | Tensor
) -> tuple[Tensor, Tensor]:
    """Return mean W x + bias and variance p / (1 - p) W^2 x^2 of the outputs, each (B, O).

    They are exact, and over masks the outputs of one example are independent of each other.
    Raises: ValueError if p is outside [0, 1).

    >>> drop_connect_moments(torch.ones(1, 2), torch.tensor([[1.0, 2.0]]), None, 0.5)
    (tensor([[3.]]), tensor([[5.]]))
    """
    return linear(x, weight, bias), mask_variance(p) * linear(x.square(), weight.square())


class DropConnectLinear(DropLayer):
    """A linear layer whose weights are dropped in training; x (B, I), output (B, O).

    In evaluation the mean weights are used, or, with `average_activation`, the paper's inference.

    Args:
        inputs, outputs: I and O.
        p: probability of dropping, in [0, 1); a 0-d tensor is not checked and becomes a buffer.
        bias: add a bias, which is not dropped.
        masks: "example" (the paper's, B * O * I decisions), "batch" (one mask for all examples:
            cheap, but the noise does not average out within a minibatch), or "moments" (a normal
            output with mean and variance of "example": the cost of two linear layers).
    Raises: ValueError for p outside [0, 1), no inputs or outputs, or another choice of masks.

    >>> DropConnectLinear(3, 2, p=0.5)(torch.ones(4, 3)).shape
    torch.Size([4, 2])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        p: float | Tensor = 0.5,
        *,
        bias: bool = True,
        masks: str = "example",
    ):
        super().__init__(p)
        mask_variance(p)  # for its check of p
        sizes = check_count("inputs", inputs), check_count("outputs", outputs)
        layer = nn.Linear(*sizes, bias=bias)  # for its initial values
        self.weight, self.bias = layer.weight, layer.bias
        self.masks = check_choice("masks", masks, MASKS)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (B, O) for x (B, I), with dropped weights in training."""
        if x.ndim != 2:
            raise ValueError(f"x must have shape (B, I); got {tuple(x.shape)}; flatten it first")
        if not self.training:
            return linear(x, self.weight, self.bias)
        if self.masks == "moments":
            return self.sample_outputs(x)
        w = self.weight
        like = w if self.masks == "batch" else w.expand(len(x), *w.shape)  # a view, no numbers
        return drop_connect(x, w, self.bias, drop_mask(like, self.p))

    def sample_outputs(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return one draw (B, O) of the normal outputs with the mean and variance over masks."""
        mean, variance = drop_connect_moments(x, self.weight, self.bias, self.p)
        # The root of 0 (p = 0 or x = 0) has an infinite slope; the tiny number makes it finite.
        deviation = (variance + torch.finfo(variance.dtype).tiny).sqrt()
        return mean + deviation * normal_like(mean, generator)

    @torch.no_grad()
    def average_activation(
        self,
        x: Tensor,
        activation: Callable[[Tensor], Tensor] = torch.relu,
        samples: int = 1000,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return the mean of activation(u) over draws of u, (B, O): the paper's algorithm 2.

        Args:
            x: (B, I).
            activation: what follows this layer, elementwise; applied to each draw.
            samples: number of draws of u, >= 1; the mean's error falls as 1 / sqrt(samples).
            generator: where the draws come from; torch's global generator if None.
        """
        check_count("samples", samples)
        draws = (activation(self.sample_outputs(x, generator)) for _ in range(samples))
        return reduce(torch.add, draws) / samples
