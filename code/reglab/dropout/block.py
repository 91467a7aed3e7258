"""DropBlock: drop squares of a feature map, as neighbors tell nearly the same.

Source      Ghiasi, Lin, Le (2018), "DropBlock: A Regularization Method for Convolutional Networks",
            NeurIPS, algorithm 1, equation 1 and section 3.1 (the ramp of p).
Departures  A block is named by its first corner, not by its center. The law is the same for odd
            blocks, and blocks of even size need no rule of their own. The paper's keep_prob is
            1 - p. A map without any unit left gives zeros, where the paper's formula divides by 0.
Symbols     x (..., C, L) or (..., C, H, W), b the size of a block, gamma the probability that a
            block begins at a place, p the share of units that is to be dropped.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from reglab.core import check_count, check_probability, uniform_like
from reglab.dropout.bernoulli import DropLayer

Rate = float | Tensor


def block_rate(p: Rate, size: Sequence[int], block: Sequence[int]) -> Rate:
    """Return gamma = p prod_axes size / (b (size - b + 1)), at most 1: the paper's equation 1.

    The sum of the areas of all blocks is then p times the map in expectation. As blocks overlap,
    the share of units dropped is less than p: see `dropped_share`.

    >>> round(block_rate(0.1, size=(10, 10), block=(3, 3)), 4)
    0.0174

    Args:
        p: in [0, 1]; a tensor is not checked.
        size, block: of the map and of a block, one number for each axis.
    Raises: ValueError if p is no probability, or a block does not fit into the map.
    """
    if not isinstance(p, Tensor):
        check_probability("p", p)
    _check_sizes(size, block)
    for n, b in zip(size, block, strict=True):
        p = p * (n / (b * (n - b + 1)))
    return p.clamp(max=1) if isinstance(p, Tensor) else min(p, 1.0)


def dropped_share(p: Rate, size: Sequence[int], block: Sequence[int]) -> Tensor:
    """Return the exact probability that each unit is dropped, a float64 tensor of shape `size`.

    1 - (1 - gamma)^c, where c counts the blocks that cover a unit: b in the middle of an axis and
    1 at its ends. So units at the edges are dropped less often than those in the middle.

    >>> dropped_share(0.3, size=(5,), block=(3,))
    tensor([0.1667, 0.3056, 0.4213, 0.3056, 0.1667], dtype=torch.float64)

    Args: as for `block_rate`.
    """
    gamma = block_rate(p, size, block)
    cover = torch.ones((), dtype=torch.float64)
    for n, b in zip(size, block, strict=True):
        place = torch.arange(n)
        along = place.clamp(max=n - b) - (place - b + 1).clamp(min=0) + 1  # (n,)
        cover = cover.unsqueeze(-1) * along
    return 1 - (1 - gamma) ** cover


def block_mask(
    like: Tensor, p: Rate, block: Sequence[int], generator: torch.Generator | None = None
) -> Tensor:
    """Draw which units are dropped: True in every block, a bool tensor of the shape of `like`.

    Each place where a block fits begins one with probability gamma (`block_rate`); every channel of
    every example has its own blocks.

    >>> block_mask(torch.zeros(2, 3, 8), 0.5, (4,), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 8])

    Args:
        like: (..., *map), with as many axes in the map as `block` has numbers.
        p, block: as for `block_rate`.
        generator: None draws from torch's global one.
    """
    size = like.shape[-len(block) :]
    gamma = block_rate(p, size, block)
    fits = tuple(slice(n - b + 1) for n, b in zip(size, block, strict=True))
    return grow_blocks(uniform_like(like[(..., *fits)], generator) < gamma, block)


def grow_blocks(starts: Tensor, block: Sequence[int]) -> Tensor:
    """Return the units covered by blocks that begin where `starts` is True.

    A unit is covered if a block begins at it or at one of the b - 1 places before it, on each axis.
    Windows double in width, so a block of b costs log2(b) passes; max-pooling needs b of them.

    >>> grow_blocks(torch.tensor([False, True, False]), (2,)).tolist()
    [False, True, True, False]

    Args:
        starts: bool (..., *(size - b + 1)); block: one number for each of the last axes.
    Returns: bool (..., *size).
    """
    pads = [pad for b in reversed(block) for pad in (b - 1, b - 1)]
    covered = F.pad(starts, pads)
    for axis, b in enumerate(block, start=-len(block)):
        width = 1
        while width < b:  # covered[i] stands for the `width` starts up to place i
            step = min(width, b - width)
            places = covered.shape[axis] - step
            covered = covered.narrow(axis, step, places) | covered.narrow(axis, 0, places)
            width += step
    return covered


def drop_blocks(x: Tensor, dropped: Tensor) -> Tensor:
    """Return x with 0 where `dropped`, the others times units / units left (algorithm 1).

    The factor counts over the whole minibatch, so that the mean of the mask is exactly 1 in every
    step. The expectation of one unit is not exactly x: those at the edges are dropped less often.

    >>> drop_blocks(torch.ones(4), torch.tensor([True, False, True, False]))
    tensor([0., 2., 0., 2.])

    Args: x: any shape, floats; dropped: bool, the same shape.
    """
    left = dropped.logical_not().to(x.dtype)
    return x * (left * (left.numel() / left.sum().clamp(min=1)))


class _DropBlock(DropLayer):
    """What the layers for one and for two axes share."""

    axes: int
    steps: Tensor

    def __init__(self, p: Rate, block: int | Sequence[int], *, ramp: int = 0):
        super().__init__(p)
        sizes = [block] * self.axes if isinstance(block, int) else list(block)
        if len(sizes) != self.axes:
            raise ValueError(f"block must be one number, or one for each of {self.axes} axes; "
                             f"got {block!r}")  # fmt: skip
        self.block = tuple(check_count("block", b) for b in sizes)
        self.ramp = check_count("ramp", ramp, minimum=0)
        # float64 would not exist on every device; float32 counts exactly up to 2^24 steps.
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim <= self.axes:
            names = "(..., C, L)" if self.axes == 1 else "(..., C, H, W)"
            raise ValueError(f"{type(self).__name__} takes x {names}; got {tuple(x.shape)}")
        _check_sizes(x.shape[-self.axes :], self.block)
        if not self.training:
            return x
        return drop_blocks(x, block_mask(x, self.rate(), self.block))

    def rate(self) -> Rate:
        """The p of this step; with a ramp it counts the step too."""
        if not self.ramp:
            return self.p
        share = (self.steps / self.ramp).clamp(max=1)
        self.steps += 1  # in place: the buffer of each model under vmap
        return self.p * share

    def extra_repr(self) -> str:
        """What print shows of the layer."""
        return f"{super().extra_repr()}, block={self.block}, ramp={self.ramp}"


class DropBlock1d(_DropBlock):
    """Drop runs of `block` places of each channel in training; the identity in eval mode.

    >>> layer = DropBlock1d(0.2, block=3)
    >>> layer.eval()(torch.ones(2, 4, 10)).sum()
    tensor(80.)

    Args:
        p: share of units to drop, in [0, 1]. A 0-d tensor becomes a buffer and is not checked.
        block: length of a run, >= 1; 1 is dropout of single units.
        ramp: number of training steps over which p rises linearly from 0; 0: p at once. The paper
            found the ramp to be better than a constant p.
    Shapes: (..., C, L) to the same.
    Raises: ValueError for a bad p or block, or an input that is shorter than a block.
    """

    axes = 1


class DropBlock2d(_DropBlock):
    """Drop squares of each channel in training; the identity in eval mode.

    >>> layer = DropBlock2d(0.1, block=7, ramp=1000)
    >>> layer(torch.ones(2, 4, 14, 14)).shape
    torch.Size([2, 4, 14, 14])

    Args: as for `DropBlock1d`; block: one size, or (height, width).
    Shapes: (..., C, H, W) to the same.
    Raises: ValueError for a bad p or block, or a map that is smaller than a block.
    """

    axes = 2


def _check_sizes(size: Sequence[int], block: Sequence[int]) -> None:
    if any(b > n for n, b in zip(size, block, strict=True)):
        largest = tuple(min(n, b) for n, b in zip(size, block, strict=True))
        raise ValueError(
            f"block must fit into the map {tuple(size)}; got {tuple(block)}; {largest} would fit"
        )
