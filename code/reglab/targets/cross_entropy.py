"""Cross-entropy with soft targets: the loss that all techniques of this package change.

Source      Goodfellow, Bengio, Courville (2016), "Deep Learning", sections 3.13 and 6.2.
Departures  None. For rows that sum to 1 it equals torch's cross_entropy with probabilities.
Symbols     z (B, K) outputs of the network (logits), t (B, K) targets, p = softmax(z);
            B examples, K classes. All logarithms are natural: losses are in nats.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def soft_cross_entropy(z: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over examples of -sum_k t_k log softmax(z)_k, a scalar.

    Its gradient in the logits of one example is (p - t) / B, if the row t sums to 1. A row of zeros
    adds nothing to the sum, and still counts as one of the B examples: that is how an example
    without a label takes part in a minibatch.

    Args:
        z: (B, K) logits.
        targets: (B, K) floats, each row one-hot, soft, or zero.
    Raises: ValueError if the shapes differ or there are fewer than two classes.

    >>> z = torch.tensor([[0.0, 0.0]])
    >>> soft_cross_entropy(z, torch.tensor([[0.9, 0.1]]))
    tensor(0.6931)
    """
    check_targets(z, targets)
    return -(targets * F.log_softmax(z, dim=1)).sum(1).mean()


def one_hot(y: Tensor, classes: int, dtype: torch.dtype | None = None) -> Tensor:
    """Return the one-hot rows of classes: 1 at the class, else 0.

    Shapes: y (N,) int64 in 0 .. K - 1 -> (N, K), in torch's default float type if none is named.
    Raises: ValueError if y holds no whole numbers, or a class outside 0 .. K - 1.

    >>> one_hot(torch.tensor([1, 0]), classes=3)
    tensor([[0., 1., 0.],
            [1., 0., 0.]])
    """
    if y.is_floating_point() or y.ndim != 1:
        raise ValueError(f"y must be (N,) whole numbers; got {y.dtype} {tuple(y.shape)}")
    _check_range(y, classes)
    return F.one_hot(y.long(), classes).to(dtype or torch.get_default_dtype())


def check_targets(z: Tensor, targets: Tensor) -> None:
    """Raise ValueError unless z and targets are both (B, K), with K >= 2 classes."""
    if z.ndim != 2 or z.shape != targets.shape:
        raise ValueError(
            f"logits and targets must both be (B, K); got {tuple(z.shape)} and "
            f"{tuple(targets.shape)}; turn classes into rows with one_hot(y, K)"
        )
    check_classes(z)


def check_classes(rows: Tensor) -> None:
    """Raise ValueError if the rows (B, K), or (B, T, K) for tokens, have fewer than two classes."""
    if rows.ndim < 2 or rows.shape[-1] < 2:
        raise ValueError(
            f"this needs targets (B, K) for K >= 2 classes; got {tuple(rows.shape)}; one column "
            "stands for a real target, which has no classes"
        )


def check_predictions(rows: Tensor, y: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Return rows (N, K) in float64 and classes y (N,), both on the CPU, for measuring.

    Args: name: what the rows hold, "logits" or "probabilities", for the messages.
    Raises: ValueError if the shapes do not fit, there are no examples, y holds no whole numbers, or
        a class outside 0 .. K - 1.
    """
    rows, y = torch.as_tensor(rows).detach().cpu().double(), torch.as_tensor(y).detach().cpu()
    if rows.ndim != 2 or y.shape != rows.shape[:1] or len(y) == 0 or y.is_floating_point():
        raise ValueError(
            f"this needs {name} (N, K) and classes (N,), N >= 1; got {tuple(rows.shape)} and "
            f"{y.dtype} {tuple(y.shape)}"
        )
    _check_range(y, rows.shape[1])
    return rows, y.long()


def _check_range(y: Tensor, classes: int) -> None:
    if len(y) and not 0 <= int(y.min()) <= int(y.max()) < classes:
        low, high = int(y.min()), int(y.max())
        raise ValueError(f"y holds classes {low} .. {high}; allowed are 0 .. {classes - 1}")


def unless_tensor(check: Callable, name: str, value: Any, **options: Any) -> Any:
    """Return check(name, value), or the value itself if it is a tensor: those come from vmap."""
    return value if isinstance(value, Tensor) else check(name, value, **options)
