"""Erase a part of each example: cutout and random erasing.

Source      DeVries, Taylor (2017), "Improved Regularization of Convolutional Neural Networks with
            Cutout", arXiv 1708.04552, section 3; Zhong, Zheng, Kang, Li, Yang (2020), "Random
            Erasing Data Augmentation", AAAI, algorithm 1.
Departures  Random erasing tries ten boxes and leaves the image whole if none of them fits; the
            paper tries until one does. Boxes have whole pixels (sides are rounded), so the
            erased share is only close to the drawn one.
Symbols     x signals (B, T), (B, C, T) or images (B, H, W), (B, C, H, W); all channels of an
            example lose the same part. A box is [start, stop) on each axis of positions.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.augmentation.draws import (
    InputTransform,
    check_images,
    check_signals,
    draw_choices,
    draw_integers,
    draw_normal,
    draw_uniform,
)
from reglab.core import check_choice, check_count, check_probability

TRIES = 10


def box_mask(start: Tensor, stop: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Return a bool mask (B, *sizes), True inside the box [start, stop) of each example.

    Args: start, stop: (B, len(sizes)) whole numbers, which may lie outside; sizes: (T,) or (H, W).

    >>> box_mask(torch.tensor([[1]]), torch.tensor([[3]]), (4,))
    tensor([[False,  True,  True, False]])
    """
    mask = torch.ones(len(start), *[1] * len(sizes), dtype=torch.bool, device=start.device)
    for axis, size in enumerate(sizes):
        at = torch.arange(size, device=start.device)
        inside = (at >= start[:, axis, None]) & (at < stop[:, axis, None])  # (B, size)
        shape = [len(start)] + [size if a == axis else 1 for a in range(len(sizes))]
        mask = mask & inside.reshape(shape)
    return mask


def erase(x: Tensor, mask: Tensor, fill: float | Tensor = 0.0) -> Tensor:
    """Return x with `fill` wherever the mask is True.

    Args: x: (B, ...) or (B, C, ...); mask: (B, ...) bool, without channels; fill: number or as x.

    >>> erase(torch.ones(1, 3), torch.tensor([[False, True, False]]))
    tensor([[1., 0., 1.]])
    """
    mask = mask if mask.ndim == x.ndim else mask[:, None]
    return torch.where(mask, torch.as_tensor(fill, dtype=x.dtype, device=x.device), x)


def draw_boxes(
    size: int, sizes: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Return start and stop (B, axes) of boxes `size` wide whose center is anywhere in x.

    Boxes reach over the border, as in cutout: a value at the border is erased about half as often
    as one in the middle.
    """
    centers = [draw_integers(0, s - 1, (len(x),), x, generator) for s in sizes]
    start = torch.stack(centers, 1) - size // 2
    return start, start + size


@dataclass(frozen=True)
class Cutout1d(InputTransform):
    """Set `size` neighboring values of each signal to `fill`, about a center drawn uniformly.

    Args: size: values, >= 0, fewer where the border cuts them off; fill: 0 is the mean of
        standardized data.

    >>> Cutout1d(6).transform(torch.rand(2, 40), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 40])
    """

    size: int
    fill: float = 0.0

    def __post_init__(self) -> None:
        check_count("size", self.size, minimum=0)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each signal of x with its own part erased."""
        sizes = tuple(check_signals(x).shape[-1:])
        return erase(x, box_mask(*draw_boxes(self.size, sizes, x, generator), sizes), self.fill)


@dataclass(frozen=True)
class Cutout(InputTransform):
    """Set a square of `size` x `size` pixels to `fill`, about a center drawn uniformly.

    Args: size: pixels, >= 0, fewer where the border cuts them off; fill: 0 is the mean of
        standardized data.

    >>> Cutout(3).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    size: int
    fill: float = 0.0

    def __post_init__(self) -> None:
        check_count("size", self.size, minimum=0)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x with its own square erased."""
        sizes = tuple(check_images(x).shape[-2:])
        return erase(x, box_mask(*draw_boxes(self.size, sizes, x, generator), sizes), self.fill)


@dataclass(frozen=True)
class RandomErasing(InputTransform):
    """Erase a rectangle of random area and shape, which lies wholly inside the image.

    Its share of the area is uniform in [area[0], area[1]], its height / width log-uniform in
    [1 / ratio, ratio].

    Args:
        probability: of erasing anything in an image, in [0, 1].
        area: smallest and largest share of the image, in [0, 1].
        ratio: >= 1.
        fill: "noise" (normal, drawn for each value) or "zero".
    Raises: ValueError for values out of range.

    >>> RandomErasing(1.0).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    probability: float = 0.5
    area: tuple[float, float] = (0.02, 0.4)
    ratio: float = 10 / 3
    fill: str = "noise"

    def __post_init__(self) -> None:
        object.__setattr__(self, "area", tuple(self.area))
        check_probability("probability", self.probability)
        check_choice("fill", self.fill, ["noise", "zero"])
        if len(self.area) != 2 or not 0 <= self.area[0] <= self.area[1] <= 1:
            raise ValueError(f"area must be two shares, 0 <= low <= high <= 1; got {self.area!r}")
        if not 1 <= self.ratio < math.inf:
            raise ValueError(f"ratio must be a finite number >= 1; got {self.ratio!r}")

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x with a rectangle erased in each of the chosen images."""
        sizes = tuple(check_images(x).shape[-2:])
        chosen = draw_choices(self.probability, x, generator)
        mask = box_mask(*self.draw_rectangles(sizes, x, generator), sizes)
        fill = draw_normal(tuple(x.shape), x, generator) if self.fill == "noise" else 0.0
        return erase(x, mask & chosen[:, None, None], fill)

    def draw_rectangles(
        self, sizes: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return start and stop (B, 2) of one rectangle for each image; empty if none fitted."""
        u = draw_uniform((4, len(x), TRIES), x.new_empty(0).float(), generator)
        area = (self.area[0] + (self.area[1] - self.area[0]) * u[0]) * math.prod(sizes)
        root = self.ratio ** (u[1] - 0.5)  # the square root of height / width
        sides = torch.stack([area.sqrt() * root, area.sqrt() / root], -1).round().long()
        fits = (sides <= torch.tensor(sizes, device=x.device)).all(-1)  # (B, tries)
        first = fits.long().argmax(1, keepdim=True)
        each = torch.arange(len(x), device=x.device)[:, None]
        sides, found = sides[each, first][:, 0], fits[each, first]  # (B, 2), (B, 1)
        # A corner in {0, ..., size - side}, each equally likely.
        places = u[2:, each, first][..., 0].mT  # (B, 2)
        start = (places * (torch.tensor(sizes, device=x.device) - sides + 1)).long()
        return start, start + sides * found
