"""Ghost batch normalization: the statistics come from small groups of a large batch.

Source      Hoffer, Hubara, Soudry (2017), "Train longer, generalize better", NeurIPS, section 4
            and algorithm 1.
Departures  The running statistics move once a step, to the groups' average; the paper moves them
            once for each group, which with many groups forgets faster. The number of a group's
            examples is called `size`.
Symbols     As in `batch`; a batch of B examples is B / size groups.
The noise of batch normalization grows as groups shrink. With ghost groups its strength is chosen by
`size`, whatever the batch is.
"""

from typing import Any

import torch
from torch import Tensor

from reglab.core import check_count
from reglab.normalization.batch import BatchNorm, batch_norm


def ghost_batch_norm(
    x: Tensor,
    size: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, mean, var): x normalized in groups of `size` examples, in their order.

    Args:
        x: (B, C) or (B, C, ...), B a multiple of size.
        weight, bias: (C,), or None for 1 and 0.
    Returns: y as x; mean and biased variance (B / size, C) of the groups.

    >>> y, mean, var = ghost_batch_norm(torch.tensor([[1.0], [3.0], [10.0], [50.0]]), 2)
    >>> y.flatten().round(decimals=2), mean.flatten()
    (tensor([-1.,  1., -1.,  1.]), tensor([ 2., 30.]))
    """
    groups, c = len(x) // size, x.shape[1]
    # A channel of one group is a channel of its own: (B, C, ...) -> (size, groups * C, ...).
    parts = x.view(groups, size, *x.shape[1:]).transpose(0, 1)
    wide = parts.reshape(size, groups * c, *x.shape[2:])
    repeated = (None if t is None else t.repeat(groups) for t in (weight, bias))
    y, mean, var = batch_norm(wide, *repeated, eps=eps)
    y = y.view(parts.shape).transpose(0, 1).reshape(x.shape)
    return y, mean.view(groups, c), var.view(groups, c)


class GhostBatchNorm(BatchNorm):
    """Batch normalization in groups of `size` examples, in training; see `BatchNorm`.

    Examples that do not fill a group form a smaller one. In evaluation it is batch normalization.

    Args:
        num_features: channels C.
        size: examples of a group, >= 2.
        settings: those of `BatchNorm`.
    Raises: ValueError as `BatchNorm`, and if one example would be left for a group.

    >>> GhostBatchNorm(1, 2)(torch.tensor([[1.0], [3.0], [10.0], [50.0]])).flatten().detach()
    tensor([-1.0000,  1.0000, -1.0000,  1.0000])
    """

    layouts = {2: "(N, C)", 3: "(N, C, L)", 4: "(N, C, H, W)"}

    def __init__(self, num_features: int, size: int, **settings: Any):
        super().__init__(num_features, **settings)
        self.size = check_count("size", size, minimum=2)

    def normalize(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return y, and what to store: the groups' average mean and unbiased variance."""
        full = len(x) - len(x) % self.size
        outputs, means, variances = [], [], []
        for part, size in ((x[:full], self.size), (x[full:], len(x) - full)):
            if len(part):
                n = self.check_values(part[:size])
                y, mean, var = ghost_batch_norm(part, size, self.weight, self.bias, eps=self.eps)
                outputs.append(y)
                means.append(mean)
                variances.append(var * (n / (n - 1)))
        mean, var = torch.cat(means).mean(0), torch.cat(variances).mean(0)
        return torch.cat(outputs), mean, var

    def extra_repr(self) -> str:
        """Return the settings, as torch's layers show theirs."""
        return f"{super().extra_repr()}, size={self.size}"
