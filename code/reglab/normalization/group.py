"""Group normalization: each example by itself, over groups of its channels and all positions.

Source      Wu, He (2018), "Group Normalization", ECCV, section 3.1.
Departures  None from torch.nn.GroupNorm, except that a group of one value is
            accepted: its output is the bias, which is what the formula says.
Symbols     x (B, C, ...) as (B, G, K, L): G groups of K = C / G channels at L positions; mean, var
            (B, G, 1, 1) over a group's K L numbers, var biased; rstd = 1 / sqrt(var + eps),
            xhat = (x - mean) rstd, y = weight xhat + bias with one weight and bias for each
            channel, g the gradient of the loss with respect to y.
"""

from typing import Any

import torch
from torch import Tensor, nn

from reglab.core import check_count, check_nonnegative
from reglab.normalization.autograd import compute_type, differentiable, scale_and_shift


def group_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, xhat, rstd) for x (B, G, K, L); weight, bias (G, K, 1); rstd (B, G, 1, 1).

    >>> x = torch.tensor([1.0, 5.0]).view(1, 1, 2, 1)
    >>> parts = group_norm_forward(x, torch.ones(1, 2, 1), torch.ones(1, 2, 1), 0.0)
    >>> [part.flatten().round(decimals=2).abs() for part in parts]
    [tensor([0., 2.]), tensor([1., 1.]), tensor([0.5000])]
    """
    d = x - x[:, :, :1, :1]  # so that what is alike in a group is gone before anything is rounded
    d.sub_(d.flatten(2).mean(2)[..., None, None])
    norm = torch.linalg.vector_norm(d.flatten(2), dim=2)[..., None, None]
    rstd = norm.square().div_(x.shape[2] * x.shape[3]).add_(eps).rsqrt_()
    xhat = d.mul_(rstd)
    return torch.addcmul(bias, xhat, weight), xhat, rstd


def group_norm_backward(
    g: Tensor, xhat: Tensor, weight: Tensor, rstd: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dbias = sum g and dweight = sum g xhat over examples and positions; with h = weight g,
    dx = rstd (h - mean(h) - xhat mean(h xhat)), the means over a group.

    Args: g, xhat: (B, G, K, L); weight (G, K, 1); rstd (B, G, 1, 1).

    >>> g, xhat = (torch.tensor(v).view(1, 1, 2, 1) for v in ([0.0, 1.0], [-1.0, 1.0]))
    >>> grads = group_norm_backward(g, xhat, torch.ones(1, 2, 1), torch.ones(1, 1, 1, 1))
    >>> [t.flatten().tolist() for t in grads]
    [[0.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    """
    n = xhat.shape[2] * xhat.shape[3]
    # Over the positions first: what is left is small, (B, G, K, 1).
    over_l, over_l_x = g.sum(3, keepdim=True), (g * xhat).sum(3, keepdim=True)
    minus = rstd / -n
    sum_h = (over_l * weight).sum(2, keepdim=True)
    sum_hx = (over_l_x * weight).sum(2, keepdim=True)
    dx = torch.addcmul((g * (weight * rstd)).add_(sum_h * minus), xhat, sum_hx * minus)
    return dx, over_l_x.sum(0), over_l.sum(0)


_group_norm = differentiable(group_norm_forward, group_norm_backward)


def group_norm(
    x: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    eps: float = 1e-5,
) -> Tensor:
    """Return weight (x - mean) / sqrt(var + eps) + bias, mean and var over groups of channels.

    Args:
        x: (B, C, ...), the channels on axis 1.
        num_groups: divides C; neighboring channels form a group.
        weight, bias: (C,), or None for 1 and 0.

    >>> group_norm(torch.tensor([[1.0, 3.0, 10.0, 50.0]]), 2).round(decimals=2)
    tensor([[-1.,  1., -1.,  1.]])
    """
    c = x.shape[1]
    shape = (num_groups, c // num_groups, 1)  # of weight and bias
    groups = x.reshape(len(x), num_groups, c // num_groups, -1).to(compute_type(x))
    weight, bias = (t.view(shape) for t in scale_and_shift(x, weight, bias, c))
    return _group_norm(groups, weight, bias, eps)[0].view(x.shape).to(x.dtype)


class GroupNorm(nn.Module):
    """Group normalization of x (N, C, ...), the same in training and evaluation.

    Args:
        num_groups: G >= 1, divides num_channels; 1 normalizes an example over all it has.
        num_channels: C.
        eps: added to the variance, >= 0.
        affine: with a scale `weight` (1 at the start) and a shift `bias` (0) for each channel.
    Raises: ValueError for a bad number, groups that don't divide the channels, or an input
        without C channels on axis 1.

    >>> GroupNorm(2, 4)(torch.tensor([[1.0, 3.0, 10.0, 50.0]])).detach().round(decimals=2)
    tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        self.num_groups = check_count("num_groups", num_groups)
        self.num_channels = c = check_count("num_channels", num_channels)
        if c % num_groups:
            known = ", ".join(str(d) for d in range(1, c + 1) if c % d == 0)
            raise ValueError(f"num_groups must divide num_channels ({known}); got {num_groups}")
        self.eps, self.affine = check_nonnegative("eps", eps), affine
        like: dict[str, Any] = dict(device=device, dtype=dtype)
        self.weight = nn.Parameter(torch.ones(c, **like)) if affine else None
        self.bias = nn.Parameter(torch.zeros(c, **like)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, in its shape and dtype."""
        check_channels(x, self.num_channels)
        return group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        """Return the settings, as torch's layers show theirs."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def check_channels(x: Tensor, channels: int) -> None:
    """ValueError unless x is (N, C, ...) with this many channels."""
    if x.ndim < 2 or x.shape[1] != channels:
        hint = ""
        if x.ndim > 2 and x.shape[-1] == channels:
            hint = "; the last axis has that many: move it to axis 1, x.movedim(-1, 1)"
        raise ValueError(
            f"x must have shape (N, C, ...) with C = {channels}; got {tuple(x.shape)}{hint}"
        )
