"""Several augmentations one after the other, each with a probability; images given as vectors.

Source      none.
Departures  none.
Symbols     x (B, ...), targets (B, K).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from reglab.augmentation.draws import Batch, column, draw_choices
from reglab.core import check_count, check_probability


@dataclass(frozen=True)
class Compose:
    """Apply techniques in order, each to every example or to a random part of the minibatch.

    Args:
        techniques: with change_batch each, at least one.
        probabilities: for each technique, in [0, 1]: each example is changed with it, targets
            included, independently of the others. None: always.
    Raises: ValueError for an object without change_batch, or probabilities that don't match.

    >>> from reglab.augmentation import AddNoise, Shift
    >>> both = Compose([Shift(3), AddNoise(0.1)], probabilities=[1, 0.5])
    >>> x, targets = torch.rand(4, 40), torch.eye(4)
    >>> both.change_batch(x, targets, torch.Generator().manual_seed(0))[0].shape
    torch.Size([4, 40])
    """

    techniques: tuple[Any, ...]
    probabilities: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        given = self.techniques
        techniques = tuple(given) if isinstance(given, Iterable) else (given,)
        for technique in techniques:
            _check_technique(technique)
        object.__setattr__(self, "techniques", techniques)
        if not techniques:
            raise ValueError("techniques must hold at least one, such as [Shift(3)]; got none")
        if self.probabilities is not None:
            shares = tuple(check_probability("probabilities", p) for p in self.probabilities)
            object.__setattr__(self, "probabilities", shares)
            if len(shares) != len(techniques):
                raise ValueError(
                    f"probabilities must be one for each of the {len(techniques)} techniques; "
                    f"got {len(shares)}"
                )

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x and targets after all techniques."""
        for technique, p in zip(
            self.techniques, self.probabilities or [1.0] * len(self.techniques), strict=True
        ):
            if p < 1:
                x, targets = _change_some(technique, p, x, targets, generator)
            else:
                x, targets = technique.change_batch(x, targets, generator)
        return x, targets

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x alone after all techniques, for those that leave the targets alone."""
        for technique in self.techniques:
            if not hasattr(technique, "transform"):
                raise ValueError(f"{technique!r} changes targets too; call change_batch instead")
        return self.change_batch(x, x.new_zeros(len(x), 1), generator)[0]


@dataclass(frozen=True)
class WithShape:
    """Apply a technique to examples that are given as vectors: 64 numbers as an 8 x 8 image.

    Args:
        shape: of one example, such as (8, 8) or (3, 32, 32).
        technique: with change_batch.
    Raises: ValueError for an object without change_batch; when used, if the sizes don't match.

    >>> from reglab.augmentation import Rotate
    >>> x, targets = torch.rand(4, 64), torch.eye(4)
    >>> WithShape((8, 8), Rotate(15)).change_batch(x, targets)[0].shape
    torch.Size([4, 64])
    """

    shape: tuple[int, ...]
    technique: Any

    def __post_init__(self) -> None:
        shape = tuple(check_count("shape", size) for size in self.shape)
        object.__setattr__(self, "shape", shape)
        _check_technique(self.technique)

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return x in the shape that it had, and the targets."""
        shaped = self._reshape(x)
        changed, targets = self.technique.change_batch(shaped, targets, generator)
        return changed.reshape(len(changed), *x.shape[1:]), targets

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x alone after the technique, for one that leaves the targets alone."""
        return self.technique.transform(self._reshape(x), generator).reshape(x.shape)

    def _reshape(self, x: Tensor) -> Tensor:
        if x[0].numel() != torch.Size(self.shape).numel():
            raise ValueError(
                f"x must have {torch.Size(self.shape).numel()} values an example for the shape "
                f"{self.shape}; got {tuple(x.shape)}"
            )
        return x.reshape(len(x), *self.shape)


def _check_technique(technique: Any) -> None:
    if not hasattr(technique, "change_batch") or isinstance(technique, type):
        raise ValueError(f"a technique must have change_batch, as Shift(3) has; got {technique!r}")


def _change_some(
    technique: Any, p: float, x: Tensor, targets: Tensor, generator: torch.Generator | None
) -> Batch:
    chosen = draw_choices(p, x, generator)
    changed, soft = technique.change_batch(x, targets, generator)
    if changed.shape != x.shape:
        raise ValueError(
            f"{technique!r} changes the shape of a minibatch, {tuple(x.shape)} to "
            f"{tuple(changed.shape)}; use it with probability 1"
        )
    x = torch.where(column(chosen, x), changed, x)
    return x, torch.where(column(chosen, targets), soft, targets)
