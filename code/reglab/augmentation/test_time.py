"""Test-time augmentation: average a network's predictions over several views of an example.

Source      Krizhevsky, Sutskever, Hinton (2012), NeurIPS, section 4.1: the mean of the softmax
            over ten crops; Shanmugam, Blalock, Balakrishnan, Guttag (2021), "Better Aggregation in
            Test-Time Augmentation", ICCV, for when it hurts.
Departures  none.
Symbols     x (B, ...); V views; z (B, K) logits.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from reglab.core import check_choice, check_count

AVERAGES = ("probabilities", "logits")


def average_predictions(
    model: Callable[[Tensor], Tensor], views: Iterable[Tensor], *, average: str = "probabilities"
) -> Tensor:
    """Return the class probabilities (B, K), averaged over views of the same examples.

    Args:
        model: returns logits (B, K); call model.eval() before.
        views: tensors (B, ...), the same examples in the same order; the plain x may be one.
        average: "probabilities": mean of the softmax of each view; "logits": softmax of the mean.
    Raises: ValueError without any views or for another average.

    >>> views = [torch.tensor([[0.0, 0.0]]), torch.tensor([[100.0, 0.0]])]
    >>> average_predictions(torch.nn.Identity(), views)
    tensor([[0.7500, 0.2500]])
    """
    check_choice("average", average, AVERAGES)
    outputs = [model(view) for view in views]
    if not outputs:
        raise ValueError("views must hold at least one tensor, such as [x]; got none")
    z = torch.stack(outputs)  # (V, B, K)
    return z.softmax(-1).mean(0) if average == "probabilities" else z.mean(0).softmax(-1)


def test_time_augmentation(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    technique: Any,
    *,
    copies: int = 8,
    average: str = "probabilities",
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return class probabilities (B, K), averaged over x and `copies` random views of it.

    Args:
        model: returns logits (B, K); call model.eval() before.
        x: (B, ...).
        technique: with transform(x, generator), such as Shift(3) or Compose([...]).
        copies: random views beside x itself, >= 1. For every shift see `average_predictions`.
        average: "probabilities" or "logits".
    Raises: ValueError for a technique without transform (a mixture is no view of one example), for
        copies < 1 and for another average.

    >>> from reglab.augmentation import Shift
    >>> model = torch.nn.Linear(40, 10)
    >>> test_time_augmentation(model, torch.rand(2, 40), Shift(1), copies=4).shape
    torch.Size([2, 10])
    """
    check_count("copies", copies)
    if not hasattr(technique, "transform"):
        raise ValueError(
            f"technique must have transform(x, generator), as Shift(1) has; got {technique!r}"
        )
    views = [x, *(technique.transform(x, generator) for _ in range(copies))]
    return average_predictions(model, views, average=average)


test_time_augmentation.__test__ = False  # its name would make pytest collect it
