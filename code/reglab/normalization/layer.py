"""Layer normalization: each example is normalized by itself, over its own features.

Source      Ba, Kiros, Hinton (2016), "Layer Normalization", arXiv:1607.06450, section 3; as in
            transformers, the scale and the shift belong to single features.
Departures  None from torch.nn.LayerNorm.
Symbols     x (..., D) as rows (R, D); mean, var (R, 1) over the D features of a row, var biased;
            rstd = 1 / sqrt(var + eps), xhat = (x - mean) rstd, y = weight xhat + bias, g the
            gradient of the loss with respect to y.
No example sees another: no running statistics, no noise, the same in training and evaluation.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from reglab.core import check_count, check_nonnegative
from reglab.normalization.autograd import compute_type, differentiable, in_shape, scale_and_shift


def layer_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, xhat, rstd) for rows x (R, D); weight, bias (D,); rstd (R, 1).

    >>> parts = layer_norm_forward(torch.tensor([[1.0, 5.0]]), torch.ones(2), torch.ones(2), 0.0)
    >>> [part.round(decimals=2).abs() for part in parts]
    [tensor([[0., 2.]]), tensor([[1., 1.]]), tensor([[0.5000]])]
    """
    d = x - x[:, :1]  # so that what is alike in a row is gone before anything is rounded
    d.sub_(d.mean(1, keepdim=True))
    var = torch.linalg.vector_norm(d, dim=1, keepdim=True).square().div_(x.shape[1])
    rstd = var.add_(eps).rsqrt_()
    xhat = d.mul_(rstd)
    return torch.addcmul(bias, xhat, weight), xhat, rstd


def layer_norm_backward(
    g: Tensor, xhat: Tensor, weight: Tensor, rstd: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dbias = sum g and dweight = sum g xhat over the rows; with h = weight g,
    dx = rstd (h - mean(h) - xhat mean(h xhat)), the means over the features of a row.

    Args: g, xhat: (R, D); weight (D,); rstd (R, 1), as `layer_norm_forward` returns them.

    >>> g, xhat = torch.tensor([[0.0, 1.0]]), torch.tensor([[-1.0, 1.0]])
    >>> layer_norm_backward(g, xhat, torch.ones(2), torch.ones(1, 1))
    (tensor([[0., 0.]]), tensor([0., 1.]), tensor([0., 1.]))
    """
    # Products with this vector are -mean(h) and -mean(h xhat): h itself is never written out.
    average = weight / -weight.numel()
    gx = g * xhat
    dweight, minus_hx = gx.sum(0), (gx @ average)[:, None]
    del gx  # so that its memory, still in the cache, is taken for what comes next
    h_centered = torch.addcmul((g @ average)[:, None], g, weight)
    dx = torch.addcmul(h_centered, xhat, minus_hx).mul_(rstd)
    return dx, dweight, g.sum(0)


_layer_norm = differentiable(layer_norm_forward, layer_norm_backward)


def layer_norm(
    x: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *,
    axes: int = 1,
    eps: float = 1e-5,
) -> Tensor:
    """Return weight (x - mean) / sqrt(var + eps) + bias, mean and var over the last `axes` axes.

    Args:
        x: any shape with `axes` axes or more.
        weight, bias: in the shape of the last axes of x, or None for 1 and 0.

    >>> layer_norm(torch.tensor([[1.0, 3.0], [10.0, 50.0]])).round(decimals=2)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    size = x.shape[x.ndim - axes :].numel()
    rows = in_shape(x, (-1, size) if x.ndim != 2 else x.shape).to(compute_type(x))  # (R, D)
    y = _layer_norm(rows, *scale_and_shift(x, weight, bias, size), eps)[0]
    return in_shape(y, x.shape).to(x.dtype)


def feature_shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    """Return the shape as a tuple of whole numbers >= 1; ValueError if there are none.

    >>> feature_shape(8), feature_shape([4, 2])
    ((8,), (4, 2))
    """
    shape = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
    if not shape:
        raise ValueError("normalized_shape must have one axis or more; got ()")
    return tuple(check_count("normalized_shape", size) for size in shape)


def check_last_axes(x: Tensor, shape: tuple[int, ...]) -> None:
    """ValueError unless the last axes of x have this shape."""
    if tuple(x.shape[-len(shape) :]) != shape:
        hint = ""
        if x.ndim > len(shape) == 1 and x.shape[1] == shape[0]:
            hint = "; axis 1 has it: for (N, C, ...) move the channels last, x.movedim(1, -1)"
        raise ValueError(f"the last axes of x must be {shape}; got {tuple(x.shape)}{hint}")


class LayerNorm(nn.Module):
    """Layer normalization over the last axes of x, the same in training and evaluation.

    Args:
        normalized_shape: the last axes of x, a number for one axis.
        eps: added to the variance, >= 0.
        elementwise_affine: with a scale `weight` (1 at the start), and
        bias: with a shift `bias` (0), each in that shape.
    Raises: ValueError for a bad number, or an input whose last axes are others.

    >>> LayerNorm(2)(torch.tensor([[1.0, 3.0], [10.0, 50.0]])).detach().round(decimals=2)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        self.normalized_shape = shape = feature_shape(normalized_shape)
        self.eps = check_nonnegative("eps", eps)
        self.elementwise_affine = elementwise_affine
        like: dict[str, Any] = dict(device=device, dtype=dtype)
        shifted = elementwise_affine and bias
        self.weight = nn.Parameter(torch.ones(shape, **like)) if elementwise_affine else None
        self.bias = nn.Parameter(torch.zeros(shape, **like)) if shifted else None

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, in its shape and dtype."""
        check_last_axes(x, self.normalized_shape)
        axes = len(self.normalized_shape)
        return layer_norm(x, self.weight, self.bias, axes=axes, eps=self.eps)

    def extra_repr(self) -> str:
        """Return the settings, as torch's layers show theirs."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
