"""Gaussian dropout: each activation is multiplied by noise of mean 1 and variance p / (1 - p).

Source      Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), "Dropout: A Simple Way
            to Prevent Neural Networks from Overfitting", JMLR 15, section 10; Kingma, Salimans,
            Welling (2015), "Variational Dropout and the Local Reparameterization Trick", NeurIPS,
            section 3, who call the variance alpha.
Departures  The strength is given as p, the dropping probability of the Bernoulli dropout with the
            same variance. Srivastava's p is that of retaining: his variance is (1 - p) / p.
Symbols     p as above, in [0, 1); alpha = p / (1 - p); noise N(1, alpha); x input.
The noise multiplies activations, not weights, and mean and variance of the output are those of
inverted dropout. Evaluation does nothing, as there: no work is saved at test time.
"""

import torch
from torch import Tensor

from reglab.core import normal_like
from reglab.dropout.bernoulli import DropLayer, dropout, mask_variance


def gaussian_noise(
    like: Tensor, p: float | Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return noise in the shape of `like`: normal, with mean 1 and variance p / (1 - p).

    Args:
        like: floats; gives the shape, dtype and device of the noise, its values are not read.
        p: in [0, 1); a 0-d tensor is not checked (vmap).
        generator: where the numbers come from; torch's global generator if None.
    Raises: ValueError if p is outside [0, 1).

    >>> gaussian_noise(torch.zeros(2), 0.0)
    tensor([1., 1.])
    """
    return (1 + mask_variance(p) ** 0.5 * normal_like(like, generator)).to(like.dtype)


class GaussianDropout(DropLayer):
    """x times noise N(1, p / (1 - p)) in training, x itself in evaluation; any shape of floats.

    Args: p: in [0, 1), the p of the dropout with the same variance; a 0-d tensor becomes a buffer.
    Raises: ValueError if p is outside [0, 1): at p = 1 the variance is infinite.

    >>> GaussianDropout(0.5).eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def __init__(self, p: float | Tensor = 0.5):
        super().__init__(p)
        mask_variance(p)  # for its check of p

    def forward(self, x: Tensor) -> Tensor:
        """Return x times noise in training, x unchanged in evaluation; shape as x."""
        return dropout(x, gaussian_noise(x, self.p)) if self.training else x
