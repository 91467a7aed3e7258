"""Augmentations of images that move or change whole pixels: flip, turn, crop, brightness.

Source      Krizhevsky, Sutskever, Hinton (2012), "ImageNet Classification with Deep Convolutional
            Neural Networks", NeurIPS, section 4.1, for flips, crops and changes of color; He,
            Zhang, Ren, Sun (2016), "Deep Residual Learning", CVPR, section 4.2, for the crop
            after padding.
Departures  Brightness adds and contrast multiplies about the image's own mean, in the units of x,
            without clipping: inputs are often standardized, so no range is known here.
Symbols     x (B, H, W) or (B, C, H, W); one draw for each image, the same for its channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.augmentation.draws import (
    InputTransform,
    check_images,
    column,
    draw_choices,
    draw_integers,
    draw_signed,
)
from reglab.core import check_choice, check_count, check_nonnegative, check_probability

DIRECTIONS = {"horizontal": -1, "vertical": -2}


@dataclass(frozen=True)
class Flip(InputTransform):
    """Mirror each image with this probability: left and right, or top and bottom.

    Args:
        direction: "horizontal" exchanges left and right, "vertical" top and bottom.
        probability: in [0, 1].
    Raises: ValueError for another direction or a probability out of range.

    >>> Flip(probability=1.0).transform(torch.tensor([[[1.0, 2.0]]]))
    tensor([[[2., 1.]]])
    """

    direction: str = "horizontal"
    probability: float = 0.5

    def __post_init__(self) -> None:
        check_choice("direction", self.direction, DIRECTIONS)
        check_probability("probability", self.probability)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x with the chosen images mirrored."""
        chosen = draw_choices(self.probability, check_images(x), generator)
        return torch.where(column(chosen, x), x.flip(DIRECTIONS[self.direction]), x)


def quarter_turns(x: Tensor, turns: Tensor) -> Tensor:
    """Return each square image turned by turns[b] * 90 degrees, counterclockwise, exactly.

    Args: x: (B, H, H) or (B, C, H, H); turns: (B,) whole numbers, any.

    >>> quarter_turns(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.tensor([1]))
    tensor([[[2., 4.],
             [1., 3.]]])
    """
    turned = x
    for k in (1, 2, 3):
        chosen = column(turns.remainder(4) == k, x)
        turned = torch.where(chosen, x.rot90(k, (-2, -1)), turned)
    return turned


@dataclass(frozen=True)
class QuarterTurns(InputTransform):
    """Turn each square image by one of the given multiples of 90 degrees, each equally likely.

    Args: turns: whole numbers; (0, 2) leaves half of the images and puts half upside down.
    Raises: ValueError without any turns or for fractions; when used, if images are not square.

    >>> QuarterTurns((2,)).transform(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[4., 3.],
             [2., 1.]]])
    """

    turns: tuple[int, ...] = (0, 1, 2, 3)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", tuple(self.turns))
        if not self.turns or not all(type(k) is int for k in self.turns):
            raise ValueError(f"turns must hold whole numbers such as (0, 2); got {self.turns!r}")

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x turned by its own draw."""
        height, width = check_images(x).shape[-2:]
        if height != width:
            raise ValueError(f"quarter turns need square images; got {height} x {width} pixels")
        chosen = draw_integers(0, len(self.turns) - 1, (len(x),), x, generator)
        return quarter_turns(x, torch.tensor(self.turns, device=x.device)[chosen])


def crop(x: Tensor, top: Tensor, left: Tensor, padding: int) -> Tensor:
    """Return windows of the size of x out of x padded with `padding` zeros on each side.

    Args:
        x: (B, H, W) or (B, C, H, W).
        top, left: (B,) whole numbers in [0, 2 padding]: first row and column of the window;
            both equal to padding gives x itself.

    >>> crop(torch.tensor([[[1.0, 2.0]]]), torch.tensor([1]), torch.tensor([0]), 1)
    tensor([[[0., 1.]]])
    """
    height, width = x.shape[-2:]
    padded = F.pad(x, [padding] * 4)
    rows = top[:, None] + torch.arange(height, device=x.device)  # (B, H)
    columns = left[:, None] + torch.arange(width, device=x.device)  # (B, W)
    batch = torch.arange(len(x), device=x.device)[:, None, None]
    if x.ndim == 3:
        return padded[batch, rows[:, :, None], columns[:, None]]
    # Indices around the channel axis put it last: (B, H, W, C) -> (B, C, H, W)
    return padded[batch, :, rows[:, :, None], columns[:, None]].movedim(-1, 1)


@dataclass(frozen=True)
class Crop(InputTransform):
    """Pad each image with zeros and cut a window of the old size out of it, anywhere.

    The same as moving it by whole pixels, uniform in {-padding, ..., padding} in both directions.
    Args: padding: pixels on each side, >= 0.

    >>> Crop(1).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    padding: int

    def __post_init__(self) -> None:
        check_count("padding", self.padding, minimum=0)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x cropped by its own draw."""
        check_images(x)
        corner = draw_integers(0, 2 * self.padding, (2, len(x)), x, generator)
        return crop(x, corner[0], corner[1], self.padding)


@dataclass(frozen=True)
class Brightness(InputTransform):
    """Add one number to all values of an image, uniform in [-amount, amount).

    Args: amount: in the units of x, >= 0.

    >>> Brightness(0.2).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    amount: float

    def __post_init__(self) -> None:
        check_nonnegative("amount", self.amount)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x plus its own number."""
        change = self.amount * draw_signed((len(x),), check_images(x), generator)
        return x + column(change, x)


def change_contrast(x: Tensor, factor: Tensor) -> Tensor:
    """Return mean + factor (x - mean), with the mean over each image: its mean stays.

    Args: x: (B, ...); factor: (B,); 0 gives a gray image, 1 the image itself.

    >>> change_contrast(torch.tensor([[[1.0, 3.0]]]), torch.tensor([0.5]))
    tensor([[[1.5000, 2.5000]]])
    """
    mean = x.mean(tuple(range(1, x.ndim)), keepdim=True)
    return mean + column(factor, x) * (x - mean)


@dataclass(frozen=True)
class Contrast(InputTransform):
    """Stretch each image about its mean by one factor, uniform in [1 - amount, 1 + amount).

    Args: amount: >= 0; from 1 on, an image may turn into its negative.

    >>> Contrast(0.2).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    amount: float

    def __post_init__(self) -> None:
        check_nonnegative("amount", self.amount)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x with its own factor of contrast."""
        change = self.amount * draw_signed((len(x),), check_images(x), generator)
        return change_contrast(x, 1 + change)
