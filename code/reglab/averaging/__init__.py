"""Averages of networks: of their predictions, or of their weights.

`EMA` and `TailAverage` are techniques of training: `fit(..., techniques=[EMA(0.99)])`. In your own
loop, `AveragedWeights` keeps the same averages. The others take trained networks, or their outputs.
"""

from reglab.averaging.ema import EMA, decay_for_half_life, ema_weights, half_life
from reglab.averaging.ensembles import (
    Decomposition,
    average_logits,
    average_probabilities,
    decompose_nll,
    decompose_squared_error,
    disagreement,
    variance_of_mean,
)
from reglab.averaging.schedules import CyclicCosine
from reglab.averaging.soups import (
    barrier,
    greedy_soup,
    interpolate_weights,
    scores_on_line,
    uniform_soup,
)
from reglab.averaging.tail import TailAverage
from reglab.averaging.weights import AveragedWeights

__all__ = [
    "EMA",
    "AveragedWeights",
    "CyclicCosine",
    "Decomposition",
    "TailAverage",
    "average_logits",
    "average_probabilities",
    "barrier",
    "decay_for_half_life",
    "decompose_nll",
    "decompose_squared_error",
    "disagreement",
    "ema_weights",
    "greedy_soup",
    "half_life",
    "interpolate_weights",
    "scores_on_line",
    "uniform_soup",
    "variance_of_mean",
]
