"""Policies that need little search: RandAugment and TrivialAugment, for images and for signals.

Source      Cubuk, Zoph, Shlens, Le (2020), "RandAugment", NeurIPS, section 3; Müller, Hutter
            (2021), "TrivialAugment", ICCV, section 3.
Departures  The list of operations is shorter and, for signals, another one; strength is a number
            in [0, 1], linear in the amount, not a level out of 31. Nothing is clipped.
Symbols     x (B, T), (B, C, T), (B, H, W) or (B, C, H, W); amounts (B,), one for each example.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from reglab.augmentation.draws import (
    InputTransform,
    column,
    draw_integers,
    draw_normal,
    draw_uniform,
    precise,
)
from reglab.augmentation.geometry import rotation, shear, translation, warp_images
from reglab.augmentation.images import change_contrast
from reglab.augmentation.signals import shift
from reglab.augmentation.warping import resample, warp_positions
from reglab.core import check_choice, check_count, check_probability

Generator = torch.Generator | None


class Operation(NamedTuple):
    """apply(x, amounts, generator) -> x, amounts (B,) up to `largest`, either sign if `signed`."""

    apply: Callable[[Tensor, Tensor, Generator], Tensor]
    largest: float
    signed: bool = True


def _shift(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return shift(x, (amounts * x.shape[-1]).round().long())


def _warp(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    positions = warp_positions(precise(amounts)[:, None] * x.shape[-1], x.shape[-1])
    return resample(precise(x), positions).to(x.dtype)


def _scale(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return x * column(1 + amounts, x)


def _add_noise(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return x + column(amounts, x) * draw_normal(tuple(x.shape), x, generator)


def _rotate(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return warp_images(x, rotation(precise(amounts)))


def _translate_x(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    pixels = precise(amounts) * x.shape[-1]
    return warp_images(x, translation(pixels, torch.zeros_like(pixels)))


def _translate_y(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    pixels = precise(amounts) * x.shape[-2]
    return warp_images(x, translation(torch.zeros_like(pixels), pixels))


def _shear_x(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return warp_images(x, shear(precise(amounts), torch.zeros_like(precise(amounts))))


def _shear_y(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return warp_images(x, shear(torch.zeros_like(precise(amounts)), precise(amounts)))


def _brighten(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return x + column(amounts, x)


def _contrast(x: Tensor, amounts: Tensor, generator: Generator) -> Tensor:
    return change_contrast(x, 1 + amounts)


# Largest amounts: shares of the size for shift, warp and translate; degrees; pixels per pixel.
OPERATIONS = {
    "identity": Operation(lambda x, amounts, generator: x, 0.0),
    "shift": Operation(_shift, 0.25),
    "warp": Operation(_warp, 0.2),
    "scale": Operation(_scale, 0.5),
    "noise": Operation(_add_noise, 0.3, signed=False),
    "rotate": Operation(_rotate, 30.0),
    "translate_x": Operation(_translate_x, 0.3),
    "translate_y": Operation(_translate_y, 0.3),
    "shear_x": Operation(_shear_x, 0.3),
    "shear_y": Operation(_shear_y, 0.3),
    "brightness": Operation(_brighten, 0.5),
    "contrast": Operation(_contrast, 0.9),
}
SIGNAL_OPERATIONS = ("identity", "shift", "warp", "scale", "noise")
IMAGE_OPERATIONS = (
    "identity", "rotate", "translate_x", "translate_y", "shear_x", "shear_y", "brightness",
    "contrast",
)  # fmt: skip


def apply_operations(
    x: Tensor,
    names: tuple[str, ...],
    which: Tensor,
    strengths: Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return x with operation names[which[b]] applied to example b, at strengths[b].

    Args: which: (B,) whole numbers; strengths: (B,) in [-1, 1], times the operation's largest
        amount; the sign is dropped where it means nothing.

    >>> which, strengths = torch.tensor([0, 0]), torch.tensor([1.0, -1.0])
    >>> apply_operations(torch.ones(2, 3), ("scale",), which, strengths)
    tensor([[1.5000, 1.5000, 1.5000],
            [0.5000, 0.5000, 0.5000]])
    """
    changed = x.clone()
    for i, name in enumerate(names):
        operation = OPERATIONS[name]
        rows = (which == i).nonzero()[:, 0]
        if len(rows):
            amounts = operation.largest * strengths[rows].to(x.dtype)
            amounts = amounts if operation.signed else amounts.abs()
            changed[rows] = operation.apply(x[rows], amounts, generator)
    return changed


def _draw_signs(x: Tensor, generator: Generator) -> Tensor:
    return 2.0 * draw_integers(0, 1, (len(x),), x, generator) - 1


def _check_operations(names: tuple[str, ...]) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise ValueError("operations must name at least one operation, such as ('rotate',)")
    return tuple(check_choice("operations", name, OPERATIONS) for name in names)


@dataclass(frozen=True)
class RandAugment(InputTransform):
    """Apply `count` operations to each example, drawn with replacement, all at one strength.

    Two numbers to tune, by validation error: that is the whole search.
    Args:
        count: operations one after the other, >= 1.
        strength: in [0, 1], of each operation's largest amount; the sign is drawn.
        operations: names out of `OPERATIONS`; SIGNAL_OPERATIONS for signals.
    Raises: ValueError for values out of range or an unknown operation.

    >>> RandAugment().transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    count: int = 2
    strength: float = 0.3
    operations: tuple[str, ...] = IMAGE_OPERATIONS

    def __post_init__(self) -> None:
        check_count("count", self.count)
        check_probability("strength", self.strength)
        object.__setattr__(self, "operations", _check_operations(self.operations))

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each example of x after its own `count` operations."""
        for _ in range(self.count):
            which = draw_integers(0, len(self.operations) - 1, (len(x),), x, generator)
            strengths = self.strength * _draw_signs(x, generator)
            x = apply_operations(x, self.operations, which, strengths, generator)
        return x


@dataclass(frozen=True)
class TrivialAugment(InputTransform):
    """Apply one operation to each example, at a strength uniform in [0, 1): nothing to tune.

    Args: operations: names out of `OPERATIONS`; SIGNAL_OPERATIONS for signals.
    Raises: ValueError for an unknown operation.

    >>> x = torch.rand(2, 40)
    >>> TrivialAugment(SIGNAL_OPERATIONS).transform(x, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 40])
    """

    operations: tuple[str, ...] = IMAGE_OPERATIONS

    def __post_init__(self) -> None:
        object.__setattr__(self, "operations", _check_operations(self.operations))

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each example of x after its own operation."""
        which = draw_integers(0, len(self.operations) - 1, (len(x),), x, generator)
        strengths = draw_uniform((len(x),), x, generator) * _draw_signs(x, generator)
        return apply_operations(x, self.operations, which, strengths, generator)
