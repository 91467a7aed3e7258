"""Batch normalization: each channel is normalized over the examples of the minibatch.

Source      Ioffe, Szegedy (2015), "Batch Normalization", ICML, algorithms 1 and 2, section 3.
Departures  As torch.nn: `momentum` is the share of the *new* value (the paper's and Keras's 0.9 is
            0.1 here), and the running variance starts at 1. momentum=None works under vmap
            too. No input without a batch axis.
Symbols     x (B, C) or (B, C, ...); mean, var (C,) over the batch and all positions, n = B
            times the number of positions; var is the biased variance, sum (x - mean)^2 / n.
            rstd = 1 / sqrt(var + eps), xhat = (x - mean) rstd, y = weight xhat + bias, g the
            gradient of the loss with respect to y.
In training x is normalized by its own batch, so an output depends on which examples are beside it:
that is the noise of batch normalization. In evaluation the running statistics take their place.
"""

from typing import Any

import torch
from torch import Tensor, nn

from reglab.core import check_count, check_nonnegative, check_probability
from reglab.normalization.autograd import compute_type, differentiable, in_shape, scale_and_shift


def batch_norm_forward(
    x: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return (y, xhat, rstd, mean, var) for x (B, C) or (B, C, L); the last three (1, C[, 1]).

    >>> y, xhat, rstd, mean, var = batch_norm_forward(
    ...     torch.tensor([[1.0], [5.0]]), *torch.ones(2, 1), 0.0
    ... )
    >>> y.flatten(), xhat.flatten(), rstd.item(), mean.item(), var.item()
    (tensor([0., 2.]), tensor([-1.,  1.]), 0.5, 3.0, 4.0)
    """
    n = x.numel() // x.shape[1]
    first = x[:1] if x.ndim == 2 else x[:1, :, :1]
    d = x - first  # so that what is alike in a channel is gone before anything is rounded
    mean = _sum(d).div_(n)
    d.sub_(mean)
    var = _sum_of_squares(d).div_(n)
    rstd = (var + eps).rsqrt_()
    xhat = d.mul_(rstd)
    y = torch.addcmul(_as_channels(bias, x), xhat, _as_channels(weight, x))
    return y, xhat, rstd, mean.add_(first), var


def batch_norm_backward(
    g: Tensor, xhat: Tensor, weight: Tensor, rstd: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the loss with respect to x, weight and bias.

    dbias = sum g, dweight = sum g xhat, and
    dx = weight rstd (g - mean(g) - xhat mean(g xhat)): two averages are taken out,
    because adding a constant to a channel, or scaling it, does not change y (for eps = 0).

    Args: g, xhat: (B, C) or (B, C, L); weight (C,); rstd as `batch_norm_forward` returns it.

    >>> g, xhat = torch.tensor([[0.0], [1.0]]), torch.tensor([[-1.0], [1.0]])
    >>> batch_norm_backward(g, xhat, torch.ones(1), torch.ones(1, 1))
    (tensor([[0.],
            [0.]]), tensor([1.]), tensor([1.]))
    """
    n = xhat.numel() // xhat.shape[1]
    dbias, dweight = _sum(g), _sum(g * xhat)
    scale = _as_channels(weight, xhat) * rstd
    minus = scale / -n
    # What is small is multiplied first; three passes over memory are left.
    dx = torch.addcmul((g * scale).add_(dbias * minus), xhat, dweight * minus)
    return dx, dweight.flatten(), dbias.flatten()


def _sum(x: Tensor) -> Tensor:
    """Sum over all but the channels, these axes kept; one axis after the other is faster."""
    return x.sum(0, keepdim=True) if x.ndim == 2 else x.sum(2, keepdim=True).sum(0, keepdim=True)


def _sum_of_squares(x: Tensor) -> Tensor:
    """Sum of the squares as `_sum`; along the last axis a norm does it without writing squares."""
    if x.ndim == 2:
        return x.square().sum(0, keepdim=True)
    return torch.linalg.vector_norm(x, dim=2, keepdim=True).square().sum(0, keepdim=True)


def _as_channels(values: Tensor, x: Tensor) -> Tensor:
    """View (C,) in a shape that broadcasts over x (B, C, ...)."""
    return values if x.ndim == 2 else values.view(-1, *[1] * (x.ndim - 2))


_batch_norm = differentiable(batch_norm_forward, batch_norm_backward)


def batch_norm(
    x: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, *, eps: float = 1e-5
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (y, mean, var): y = weight (x - mean) / sqrt(var + eps) + bias for each channel.

    Args:
        x: (B, C) or (B, C, ...), the channels on axis 1.
        weight, bias: (C,), or None for 1 and 0.
        eps: added to the variance, so that constant features do not divide by 0.
    Returns: y as x; mean and biased variance (C,), to keep running statistics of. No gradient
        leads through these two.

    >>> y, mean, var = batch_norm(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    >>> mean, var
    (tensor([2., 5.]), tensor([1., 0.]))
    """
    flat = (x if x.ndim < 4 else x.flatten(2)).to(compute_type(x))
    weight, bias = scale_and_shift(x, weight, bias, x.shape[1])
    y, _, _, mean, var = _batch_norm(flat, weight, bias, eps)
    return in_shape(y, x.shape).to(x.dtype), mean.flatten(), var.flatten()


class BatchNorm(nn.Module):
    """What BatchNorm1d and BatchNorm2d share: scale, shift, running statistics, two modes.

    Args:
        num_features: channels C.
        eps: added to the variance, >= 0.
        momentum: share of the new value in the running statistics, in [0, 1]; None averages all
            batches alike.
        affine: with a scale `weight` (1 at the start) and a shift `bias` (0).
        track_running_stats: False normalizes by the batch in evaluation too.
    Raises: ValueError for a bad number, an input of another shape, or a single value per channel.
    """

    layouts: dict[int, str] = {}
    running_mean: Tensor | None  # None if nothing is tracked, and so are the next two
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        self.num_features = check_count("num_features", num_features)
        self.eps = check_nonnegative("eps", eps)
        self.momentum = None if momentum is None else check_probability("momentum", momentum)
        self.affine, self.track_running_stats = affine, track_running_stats
        size = (self.num_features,)
        like: dict[str, Any] = dict(device=device, dtype=dtype)
        self.weight = nn.Parameter(torch.ones(size, **like)) if affine else None
        self.bias = nn.Parameter(torch.zeros(size, **like)) if affine else None
        tracked = (
            ("running_mean", torch.zeros(size, **like)),
            ("running_var", torch.ones(size, **like)),
            ("num_batches_tracked", torch.tensor(0, device=device)),
        )
        for name, value in tracked:
            self.register_buffer(name, value if track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Set the running statistics to mean 0, variance 1, no batches."""
        if self.running_mean is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, in its shape and dtype."""
        self.check_input(x)
        if not self.training and self.running_mean is not None:
            return self.normalize_with(x, self.running_mean, self.running_var)
        y, mean, var = self.normalize(x)
        if self.running_mean is not None:
            self.update(mean, var)
        return y

    def normalize(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return y by the batch's own statistics, and what to store of these: mean, variance.

        Biased to normalize, unbiased to store: the latter estimates the population's variance.
        """
        n = self.check_values(x)
        y, mean, var = batch_norm(x, self.weight, self.bias, eps=self.eps)
        return y, mean, var * (n / (n - 1))

    def normalize_with(self, x: Tensor, mean: Tensor, var: Tensor) -> Tensor:
        """Return weight (x - mean) / sqrt(var + eps) + bias with given statistics (C,)."""
        weight, bias = scale_and_shift(x, self.weight, self.bias, self.num_features)
        scale = weight * (var.to(weight.dtype) + self.eps).rsqrt()
        d = x.to(weight.dtype) - _as_channels(mean.to(weight.dtype), x)
        return torch.addcmul(_as_channels(bias, x), d, _as_channels(scale, x)).to(x.dtype)

    @torch.no_grad()
    def update(self, mean: Tensor, var: Tensor) -> None:
        """Move the running statistics towards those of a batch, in place (vmap stacks them)."""
        assert self.running_mean is not None, "nothing is tracked"
        self.num_batches_tracked.add_(1)
        share = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
        for running, value in ((self.running_mean, mean), (self.running_var, var)):
            running.mul_(1 - share).add_(share * value)

    def check_input(self, x: Tensor) -> None:
        """ValueError unless the channels are on axis 1 of an input of a known layout."""
        c, shape = self.num_features, tuple(x.shape)
        if x.ndim in self.layouts and shape[1] == c:
            return
        hint = ""
        if x.ndim > 2 and shape[-1] == c:
            hint = (
                "; the last axis has that many: for (N, ..., C) move it to axis 1, "
                "x.movedim(-1, 1), or use LayerNorm, which normalizes each token by itself"
            )
        known = " or ".join(self.layouts.values())
        raise ValueError(f"x must have shape {known} with C = {c}; got {shape}{hint}")

    def check_values(self, x: Tensor) -> int:
        """Return how many numbers share a mean; ValueError if it is a single one."""
        n = x.numel() // self.num_features
        if n < 2:
            raise ValueError(
                f"a batch needs two values per channel or more to have a variance; got {n} in "
                f"{tuple(x.shape)}; leave out a last batch of one (drop_last=True), or use "
                "LayerNorm or GroupNorm"
            )
        return n

    def extra_repr(self) -> str:
        """Return the settings, as torch's layers show theirs."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(BatchNorm):
    """Batch normalization of features (N, C) or of sequences (N, C, L). See `BatchNorm`.

    Tokens (N, L, C) have their channels last and are refused, where C and L differ.

    >>> layer = BatchNorm1d(2)
    >>> layer(torch.tensor([[1.0, 5.0], [3.0, 5.0]])).detach().round(decimals=2)
    tensor([[-1.,  0.],
            [ 1.,  0.]])
    >>> layer.running_mean, layer.running_var
    (tensor([0.2000, 0.5000]), tensor([1.1000, 0.9000]))
    """

    layouts = {2: "(N, C)", 3: "(N, C, L)"}


class BatchNorm2d(BatchNorm):
    """Batch normalization of images (N, C, H, W). See `BatchNorm`.

    >>> BatchNorm2d(3)(torch.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    layouts = {4: "(N, C, H, W)"}
