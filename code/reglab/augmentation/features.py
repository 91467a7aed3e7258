"""Augmentation in feature space: interpolation and extrapolation within a class.

Source      DeVries, Taylor (2017), "Dataset Augmentation in Feature Space", ICLR workshop,
            section 3.3; their third way, noise, is `AddNoise` on standardized features.
Departures  The partner is any other example of the class in the minibatch, where the paper takes
            one of the ten nearest neighbors; the share is uniform up to `amount`, where the
            paper's is fixed at 1/2.
Symbols     x (B, ...) inputs, or features such as the code of an autoencoder; targets (B, K); share
            (B,), uniform in [0, amount). The new example has the label of x: no targets are mixed.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.augmentation.draws import Batch, column, draw_uniform
from reglab.core import check_nonnegative


def draw_same_class(targets: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return for each example another one of its class, each equally likely, (B,) whole numbers.

    The class is the largest entry of a row of targets (B, K). An example that is alone with its
    class is its own partner.

    >>> draw_same_class(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    tensor([2, 1, 0])
    """
    labels = targets.argmax(1)
    same = labels[:, None] == labels
    others = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    draws = draw_uniform((len(labels), len(labels)), targets.new_empty(0).float(), generator)
    partners = torch.where(others, draws, -1.0).argmax(1)
    alone = ~others.any(1)
    return torch.where(alone, torch.arange(len(labels), device=labels.device), partners)


def interpolate(x: Tensor, partners: Tensor, share: Tensor) -> Tensor:
    """Return x + share (x[partners] - x): on the line towards the partner, at share 1 on it.

    Args: x: (B, ...); partners: (B,) whole numbers; share: (B,).

    >>> interpolate(torch.tensor([[0.0], [4.0]]), torch.tensor([1, 0]), torch.tensor([0.25, 0.5]))
    tensor([[1.],
            [2.]])
    """
    return x + column(share, x) * (x[partners] - x)


def extrapolate(x: Tensor, partners: Tensor, share: Tensor) -> Tensor:
    """Return x + share (x - x[partners]): on the same line, away from the partner.

    >>> extrapolate(torch.tensor([[0.0], [4.0]]), torch.tensor([1, 0]), torch.tensor([0.25, 0.5]))
    tensor([[-1.],
            [ 6.]])
    """
    return interpolate(x, partners, -share)


@dataclass(frozen=True)
class _AlongTheClass:
    """What both techniques share: a partner of the same class, and a share for each example."""

    amount: float = 1.0

    def __post_init__(self) -> None:
        check_nonnegative("amount", self.amount)

    def _draw(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """Return the partners (B,) and the shares (B,), uniform in [0, amount)."""
        partners = draw_same_class(targets, generator)
        return partners, self.amount * draw_uniform((len(x),), x, generator)


@dataclass(frozen=True)
class Interpolate(_AlongTheClass):
    """Move each example towards another of its class, by a share uniform in [0, amount).

    Args: amount: >= 0; 1 reaches the partner.

    >>> x, targets = torch.rand(4, 16), torch.eye(2).repeat(2, 1)
    >>> Interpolate(1.0).change_batch(x, targets, torch.Generator().manual_seed(0))[0].shape
    torch.Size([4, 16])
    """

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x between examples of one class, and the targets as they were."""
        return interpolate(x, *self._draw(x, targets, generator)), targets


@dataclass(frozen=True)
class Extrapolate(_AlongTheClass):
    """Move each example away from another of its class, by a share uniform in [0, amount).

    Interpolation shrinks a class towards its mean; extrapolation spreads it.
    Args: amount: >= 0, in distances to the partner.

    >>> x, targets = torch.rand(4, 16), torch.eye(2).repeat(2, 1)
    >>> Extrapolate(1.0).change_batch(x, targets, torch.Generator().manual_seed(0))[0].shape
    torch.Size([4, 16])
    """

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x farther from an example of its class, and the targets as they were."""
        return extrapolate(x, *self._draw(x, targets, generator)), targets
