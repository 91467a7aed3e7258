"""Two different things called variational dropout: masks tied over time, and noise that is learned.

Source      Tied: Gal, Ghahramani (2016), "A Theoretically Grounded Application of Dropout in
            Recurrent Neural Networks", NeurIPS, section 4. Learned: Kingma, Salimans, Welling
            (2015), "Variational Dropout and the Local Reparameterization Trick", NeurIPS, sections
            2.2 and 3; Molchanov, Ashukha, Vetrov (2017), "Variational Dropout Sparsifies Deep
            Neural Networks", ICML, sections 4.1 to 4.3 and equation 14.
Departures  Tied: masks of activations; the paper drops rows of weight matrices, which is the same
            for the inputs of a gate that share one mask. Learned: biases have no noise.
Symbols     B batch, T time, C channels; I inputs, O outputs; theta (O, I) mean weights, sigma2
            (O, I) their variances; alpha = sigma2 / theta^2; p = alpha / (1 + alpha) drops as much.
"""

import math
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, softplus

from reglab.core import check_count, check_nonnegative, normal_like
from reglab.dropout.bernoulli import Dropout

TINY = 1e-16  # added to theta^2 before its logarithm is taken, so that theta = 0 has a finite one
K1, K2, K3 = 0.63576, 1.87320, 1.48695  # Molchanov 2017, equation 14


class TiedDropout(Dropout):
    """Dropout with one mask for a whole sequence: x (B, T, C), the mask is the same at every time.

    Each example and channel has one decision, and each call draws new ones. In a hand-written
    recurrence draw once, before the loop: `mask = drop_mask(h, p)`, then `dropout(h, mask)` at
    every step. Args and errors as for `Dropout`; ValueError if x has not three dimensions.

    >>> TiedDropout(0.5)(torch.ones(1, 3, 4)).std(1)
    tensor([[0., 0., 0., 0.]])
    """

    def mask_shape(self, x: Tensor) -> Tensor:
        """Return the first step of each sequence, (B, 1, C)."""
        if x.ndim != 3:
            raise ValueError(f"x must have shape (B, T, C); got {tuple(x.shape)}")
        return x[:, :1]


def variational_kl(log_alpha: Tensor) -> Tensor:
    """Return the KL divergence of N(theta, alpha theta^2) from the log-uniform prior, elementwise.

    KL = k1 + log(1 + 1 / alpha) / 2 - k1 sigmoid(k2 + k3 log alpha), Molchanov's approximation.
    The prior has no finite integral, so KL is defined up to a constant: here it is 0 at alpha =
    infinity. It falls with alpha, so it asks for more noise. Any shape, the same returned.

    >>> variational_kl(torch.tensor([-3.0, 0.0, 3.0]))
    tensor([2.1156, 0.4312, 0.0254])
    """
    return K1 + softplus(-log_alpha) / 2 - K1 * torch.sigmoid(K2 + K3 * log_alpha)


class VariationalLinear(nn.Module):
    """A linear layer that learns mean and variance of each weight; x (..., I), output (..., O).

    In training the outputs are drawn, not the weights: u ~ N(theta x + bias, sigma2 x^2), each
    example with noise of its own (local reparameterization). In evaluation the weights are theta,
    and those with log alpha above `threshold` are 0. Train it with loss + KL / N: the sum of `kl()`
    over layers, N training examples; `VariationalKL` does it as a technique of training.

    Args:
        inputs, outputs: I and O.
        bias: add a bias, without noise.
        threshold: of log alpha; 3 is the paper's, where p = alpha / (1 + alpha) is 0.95.
        log_variance: log sigma2 at the start; -10 is nearly no noise.
    Raises: ValueError for no inputs or outputs, or a number that is not finite.

    >>> layer = VariationalLinear(3, 2)
    >>> layer(torch.ones(4, 3)).shape, layer.remaining_weights().all().item()
    (torch.Size([4, 2]), True)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        threshold: float = 3.0,
        log_variance: float = -10.0,
    ):
        super().__init__()
        for name, value in (("threshold", threshold), ("log_variance", log_variance)):
            if not math.isfinite(value):
                raise ValueError(f"{name} must be a finite number; got {value!r}")
        sizes = check_count("inputs", inputs), check_count("outputs", outputs)
        layer = nn.Linear(*sizes, bias=bias)  # for its initial values
        self.weight, self.bias, self.threshold = layer.weight, layer.bias, threshold
        self.log_variance = nn.Parameter(torch.full_like(layer.weight, log_variance))

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (..., O): drawn in training, with the remaining weights in evaluation."""
        if not self.training:
            return linear(x, self.weight * self.remaining_weights(), self.bias)
        mean = linear(x, self.weight, self.bias)
        variance = linear(x.square(), self.log_variance.exp())
        # The root of 0 (at x = 0) has an infinite slope; the tiny number makes it finite.
        deviation = (variance + torch.finfo(x.dtype).tiny).sqrt()
        return mean + deviation * normal_like(mean)

    def log_alpha(self) -> Tensor:
        """Return log alpha = log sigma2 - log theta^2, (O, I)."""
        return self.log_variance - (self.weight.square() + TINY).log()

    def kl(self) -> Tensor:
        """Return the sum of `variational_kl` over the weights, a scalar."""
        return variational_kl(self.log_alpha()).sum()

    def remaining_weights(self) -> Tensor:
        """Return which weights evaluation uses, those with log alpha <= threshold: bools (O, I)."""
        return self.log_alpha() <= self.threshold

    def remaining_units(self) -> Tensor:
        """Return which outputs still have an input, bools (O,); the others are constant."""
        return self.remaining_weights().any(1)


@dataclass(frozen=True)
class VariationalKL:
    """The penalty strength * KL of all `VariationalLinear` layers, as a technique of training.

    Args: strength: 1 / N for N training examples, if the loss is a mean; >= 0.
    Raises: ValueError if strength is negative or not finite; in `penalty`, without such a layer.

    >>> layer = VariationalLinear(2, 1, log_variance=0.0)
    >>> penalty = VariationalKL(0.01).penalty(dict(layer.named_parameters()))
    >>> torch.equal(penalty, 0.01 * layer.kl())
    True
    """

    strength: float

    def __post_init__(self):
        check_nonnegative("strength", self.strength)

    def penalty(self, weights: dict[str, Tensor]) -> Tensor:
        """Return strength * KL; weights: name -> tensor, pairs `weight` and `log_variance`."""
        noisy = [name for name in weights if name.split(".")[-1] == "log_variance"]
        if not noisy:
            raise ValueError("no weights called log_variance; use VariationalLinear in the network")
        parts = []
        for name in noisy:
            theta = weights[name.removesuffix("log_variance") + "weight"]
            parts.append(variational_kl(weights[name] - (theta.square() + TINY).log()).sum())
        return self.strength * reduce(torch.add, parts)
