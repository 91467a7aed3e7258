"""The plain average of the weights over the last part of training.

Source      Polyak, Juditsky (1992), "Acceleration of Stochastic Approximation by Averaging", SIAM
            J. Control Optim. 30, and Ruppert (1988); Izmailov, Podoprikhin, Garipov, Vetrov, Wilson
            (2018), "Averaging Weights Leads to Wider Optima and Better Generalization", UAI, who
            call it stochastic weight averaging (SWA).
Departures  Every step counts, where SWA takes one point an epoch, or one a cycle of the rate.
            The learning rate is what `schedule` says; SWA asks for a constant or a cyclic one.
Symbols     T steps; the last n = max(1, round(share T)) are averaged, each with weight 1 / n.
"""

from dataclasses import dataclass

from reglab.core import check_probability


@dataclass(frozen=True)
class TailAverage:
    """Technique of training: the mean of the weights after each of the last share * steps steps.

    Before this part begins, the average is the weights themselves. It changes what is measured
    and what remains, not the training. A share of 0 is the last weights.

    Args: share: of the steps that is averaged, in [0, 1].
    Raises: ValueError for a share outside [0, 1]; later, if it is not told the number of steps.

    >>> [TailAverage(0.5).averaging_rate(step, steps=6) for step in range(6)]
    [1.0, 1.0, 1.0, 1.0, 0.5, 0.3333333333333333]
    """

    share: float = 0.25

    def __post_init__(self) -> None:
        check_probability("share", self.share)

    def averaging_rate(self, step: int, steps: int | None = None) -> float:
        """Return 1 before the tail and at its first step, then 1/2, 1/3, ..."""
        if steps is None:
            raise ValueError("TailAverage needs the number of steps of the training; pass steps=")
        first = steps - round(self.share * steps)
        return 1.0 / max(1, step - first + 1)
