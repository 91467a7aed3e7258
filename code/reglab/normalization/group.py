"""Group normalization: each example by itself, over groups of its channels and all positions.

Source      Wu, He (2018), "Group Normalization", ECCV, section 3.1.
Departures  None from torch.nn.GroupNorm, except that a group of one value is
            accepted: its output is the bias, which is what the formula says.
Symbols     x (B, C, ...) as (B, G, K, L): G groups of K = C / G channels at L positions; mean, var
            (B, G, 1, 1) over a group's K L numbers, var biased;
            xhat = (x - mean) / sqrt(var + eps), y = weight xhat + bias with one weight and bias
            for each channel, g the gradient of the loss with respect to y.
"""

import torch
from torch import Tensor, nn

from reglab.core import check_count, check_positive
from reglab.normalization.autograd import compute_type, differentiable, scale_and_shift


def group_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, mean, var) for x (B, G, K, L); weight, bias (G, K, 1); mean, var (B, G, 1, 1).

    >>> x = torch.tensor([1.0, 3.0]).view(1, 1, 2, 1)
    >>> y, mean, var = group_norm_forward(x, torch.ones(1, 2, 1), torch.ones(1, 2, 1), 0.0)
    >>> y.flatten().round(decimals=2), mean.item(), round(var.item(), 2)
    (tensor([-0., 2.]), 2.0, 1.0)
    """
    n = x.shape[2] * x.shape[3]
    mean = _mean(x)
    d = x - mean
    left = _mean(d)  # of the rounded mean: see batch.py
    var = torch.linalg.vector_norm(d.flatten(2), dim=2)[..., None, None].square() / n
    var = (var - left * left).clamp_min(0)
    scale = weight * (var + eps).rsqrt()
    return (d * scale).add_(bias - scale * left), mean + left, var


def group_norm_backward(
    g: Tensor, x: Tensor, weight: Tensor, mean: Tensor, var: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dbias = sum g and dweight = sum g xhat over examples and positions; with h = weight g,
    dx = (h - mean(h) - xhat mean(h xhat)) / sqrt(var + eps), the means over a group.

    Args: g, x: (B, G, K, L); weight (G, K, 1); mean, var (B, G, 1, 1).

    >>> x, g = (torch.tensor(v).view(1, 1, 2, 1) for v in ([1.0, 3.0], [0.0, 1.0]))
    >>> dx, dw, db = group_norm_backward(g, x, torch.ones(1, 2, 1), _mean(x), _mean(x) / 2, 0.0)
    >>> dx.flatten(), dw.flatten(), db.flatten()
    (tensor([0., 0.]), tensor([0., 1.]), tensor([0., 1.]))
    """
    n = x.shape[2] * x.shape[3]
    rstd = (var + eps).rsqrt()
    xhat = (x - mean).mul_(rstd)
    # Over the positions first: what is left is small, (B, G, K, 1).
    over_l, over_l_x = g.sum(3, keepdim=True), (g * xhat).sum(3, keepdim=True)
    mean_h = (over_l * weight).sum(2, keepdim=True) / n
    mean_hx = (over_l_x * weight).sum(2, keepdim=True) / n
    dx = (xhat * -mean_hx).sub_(mean_h).add_(g * weight).mul_(rstd)
    return dx, over_l_x.sum(0), over_l.sum(0)


def _mean(x: Tensor) -> Tensor:
    return x.flatten(2).mean(2)[..., None, None]


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
        self.eps, self.affine = check_positive("eps", eps, zero=True), affine
        like = dict(device=device, dtype=dtype)
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
