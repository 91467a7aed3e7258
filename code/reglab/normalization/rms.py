"""RMS normalization: each example is divided by the root of its mean square; no mean is subtracted.

Source      Zhang, Sennrich (2019), "Root Mean Square Layer Normalization", NeurIPS, equation 4.
Departures  As torch.nn.RMSNorm: no shift, and eps=None is the machine epsilon of the dtype that
            is computed in.
Symbols     x (..., D) as rows (R, D); ms (R, 1) the mean of x^2 over a row; rrms = 1 / sqrt(ms +
            eps), xhat = x rrms, y = weight xhat, g the gradient of the loss with respect to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reglab.core import check_nonnegative
from reglab.normalization.autograd import compute_type, differentiable, in_shape, scale_and_shift
from reglab.normalization.layer import check_last_axes, feature_shape


def rms_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, xhat, rrms) for rows x (R, D): weight x / sqrt(ms + eps) + bias; rrms (R, 1).

    >>> parts = rms_norm_forward(torch.tensor([[2.0, -2.0]]), torch.ones(2), torch.ones(2), 0.0)
    >>> [part.round(decimals=2).abs() for part in parts]
    [tensor([[2., 0.]]), tensor([[1., 1.]]), tensor([[0.5000]])]
    """
    ms = torch.linalg.vector_norm(x, dim=1, keepdim=True).square().div_(x.shape[1])
    rrms = ms.add_(eps).rsqrt_()
    xhat = x * rrms
    return torch.addcmul(bias, xhat, weight), xhat, rrms


def rms_norm_backward(
    g: Tensor, xhat: Tensor, weight: Tensor, rrms: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dweight = sum g xhat over the rows; with h = weight g,
    dx = rrms (h - xhat mean(h xhat)): only the part along x is taken out.

    >>> g, xhat = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, -1.0]])
    >>> rms_norm_backward(g, xhat, torch.ones(2), torch.ones(1, 1))[0]
    tensor([[0.5000, 0.5000]])
    """
    gx = g * xhat
    dweight, minus_hx = gx.sum(0), (gx @ (weight / -weight.numel()))[:, None]  # -mean(h xhat)
    del gx  # so that its memory, still in the cache, is taken for what comes next
    dx = torch.addcmul(xhat * minus_hx, g, weight).mul_(rrms)
    return dx, dweight, g.sum(0)


_rms_norm = differentiable(rms_norm_forward, rms_norm_backward)


def rms_norm(
    x: Tensor, weight: Tensor | None = None, *, axes: int = 1, eps: float | None = None
) -> Tensor:
    """Return weight x / sqrt(mean(x^2) + eps), the mean over the last `axes` axes.

    Args:
        x: any shape with `axes` axes or more.
        weight: in the shape of the last axes of x, or None for 1.
        eps: None is the machine epsilon.

    >>> rms_norm(torch.tensor([[1.0, -1.0], [0.0, 2.0]])).round(decimals=2)
    tensor([[ 1.0000, -1.0000],
            [ 0.0000,  1.4100]])
    """
    size, dtype = x.shape[x.ndim - axes :].numel(), compute_type(x)
    eps = torch.finfo(dtype).eps if eps is None else eps
    rows = in_shape(x, (-1, size) if x.ndim != 2 else x.shape).to(dtype)  # (R, D)
    y = _rms_norm(rows, *scale_and_shift(x, weight, None, size), eps)[0]
    return in_shape(y, x.shape).to(x.dtype)


class RMSNorm(nn.Module):
    """RMS normalization over the last axes of x, the same in training and evaluation.

    Args:
        normalized_shape: the last axes of x, a number for one axis.
        eps: added to the mean square, >= 0; None is the machine epsilon.
        elementwise_affine: with a scale `weight` in that shape (1 at the start).
    Raises: ValueError for a bad number, or an input whose last axes are others.

    >>> RMSNorm(2)(torch.tensor([[0.0, 2.0]])).detach().round(decimals=2)
    tensor([[0.0000, 1.4100]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        self.normalized_shape = shape = feature_shape(normalized_shape)
        self.eps = None if eps is None else check_nonnegative("eps", eps)
        self.elementwise_affine = elementwise_affine
        ones = torch.ones(shape, device=device, dtype=dtype) if elementwise_affine else None
        self.weight = None if ones is None else nn.Parameter(ones)

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, in its shape and dtype."""
        check_last_axes(x, self.normalized_shape)
        return rms_norm(x, self.weight, axes=len(self.normalized_shape), eps=self.eps)

    def extra_repr(self) -> str:
        """Return the settings, as torch's layers show theirs."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
