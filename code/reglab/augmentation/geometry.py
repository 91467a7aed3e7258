"""Rotation and translation of images by any angle and any fraction of a pixel.

Source      Simard, Steinkraus, Platt (2003), "Best Practices for Convolutional Neural Networks
            Applied to Visual Document Analysis", ICDAR, section 2; bilinear interpolation.
Departures  none.
Symbols     x (B, H, W) or (B, C, H, W). Coordinates are pixels from the center of the image, right
            and down. A map (B, 2, 3) takes a pixel of the output to the place it is read from.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.augmentation.draws import InputTransform, check_images, draw_signed, precise
from reglab.core import check_choice, check_nonnegative

PADDING = {"zero": "zeros", "nearest": "border"}


def warp_images(x: Tensor, maps: Tensor, edge: str = "zero") -> Tensor:
    """Return y at pixel (u, v) = x at maps (u, v, 1), by bilinear interpolation.

    Args:
        x: (B, H, W) or (B, C, H, W).
        maps: (B, 2, 3): row 0 gives the column read from, row 1 the row, from the center.
        edge: "zero", or "nearest": the value of the border goes on outside.
    Raises: ValueError for another edge or for x that is no batch of images.

    >>> half_a_pixel = torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]])
    >>> warp_images(torch.tensor([[[1.0, 2.0, 4.0]]]), half_a_pixel)
    tensor([[[1.5000, 3.0000, 2.0000]]])
    """
    height, width = check_images(x).shape[-2:]
    padding = PADDING[check_choice("edge", edge, PADDING)]
    images = precise(x if x.ndim == 4 else x[:, None])
    like: dict[str, Any] = dict(device=x.device, dtype=images.dtype)
    right = torch.arange(width, **like) - (width - 1) / 2
    down = torch.arange(height, **like) - (height - 1) / 2
    down, right = torch.meshgrid(down, right, indexing="ij")
    pixels = torch.stack([right, down, torch.ones_like(right)], -1)  # (H, W, 3)
    places = torch.einsum("hwk,bjk->bhwj", pixels, maps.to(images.dtype))
    # grid_sample measures from the center in halves of the image's size.
    places = places * torch.tensor([2 / width, 2 / height], **like)
    warped = F.grid_sample(images, places, "bilinear", padding, align_corners=False)
    return warped.reshape(x.shape).to(x.dtype)


def rotation(degrees: Tensor) -> Tensor:
    """Return maps (B, 2, 3) that turn an image counterclockwise about its center.

    Args: degrees: (B,) floats.

    >>> rotation(torch.tensor([0.0]))
    tensor([[[1., -0., 0.],
             [0., 1., 0.]]])
    """
    angle = degrees.deg2rad()
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = [torch.stack([cos, -sin, zero], -1), torch.stack([sin, cos, zero], -1)]
    return torch.stack(rows, -2)


def translation(right: Tensor, down: Tensor) -> Tensor:
    """Return maps (B, 2, 3) that move an image by so many pixels, fractions allowed.

    Args: right, down: (B,) floats.

    >>> translation(torch.tensor([1.5]), torch.tensor([0.0]))
    tensor([[[ 1.0000,  0.0000, -1.5000],
             [ 0.0000,  1.0000, -0.0000]]])
    """
    same = torch.eye(2, dtype=right.dtype, device=right.device).expand(len(right), 2, 2)
    return torch.cat([same, -torch.stack([right, down], -1)[:, :, None]], -1)


def shear(right: Tensor, down: Tensor) -> Tensor:
    """Return maps (B, 2, 3) that slant an image: a row v pixels below the center moves right * v.

    Args: right, down: (B,) pixels per pixel; with both, right * down != 1.

    >>> shear(torch.tensor([0.5]), torch.tensor([0.0]))
    tensor([[[ 1.0000, -0.5000,  0.0000],
             [-0.0000,  1.0000,  0.0000]]])
    """
    one, zero = torch.ones_like(right), torch.zeros_like(right)
    # The slant is [[1, right], [down, 1]]; where a pixel is read from is its inverse.
    rows = [torch.stack([one, -right, zero], -1), torch.stack([-down, one, zero], -1)]
    return torch.stack(rows, -2) / torch.stack([one - right * down] * 2, -1)[:, :, None]


@dataclass(frozen=True)
class Rotate(InputTransform):
    """Turn each image about its center by an angle uniform in [-degrees, degrees).

    Args:
        degrees: largest angle, >= 0; 180 turns to any angle.
        edge: what comes in from outside, "zero" or "nearest".
    Raises: ValueError for a negative angle or another edge.

    >>> Rotate(15).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    degrees: float
    edge: str = "zero"

    def __post_init__(self) -> None:
        check_nonnegative("degrees", self.degrees)
        check_choice("edge", self.edge, PADDING)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x turned by its own angle."""
        angles = self.degrees * draw_signed((len(x),), precise(x.new_empty(0)), generator)
        return warp_images(x, rotation(angles), self.edge)


@dataclass(frozen=True)
class Translate(InputTransform):
    """Move each image by up to `pixels` in both directions, fractions of a pixel included.

    Args:
        pixels: largest move to each side, >= 0; for whole pixels see `Crop`.
        edge: what comes in from outside, "zero" or "nearest".
    Raises: ValueError for a negative number of pixels or another edge.

    >>> Translate(1.0).transform(torch.rand(2, 8, 8), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8, 8])
    """

    pixels: float
    edge: str = "zero"

    def __post_init__(self) -> None:
        check_nonnegative("pixels", self.pixels)
        check_choice("edge", self.edge, PADDING)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each image of x moved by its own draw."""
        moves = self.pixels * draw_signed((2, len(x)), precise(x.new_empty(0)), generator)
        return warp_images(x, translation(moves[0], moves[1]), self.edge)
