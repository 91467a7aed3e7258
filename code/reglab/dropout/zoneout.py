"""Zoneout: a unit of a recurrent state sometimes stays as it was, instead of being set to 0.

Source      Krueger et al. (2017), "Zoneout: Regularizing RNNs by Randomly Preserving Hidden
            Activations", ICLR, section 3 and equations 3 to 6.
Departures  None for cells with one state. For an LSTM the output uses the new memory before
            zoneout, as in the paper's equations.
Symbols     h state of the step before, h_new what the cell computes, p the probability that a unit
            *keeps its old value*: it drops the update, not the unit.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from reglab.core import check_probability, uniform_like

Rate = float | Tensor
State = Tensor | tuple[Tensor, ...]


def zoneout_mask(like: Tensor, p: Rate, generator: torch.Generator | None = None) -> Tensor:
    """Draw which units keep their old value: True with probability p, of the shape of `like`.

    >>> zoneout_mask(torch.zeros(2, 3), 1.0).all()
    tensor(True)

    Args: p: in [0, 1], a tensor is not checked; generator: None draws from torch's global one.
    Raises: ValueError if p is no probability.
    """
    if not isinstance(p, Tensor):
        check_probability("p", p)
    return uniform_like(like, generator) < p


def zoneout(new: Tensor, old: Tensor, mask: Tensor) -> Tensor:
    """Return mask old + (1 - mask) new: exactly the old value where the mask is True.

    `mask` may also hold shares in [0, 1]; p everywhere gives the expectation, used in eval mode.

    >>> zoneout(torch.tensor([1.0, 1.0]), torch.tensor([5.0, 5.0]), torch.tensor([True, False]))
    tensor([5., 1.])

    Args: new, old: any one shape; mask: bool or shares, broadcasts against them.
    """
    if mask.dtype == torch.bool:
        return torch.where(mask, old, new)
    return mask * old + (1 - mask) * new


class Zoneout(nn.Module):
    """A recurrent cell whose state is updated by zoneout: called as cell(x, state).

    In training each unit keeps its old value with probability p, drawn at every step; in eval
    mode the state is p old + (1 - p) new. Dropout would set the state to 0 and so delete what the
    network remembers; here information and gradients also pass unchanged.

    >>> cell = Zoneout(nn.GRUCell(3, 5), p=0.1)
    >>> cell(torch.ones(2, 3), torch.zeros(2, 5)).shape
    torch.Size([2, 5])

    Args:
        cell: takes (x, state) and returns the new state, a tensor (GRUCell, RNNCell) or a tuple
            (LSTMCell: output h and memory c).
        p: probability of keeping the old value, in [0, 1]; for a tuple of states also one for each,
            e.g. (0.05, 0.5) for h and c. A 0-d tensor becomes a buffer and is not checked.
    Raises: ValueError for a bad p, or as many of them as there are not states.
    """

    p0: Rate  # with a tuple of states also p1

    def __init__(
        self, cell: Callable[[Tensor, State], State], p: Rate | tuple[Rate, ...] | list[Rate]
    ):
        super().__init__()
        self.cell = cell
        self.single = not isinstance(p, tuple | list)
        each = p if isinstance(p, tuple | list) else [p]
        self.count = len(each)
        for i, rate in enumerate(each):
            if isinstance(rate, Tensor):
                self.register_buffer(f"p{i}", rate, persistent=False)
            else:
                setattr(self, f"p{i}", check_probability("p", rate))

    def forward(self, x: Tensor, state: State | None = None) -> State:
        old = self.start(x) if state is None else state
        new = self.cell(x, old)
        if isinstance(new, Tensor):
            assert isinstance(old, Tensor), "a cell returns the kind of state that it takes"
            return self.mix(new, old, *self.rates(1))
        rates = self.rates(len(new))
        return tuple(self.mix(*parts) for parts in zip(new, old, rates, strict=True))

    def mix(self, new: Tensor, old: Tensor, p: Rate) -> Tensor:
        """The state after this step, of one kind."""
        if self.training:
            return zoneout(new, old, zoneout_mask(new, p))
        return old * p + new * (1 - p)

    def rates(self, states: int) -> list[Rate]:
        """One p for each state."""
        if not self.single and self.count != states:
            raise ValueError(f"the cell has {states} states; got {self.count} values of p; give "
                             f"one p, or {states}")  # fmt: skip
        return (
            [self.p0] * states if self.single else [getattr(self, f"p{i}") for i in range(states)]
        )

    def start(self, x: Tensor) -> State:
        """Zeros, as torch's cells begin: a tuple of two for an LSTMCell."""
        zeros = x.new_zeros(*x.shape[:-1], self.cell.hidden_size)
        return (zeros, zeros) if isinstance(self.cell, nn.LSTMCell) else zeros

    def extra_repr(self) -> str:
        """What print shows of the layer."""
        return "p=" + ", ".join(str(getattr(self, f"p{i}")) for i in range(self.count))
