"""Instance normalization: each channel of each example by itself, over its positions.

Source      Ulyanov, Vedaldi, Lempitsky (2016), "Instance Normalization", arXiv:1607.08022.
Departures  No running statistics: torch's are off unless asked for (track_running_stats), and so is
            its scale and shift (affine), here too. No input without a batch axis.
Symbols     x (B, C, ...); mean and biased variance over the positions of one channel.
It is `group_norm` with a group for each channel: contrast and brightness of an image vanish.
"""

import torch
from torch import Tensor

from reglab.normalization.group import GroupNorm, group_norm


def instance_norm(
    x: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, *, eps: float = 1e-5
) -> Tensor:
    """Return weight (x - mean) / sqrt(var + eps) + bias for each channel of each example.

    Args: x: (B, C, ...); weight, bias: (C,), or None for 1 and 0.

    >>> instance_norm(torch.tensor([[[1.0, 3.0], [10.0, 50.0]]])).round(decimals=2)
    tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    return group_norm(x, x.shape[1], weight, bias, eps=eps)


class InstanceNorm(GroupNorm):
    """What InstanceNorm1d and InstanceNorm2d share; the same in training and evaluation.

    Args:
        num_features: channels C.
        eps: added to the variance, >= 0.
        affine: with a scale `weight` (1 at the start) and a shift `bias` (0) for each channel.
    Raises: ValueError for a bad number, an input of another shape, or a single position.
    """

    layouts: dict[int, str] = {}

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        affine: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__(num_features, num_features, eps, affine, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, in its shape and dtype."""
        known = " or ".join(self.layouts.values())
        if x.ndim not in self.layouts:
            raise ValueError(f"x must have shape {known}; got {tuple(x.shape)}")
        if x[0, 0].numel() < 2:
            raise ValueError(
                f"a channel of {known} needs two positions or more, or all outputs are the bias; "
                f"got {tuple(x.shape)}; use LayerNorm or GroupNorm"
            )
        return super().forward(x)


class InstanceNorm1d(InstanceNorm):
    """Instance normalization of sequences (N, C, L). See `InstanceNorm`.

    >>> InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]], [[10.0, 50.0]]])).flatten().round(decimals=2)
    tensor([-1.,  1., -1.,  1.])
    """

    layouts = {3: "(N, C, L)"}


class InstanceNorm2d(InstanceNorm):
    """Instance normalization of images (N, C, H, W). See `InstanceNorm`.

    >>> InstanceNorm2d(3)(torch.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    layouts = {4: "(N, C, H, W)"}
