"""A learning rate that starts again and again, for snapshots of one training.

Source      Loshchilov, Hutter (2017), "SGDR", ICLR, equation 5; Huang, Li, Pleiss, Liu, Hopcroft,
            Weinberger (2017), "Snapshot Ensembles: Train 1, Get M for Free", ICLR, section 3.
Departures  All cycles are equally long.
Symbols     t share of the steps done, in [0, 1).
"""

import math
from dataclasses import dataclass

from reglab.core import check_count


@dataclass(frozen=True)
class CyclicCosine:
    """Schedule: each cycle falls from 1 to 0 along a cosine, so that it ends near a minimum.

    fit(..., schedule=CyclicCosine(5)) with 120 epochs has snapshots at epochs 24, 48, ..., 120.

    Args: cycles: how many, >= 1; 1 is the schedule "cosine".
    Raises: ValueError for less than one cycle.

    >>> [round(CyclicCosine(2)(t), 2) for t in (0.0, 0.25, 0.5, 0.75)]
    [1.0, 0.5, 1.0, 0.5]
    """

    cycles: int = 5

    def __post_init__(self) -> None:
        check_count("cycles", self.cycles)

    def __call__(self, t: float) -> float:
        """Return the factor on the learning rate at the share t of the steps."""
        return 0.5 * (1.0 + math.cos(math.pi * (self.cycles * t % 1.0)))
