"""Augmentations of signals: shift, scale, noise, and two that seldom keep a label.

Source      Greydanus, Kobak (2024), "Scaling Down Deep Learning with MNIST-1D", ICML, section 2,
            whose signals are shifted circularly and scaled; Bishop (1995), "Training with Noise is
            Equivalent to Tikhonov Regularization", Neural Computation 7, for noise.
Departures  none.
Symbols     x (B, T) or (B, C, T) signals; one draw for each example, the same for its channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from reglab.augmentation.draws import (
    InputTransform,
    check_signals,
    column,
    draw_choices,
    draw_integers,
    draw_normal,
    draw_signed,
)
from reglab.core import check_choice, check_count, check_nonnegative, check_probability

EDGES = ("wrap", "zero", "nearest")


def take_positions(x: Tensor, index: Tensor, edge: str = "wrap") -> Tensor:
    """Return y[b, ..., t] = x[b, ..., index[b, t]], where positions outside follow `edge`.

    Args:
        x: signals (B, T) or (B, C, T).
        index: (B, T') whole numbers, any; a position is inside if it is in [0, T).
        edge: "wrap" counts modulo T, "zero" gives 0, "nearest" the first or the last value.

    >>> take_positions(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[-1, 0, 3]]), "zero")
    tensor([[0., 1., 0.]])
    """
    time = x.shape[-1]
    index = index if x.ndim == 2 else index[:, None].expand(-1, x.shape[1], -1)  # (B, C, T')
    if edge == "wrap":
        return x.gather(-1, index.remainder(time))
    taken = x.gather(-1, index.clamp(0, time - 1))
    if edge == "nearest":
        return taken
    return taken * ((index >= 0) & (index < time)).to(x.dtype)


def shift(x: Tensor, offsets: Tensor, edge: str = "wrap") -> Tensor:
    """Return y[t] = x[t - offset]: positive offsets move a signal to the right.

    Args:
        x: signals (B, T) or (B, C, T).
        offsets: (B,) whole numbers.
        edge: what comes in from outside, see `take_positions`.

    >>> shift(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([1]))
    tensor([[3., 1., 2.]])
    """
    t = torch.arange(check_signals(x).shape[-1], device=x.device)
    return take_positions(x, t - offsets[:, None], edge)


@dataclass(frozen=True)
class Shift(InputTransform):
    """Move each signal by a whole number of steps, uniform in {-steps, ..., steps}.

    Args:
        steps: the largest shift, >= 0.
        edge: "wrap" (circular; right for signals such as MNIST-1D's), "zero" or "nearest".
    Raises: ValueError for a negative or fractional number of steps, or another edge.

    >>> x, targets = torch.rand(4, 40), torch.eye(4)
    >>> Shift(3).change_batch(x, targets, torch.Generator().manual_seed(0))[0].shape
    torch.Size([4, 40])
    """

    steps: int
    edge: str = "wrap"

    def __post_init__(self) -> None:
        check_count("steps", self.steps, minimum=0)
        check_choice("edge", self.edge, EDGES)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each signal of x shifted by its own draw."""
        offsets = draw_integers(-self.steps, self.steps, (len(x),), x, generator)
        return shift(x, offsets, self.edge)


@dataclass(frozen=True)
class Scale(InputTransform):
    """Multiply each example by one factor, uniform in [1 - amount, 1 + amount).

    Args: amount: >= 0; from 1 on, the sign of an example may change.

    >>> Scale(0.2).transform(torch.ones(2, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """

    amount: float

    def __post_init__(self) -> None:
        check_nonnegative("amount", self.amount)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each example of x times its own factor."""
        return x * column(1 + self.amount * draw_signed((len(x),), x, generator), x)


@dataclass(frozen=True)
class AddNoise(InputTransform):
    """Add independent normal noise to every value: x + scale * n. Any shape (B, ...).

    In a linear model with squared loss its expectation is ridge: for the mean over examples of
    (y - w x)^2 it adds scale^2 |w|^2 (Bishop 1995).
    Args: scale: standard deviation in the units of x, >= 0.

    >>> AddNoise(0.1).transform(torch.ones(2, 3), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """

    scale: float

    def __post_init__(self) -> None:
        check_nonnegative("scale", self.scale)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x plus fresh noise."""
        return x + self.scale * draw_normal(tuple(x.shape), x, generator)


@dataclass(frozen=True)
class Reverse(InputTransform):
    """Run the signal backwards, with this probability for each example.

    Args: probability: in [0, 1].

    >>> Reverse(1.0).transform(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1.]])
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        check_probability("probability", self.probability)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x with the chosen signals reversed in time."""
        chosen = draw_choices(self.probability, check_signals(x), generator)
        return torch.where(column(chosen, x), x.flip(-1), x)


@dataclass(frozen=True)
class Negate(InputTransform):
    """Flip the sign of the whole example, with this probability. Any shape (B, ...).

    Args: probability: in [0, 1].

    >>> Negate(1.0).transform(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[-1., -2., -3.]])
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        check_probability("probability", self.probability)

    def transform(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return x with the sign of the chosen examples flipped."""
        chosen = draw_choices(self.probability, x, generator)
        return torch.where(column(chosen, x), -x, x)
