"""Time warping: a signal runs a little faster here and a little slower there.

Source      Um, Pfister, Pichler, Endo, Lang, Hirche, Fietzek, Kulić (2017), "Data Augmentation of
            Wearable Sensor Data for Parkinson's Disease Monitoring using Convolutional Neural
            Networks", ICMI, section 3.
Departures  Their time runs along a cubic spline through random speeds; here it is piecewise
            linear, and the displacement at each knot is drawn: its largest value is then known,
            both ends stay in place, and time never runs backwards.
Symbols     x (B, T) or (B, C, T); y(t) = x(t + displacement(t)), by linear interpolation.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from reglab.augmentation.draws import InputTransform, check_signals, draw_signed, precise
from reglab.augmentation.signals import take_positions
from reglab.core import check_count, check_nonnegative


def resample(x: Tensor, positions: Tensor, edge: str = "nearest") -> Tensor:
    """Return y[b, ..., t] = x[b, ..., positions[b, t]], linear between two neighbors.

    Args:
        x: signals (B, T) or (B, C, T).
        positions: (B, T') in steps, fractions allowed.
        edge: "wrap", "zero" or "nearest", for neighbors outside; see `take_positions`.

    >>> resample(torch.tensor([[1.0, 2.0, 4.0]]), torch.tensor([[0.5, 1.5, 2.0]]))
    tensor([[1.5000, 3.0000, 4.0000]])
    """
    left = positions.floor()
    share = (positions - left).to(x.dtype)
    share = share[:, None] if x.ndim == 3 else share
    index = left.long()
    here, there = take_positions(x, index, edge), take_positions(x, index + 1, edge)
    return here + share * (there - here)


def warp_positions(displacements: Tensor, time: int) -> Tensor:
    """Return positions (B, time) whose displacement passes through the knots, 0 at both ends.

    Args:
        displacements: (B, knots), in steps, at knots that cut the time in knots + 1 equal parts.

    >>> warp_positions(torch.tensor([[1.0]]), 5)
    tensor([[0.0000, 1.5000, 3.0000, 3.5000, 4.0000]])
    """
    knots = F.pad(displacements, (1, 1))[:, None]  # (B, 1, knots + 2), the ends stay in place
    between = F.interpolate(knots, size=time, mode="linear", align_corners=True)[:, 0]
    return torch.arange(time, device=knots.device, dtype=knots.dtype) + between


@dataclass(frozen=True)
class TimeWarp(InputTransform):
    """Displace the time of each signal smoothly, by up to `steps` at each of `knots` points.

    Args:
        steps: largest displacement, >= 0; time would run backwards beyond half the distance of
            two knots, (T - 1) / (knots + 1) / 2.
        knots: points with a draw of their own, >= 1.
    Raises: ValueError for values out of range; when used, if steps is too large for T.

    >>> TimeWarp(2.0).transform(torch.rand(2, 40), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 40])
    """

    steps: float
    knots: int = 3

    def __post_init__(self) -> None:
        check_nonnegative("steps", self.steps)
        check_count("knots", self.knots)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each signal of x with its own warp."""
        time = check_signals(x).shape[-1]
        allowed = (time - 1) / (self.knots + 1) / 2
        if self.steps > allowed:
            raise ValueError(
                f"steps must be at most {allowed:g} for signals of {time} points and {self.knots} "
                f"knots, or time would run backwards; got {self.steps!r}"
            )
        exact = precise(x)
        draws = self.steps * draw_signed((len(x), self.knots), exact, generator)
        return resample(exact, warp_positions(draws, time)).to(x.dtype)
