"""Exercise patience_stop: where a rule of patience ends training, and what it returns.

Symbols     values (E,): validation errors after epochs 1, 2, ... E.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, kind
from reglab.exercises.exercise import Exercise, Run

CURVES = [
    [0.5],
    [0.5, 0.4],
    [0.4, 0.5],
    [0.5, 0.4, 0.4, 0.4],
    [0.5, 0.3, 0.4, 0.2],
    [0.5, 0.3, 0.4, 0.35, 0.6, 0.1],
    [0.9, 0.5, 0.6, 0.4, 0.5, 0.5, 0.3, 0.4, 0.4, 0.4, 0.2],
]


def patience_stop(values: NDArray, patience: int) -> tuple[int, int]:
    """Return (the last epoch trained, the epoch whose weights to return), both from 1."""
    best = 0
    for epoch in range(1, len(values)):
        if values[epoch] < values[best]:
            best = epoch
        if epoch - best == patience:
            return epoch + 1, best + 1
    return len(values), best + 1


def _two_epochs(answer: Any, values: NDArray, patience: int) -> tuple[int, int]:
    if not isinstance(answer, tuple | list | np.ndarray) or np.shape(answer) != (2,):
        raise Malformed(f"two epochs were expected; it returned {kind(answer)}")
    epochs = tuple(answer)
    if not all(np.issubdtype(type(e), np.integer) or type(e) is int for e in epochs):
        raise Malformed(f"two whole numbers were expected; it returned {answer!r}")
    return int(epochs[0]), int(epochs[1])


PATIENCE = Exercise(
    name="patience_stop",
    arguments=("values", "patience"),
    task="Return the last epoch that is trained, and the epoch whose weights are returned.",
    returns="two epochs",
    parse=_two_epochs,
    cases=[(np.array(curve), patience) for curve in CURVES for patience in (1, 2, 3)],
    reference=patience_stop,
)


@PATIENCE.must(
    "the last epoch is the one at which patience is used up",
    "Count the epochs since the lowest error so far. Stop when there are `patience` of them.",
)
def _last(run: Run, values, patience):
    got, want = run(values, patience)[0], patience_stop(values, patience)[0]
    expect(got == want, f"training ends after epoch {got}; it should be {want}")


@PATIENCE.must(
    "the weights are those of the lowest error up to there, the first of equals",
    "Remember the epoch at which the error was strictly below all before.",
)
def _best(run: Run, values, patience):
    got, want = run(values, patience)[1], patience_stop(values, patience)[1]
    expect(got == want, f"it returns the weights of epoch {got}; it should be {want}")


@PATIENCE.must(
    "the weights are those of an epoch that was trained",
    "The epoch of the weights is never after the last one.",
)
def _trained(run: Run, values, patience):
    last, best = run(values, patience)
    expect(1 <= best <= last <= len(values), f"epoch {best} of a training of {last} epochs")


@PATIENCE.mistake("These epochs count from 0. The first epoch is epoch 1.")
def _from_zero(values, patience):
    last, best = patience_stop(values, patience)
    return last - 1, best - 1


@PATIENCE.mistake("The weights of the last epoch are returned. Restore those of the best one.")
def _not_restored(values, patience):
    last, _ = patience_stop(values, patience)
    return last, last


@PATIENCE.mistake("It looks at epochs after the stop, which were never trained.")
def _sees_ahead(values, patience):
    return patience_stop(values, patience)[0], int(np.argmin(values)) + 1


@PATIENCE.mistake("Each error is compared with the one before. Compare it with the best so far.")
def _with_the_one_before(values, patience):
    wait = best = 0
    for epoch in range(1, len(values)):
        wait = 0 if values[epoch] < values[epoch - 1] else wait + 1
        best = epoch if values[epoch] < values[best] else best
        if wait == patience:
            return epoch + 1, best + 1
    return len(values), best + 1


@PATIENCE.mistake("A tie counts as an improvement here. Only a lower error does.")
def _ties(values, patience):
    best = 0
    for epoch in range(1, len(values)):
        best = epoch if values[epoch] <= values[best] else best
        if epoch - best == patience:
            return epoch + 1, best + 1
    return len(values), best + 1


@PATIENCE.mistake(
    "It trains one epoch too many: stop at the patience-th epoch without improvement."
)
def _one_more(values, patience):
    return patience_stop(values, patience + 1)
