"""Prechelt's criteria: when to stop, judged by how much was lost and how much is still learned.

Source      Prechelt (1998), "Early Stopping -- But When?", in "Neural Networks: Tricks of the
            Trade", section 2: the classes GL, PQ and UP, with training strips of 5 epochs.
Departures  GL and progress are factors as there (percent, per mille). A value that is not finite
            counts as endlessly high; 0/0, where there was nothing to lose, counts as no loss. The
            additional ends of his experiments (3000 epochs, progress below 0.1) are the caller's.
Symbols     E_va, E_tr validation and training error (or loss) after epoch t = 1, 2, ...; curves
            (..., E) hold epoch 1 at position 0: leave out what was measured before training.
            A strip is k epochs in a row; strips end at epochs k, 2k, ...
All of them judge the curve so far, so each can be used while training. They return the same
`Stops` as `patience_stops`.
"""

import numpy as np
from numpy.typing import ArrayLike

from reglab.core import check_count, check_positive
from reglab.stopping.curves import Stops, as_costs, stops_where

STRIP = 5


def generalization_loss(validation: ArrayLike) -> np.ndarray:
    """Return GL(t) = 100 (E_va(t) / min_{s <= t} E_va(s) - 1), in percent: (..., E).

    How much the validation error is above its lowest value so far; 0 at a new best.

    Args: validation: (..., E), each value >= 0.
    Raises: ValueError for a negative value or no value at all.

    >>> generalization_loss([0.5, 0.4, 0.5, 0.3]).round(6).tolist()
    [0.0, 0.0, 25.0, 0.0]
    """
    costs = _errors("validation", validation)
    lowest = np.minimum.accumulate(costs, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 and inf/inf are told apart below
        loss = 100 * (costs / lowest - 1)
    return np.where(costs == lowest, 0.0, loss)


def training_progress(training: ArrayLike, strip: int = STRIP) -> np.ndarray:
    """Return P_k(t) = 1000 (mean / min - 1) of E_tr over the last k epochs: (..., E).

    How much the training error still falls, or jumps, within a strip, per mille; high at the
    start. NaN before epoch k; 0 where all k values are 0, inf where only some are.

    Args: training: (..., E), each value >= 0; strip: k >= 1.
    Raises: ValueError for a negative value, or curves shorter than one strip.

    >>> training_progress([0.4, 0.2], strip=2).round(6).tolist()
    [nan, 500.0]
    """
    costs = _errors("training", training)
    k = _strip(strip, costs)
    windows = np.lib.stride_tricks.sliding_window_view(costs, k, axis=-1)  # (..., E - k + 1, k)
    mean, low = windows.mean(axis=-1), windows.min(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        progress = np.where(mean == low, 0.0, 1000 * (mean / low - 1))
    early = np.full((*costs.shape[:-1], k - 1), np.nan)
    return np.concatenate([early, progress], axis=-1)


def loss_stops(validation: ArrayLike, alpha: float) -> Stops:
    """Return where GL_alpha stops: at the first epoch with generalization loss > alpha percent.

    Args: validation: (..., E), each value >= 0; alpha: > 0, in percent (Prechelt: 1 to 5).

    >>> loss_stops([0.5, 0.4, 0.5, 0.3], alpha=20)
    Stops(position=2, best=1, fired=True)
    """
    alpha = check_positive("alpha", alpha)
    return stops_where(generalization_loss(validation) > alpha, as_costs(validation))


def quotient_stops(
    validation: ArrayLike, training: ArrayLike, alpha: float, *, strip: int = STRIP
) -> Stops:
    """Return where PQ_alpha stops: at the first end of a strip with GL(t) / P_k(t) > alpha.

    A loss is forgiven while training still makes progress: it may be repaired. While the training
    error falls to 0, progress stays high, and the rule fires late or never.

    Args:
        validation, training: (..., E), of one shape, each value >= 0.
        alpha: > 0 (Prechelt: 0.5 to 3).
        strip: k >= 1.
    Raises: ValueError for another shape, a negative value, curves shorter than one strip.

    >>> quotient_stops([0.5, 0.4, 0.5, 0.5], [0.4, 0.2, 0.2, 0.2], 0.5, strip=2)
    Stops(position=3, best=1, fired=True)
    """
    alpha, shape = check_positive("alpha", alpha), np.shape(validation)
    if shape != np.shape(training):
        raise ValueError(
            f"validation and training must have one shape; got {shape} and {np.shape(training)}"
        )
    loss, progress = generalization_loss(validation), training_progress(training, strip)
    # Written without a division: progress can be 0. NaN progress (before epoch k) never fires.
    with np.errstate(invalid="ignore"):
        fires = (loss > alpha * progress) & strip_ends(loss.shape[-1], strip)
    return stops_where(fires, as_costs(validation))


def growth_stops(validation: ArrayLike, strips: int, *, strip: int = STRIP) -> Stops:
    """Return where UP_s stops: when validation error has grown over s strips in a row.

    It compares E_va(t) with E_va(t - k) at ends of strips alone, so it does not ask how much, and
    the first comparison is at epoch 2k.

    Args: validation: (..., E); strips: s >= 1 (Prechelt: 2 to 8); strip: k >= 1.
    Raises: ValueError for an argument out of range, or curves shorter than one strip.

    >>> growth_stops([0.5, 0.3, 0.4, 0.4, 0.5, 0.5], 2, strip=2)
    Stops(position=5, best=1, fired=True)
    """
    strips, costs = check_count("strips", strips), _errors("validation", validation)
    k = _strip(strip, costs)
    grows = costs[..., k:] > costs[..., :-k]  # (..., E - k): at position i + k
    fires = np.zeros(costs.shape, dtype=bool)
    for end in range((strips + 1) * k - 1, costs.shape[-1], k):
        fires[..., end] = grows[..., end - strips * k : end - k + 1 : k].all(axis=-1)
    return stops_where(fires, costs)


def strip_ends(epochs: int, strip: int = STRIP) -> np.ndarray:
    """Return which of the epochs 1 .. `epochs` end a strip: (epochs,) of bool.

    >>> strip_ends(5, strip=2).tolist()
    [False, True, False, True, False]
    """
    return np.arange(1, epochs + 1) % strip == 0


def _errors(name: str, curves: ArrayLike) -> np.ndarray:
    costs = as_costs(curves)
    if (costs < 0).any():
        raise ValueError(
            f"{name} must hold errors or losses >= 0, since quotients are taken; got "
            f"{costs.min():g}"
        )
    return costs


def _strip(strip: int, costs: np.ndarray) -> int:
    k = check_count("strip", strip)
    if k > costs.shape[-1]:
        raise ValueError(f"a strip of {k} epochs needs as many; the curves have {costs.shape[-1]}")
    return k
