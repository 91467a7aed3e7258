"""Loss and error per network, for one network (B, K) and for M stacked ones (M, K, B) alike.

Both shapes have the outputs on axis 1, so one formula serves both. With the examples on the last,
contiguous axis, the softmax of a stack is also about ten times faster than the other way round.
A target for each token makes an example of each token: see `flatten_tokens`.
Symbols     M models, K outputs, B examples, T tokens, z outputs of the network (logits).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.core import check_choice
from reglab.data import Splits

LOSSES = ("cross_entropy", "squared")


def pick_loss(loss: str | None, splits: Splits) -> str:
    """Return the loss to use: the one named, else cross-entropy for classes, squared for reals.

    Raises: ValueError if the name is unknown, the training part is empty, cross-entropy is asked
    for real targets, or the targets are not one number for each example.
    """
    y = splits.train.y
    if len(y) == 0:
        raise ValueError("the training part holds no examples: there is nothing to learn from")
    soft = splits.classes is not None and y.ndim == 2 and y.is_floating_point()
    one = y.ndim == 1 and (splits.classes is not None or y.is_floating_point())
    if not (soft or one or (splits.classes is not None and is_per_token(y))):
        kind = f"{str(y.dtype).removeprefix('torch.')}{tuple(y.shape)}"
        raise ValueError(
            "targets must be (N,), classes or floats, (N, K) rows for K classes, or (N, T) classes "
            f"of tokens, int64; got {kind}, classes={splits.classes}"
        )
    if loss is None:
        return "squared" if splits.classes is None else "cross_entropy"
    check_choice("loss", loss, LOSSES)
    if loss == "cross_entropy" and splits.classes is None:
        raise ValueError(
            "loss 'cross_entropy' needs classes; these targets are real: use 'squared'"
        )
    return loss


def is_per_token(y: Tensor) -> bool:
    """Whether targets (N, ...) name a class for each token: integers (N, T)."""
    return y.ndim == 2 and not y.is_floating_point()


def flatten_tokens(z: Tensor, y: Tensor, start: int = 0) -> tuple[Tensor, Tensor]:
    """Make each token an example: z (..., B, T, K) becomes (..., B T, K), and its targets alike.

    Targets are (..., B, T), or soft ones (..., B, T, K). Where examples have no tokens, nothing
    changes: z (..., B, K), y (..., B) or (..., B, K). Args: start: the axis of the examples.

    >>> z, y = flatten_tokens(torch.zeros(2, 3, 5), torch.ones(2, 3, dtype=torch.int64))
    >>> z.shape, y.shape
    (torch.Size([6, 5]), torch.Size([6]))
    """
    return z.flatten(start, -2), y.flatten(start, -2 if y.ndim == z.ndim else -1)


def example_losses(z: Tensor, y: Tensor, loss: str) -> Tensor:
    """Loss of each example.

    "cross_entropy": -log softmax(z)_y. "squared": mean over outputs of (z - t)^2, where t is y
    itself for real targets and the one-hot vector for classes (Brier score without a softmax).
    Soft targets are floats in the shape of z: -sum_k y_k log softmax(z)_k, or t = y.
    Shapes: z (B, K), y (B,) or (B, K) -> (B,); z (M, K, B), y (M, B) or (M, K, B) -> (M, B).
    """
    if loss == "cross_entropy":
        return F.cross_entropy(z, y, reduction="none")
    return (z - as_target(y, z)).square().mean(1)


def as_target(y: Tensor, z: Tensor) -> Tensor:
    """y as a target for z under squared loss: one-hot along axis 1 for classes, else one output."""
    if y.is_floating_point():
        return y if y.ndim == z.ndim else y.unsqueeze(1)
    return torch.zeros_like(z).scatter_(1, y.unsqueeze(1), 1.0)


def example_errors(z: Tensor, y: Tensor) -> Tensor:
    """1 where the largest output is not the class, else 0. Shapes as in example_losses.

    The class of a soft target is the first of its largest numbers.
    """
    if y.ndim == z.ndim:
        y = y.max(1).indices
    # max finds the same place as argmax, the first of equals, in a tenth of the time (measured).
    return (z.max(1).indices != y).to(z.dtype)
