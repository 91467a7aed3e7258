"""What all augmentations share: their draws, their base class, checks of shapes.

Source      none: plumbing.
Departures  none.
Symbols     B batch, C channels, H W rows and columns of an image, T time, K classes.
Numbers are drawn where the generator lives, in float32, and then moved to the data: one generator
gives the same augmentation on every device and in every dtype.
"""

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]


class InputTransform:
    """Base of the augmentations that change the inputs x and leave the targets alone.

    A subclass writes `transform(x, generator) -> x`, batch axis first, and is then a technique of
    training (`change_batch`) and a view for `test_time_augmentation`.
    """

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x transformed, each example with its own draw."""
        raise NotImplementedError(f"{type(self).__name__} must define transform(x, generator)")

    def change_batch(
        self, x: Tensor, targets: Tensor, generator: torch.Generator | None = None
    ) -> Batch:
        """Return (transform(x), targets): the promise is that the label does not change."""
        return self.transform(x, generator), targets


def draw_uniform(
    shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return uniform numbers in [0, 1) of this shape, with the device and dtype of x.

    >>> draw_uniform((2, 3), torch.zeros(5), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """
    device = x.device if generator is None else generator.device
    u = torch.rand(shape, generator=generator, device=device, dtype=torch.float32)
    if x.dtype in (torch.float16, torch.bfloat16):  # rounding could give 1, which is not in [0, 1)
        u = u.clamp_max(1 - torch.finfo(x.dtype).eps)
    return u.to(x.device, x.dtype)


def draw_signed(
    shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return uniform numbers in [-1, 1), with the device and dtype of x.

    >>> bool(draw_signed((100,), torch.zeros(5), torch.Generator().manual_seed(0)).min() < 0)
    True
    """
    return 2 * draw_uniform(shape, x, generator) - 1


def draw_normal(
    shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return standard normal numbers of this shape, with the device and dtype of x.

    >>> draw_normal((2, 3), torch.zeros(5), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """
    device = x.device if generator is None else generator.device
    noise = torch.randn(shape, generator=generator, device=device, dtype=torch.float32)
    return noise.to(x.device, x.dtype)


def draw_integers(
    low: int, high: int, shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Return whole numbers from low to high, both possible, as int64 on the device of x.

    >>> draw_integers(4, 4, (2,), torch.zeros(5))
    tensor([4, 4])
    """
    device = x.device if generator is None else generator.device
    return torch.randint(low, high + 1, shape, generator=generator, device=device).to(x.device)


def draw_choices(probability: float, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return one bool for each example of x, True with this probability.

    >>> draw_choices(1.0, torch.zeros(2, 5))
    tensor([True, True])
    """
    return draw_uniform((len(x),), x.new_empty(0).float(), generator) < probability


def precise(x: Tensor) -> Tensor:
    """Return x in float64 if it is that, else in float32: half precision can't hold coordinates."""
    return x.to(torch.float64 if x.dtype == torch.float64 else torch.float32)


def column(values: Tensor, x: Tensor) -> Tensor:
    """Return one value for each example, (B,), in a shape that multiplies x (B, ...).

    >>> column(torch.ones(2), torch.zeros(2, 3, 4)).shape
    torch.Size([2, 1, 1])
    """
    return values.reshape(-1, *[1] * (x.ndim - 1))


def check_signals(x: Tensor) -> Tensor:
    """Return x if it is a batch of signals, (B, T) or (B, C, T); ValueError otherwise."""
    return _check_batch(x, (2, 3), "signals (B, T) or (B, C, T)")


def check_images(x: Tensor) -> Tensor:
    """Return x if it is a batch of images, (B, H, W) or (B, C, H, W); ValueError otherwise."""
    fix = "; for flattened images use WithShape((H, W), technique)" if x.ndim == 2 else ""
    return _check_batch(x, (3, 4), "images (B, H, W) or (B, C, H, W)", fix)


def is_signal(x: Tensor) -> bool:
    """Return whether x has one axis of positions: (B, T), or (B, 1, T). Otherwise images."""
    return x.ndim == 2 or (x.ndim == 3 and x.shape[1] == 1)


def _check_batch(x: Tensor, dims: tuple[int, ...], allowed: str, fix: str = "") -> Tensor:
    if x.ndim not in dims or not x.is_floating_point():
        got = f"{tuple(x.shape)} of {x.dtype}"
        raise ValueError(f"x must be a float tensor of {allowed}; got {got}{fix}")
    return x
