"""RMS normalization: each example is divided by the root of its mean square; no mean is subtracted.

Source      Zhang, Sennrich (2019), "Root Mean Square Layer Normalization", NeurIPS, equation 4.
Departures  As torch.nn.RMSNorm: no shift, and eps=None is the machine epsilon of the dtype that
            is computed in.
Symbols     x (..., D) as rows (R, D); ms (R, 1) the mean of x^2 over a row; xhat = x / sqrt(ms +
            eps), y = weight xhat, g the gradient of the loss with respect to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reglab.core import check_positive
from reglab.normalization.autograd import compute_type, differentiable, scale_and_shift
from reglab.normalization.layer import check_last_axes, feature_shape


def rms_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, zeros, ms) for rows x (R, D): weight x / sqrt(ms + eps) + bias.

    The zeros (R, 1) are the mean that is not subtracted.

    >>> y, _, ms = rms_norm_forward(torch.tensor([[0.0, 2.0]]), *torch.ones(2, 2), 0.0)
    >>> y.round(decimals=2), ms.round(decimals=2)
    (tensor([[1.0000, 2.4100]]), tensor([[2.]]))
    """
    ms = torch.linalg.vector_norm(x, dim=1, keepdim=True).square() / x.shape[1]
    y = torch.addcmul(bias, x * (ms + eps).rsqrt(), weight)
    return y, torch.zeros_like(ms), ms


def rms_norm_backward(
    g: Tensor, x: Tensor, weight: Tensor, mean: Tensor, ms: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dweight = sum g xhat over the rows; with h = weight g,
    dx = (h - xhat mean(h xhat)) / sqrt(ms + eps): only the part along x is taken out.

    >>> g, x, one = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, -1.0]]), torch.ones(1, 1)
    >>> rms_norm_backward(g, x, torch.ones(2), 0 * one, one, 0.0)[0]
    tensor([[0.5000, 0.5000]])
    """
    rrms = (ms + eps).rsqrt()
    xhat = x * rrms
    gx = g * xhat
    mean_hx = (gx @ weight)[:, None] / x.shape[1]
    return (xhat * -mean_hx).add_(g * weight).mul_(rrms), gx.sum(0), g.sum(0)


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
    rows = x.reshape(-1, size).to(dtype)  # (R, D)
    y, _, _ = _rms_norm(rows, *scale_and_shift(x, weight, None, size), eps)
    return y.view(x.shape).to(x.dtype)


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
        self.eps = None if eps is None else check_positive("eps", eps, zero=True)
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
