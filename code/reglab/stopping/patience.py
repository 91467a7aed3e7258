"""Early stopping with patience, for a training loop of your own: when to stop, and what to return.

Source      Prechelt (1998), "Early Stopping -- But When?", section 1; Goodfellow, Bengio, Courville
            (2016), "Deep Learning", algorithm 7.1: patience, and the return of the best weights.
Departures  `mode`, `patience` and `min_delta` mean what they mean in Keras and in Lightning: an
            improvement is a value lower than the best one by more than min_delta, and training
            stops at the patience-th value in a row that is none. Where the two differ, or both
            surprise: a value that is NaN or infinite counts as no improvement (as in Keras;
            Lightning stops at once); min_delta decides on patience alone, and the weights returned
            are those of the very best value, ties to the first (Keras returns those of the last
            improvement by more than min_delta, Lightning leaves it to ModelCheckpoint); patience 0,
            which both treat as 1, is refused; there is no mode "auto", which guesses from a name.
Symbols     A monitor is the number that decides, such as the validation error after an epoch.
"""

import math
from numbers import Real
from typing import Any

from torch import Tensor, nn

from reglab.core import check_choice, check_count, check_nonnegative

MODES = ("min", "max")


class EarlyStopping:
    """Decides after each epoch whether to stop, and keeps a copy of the best weights.

    With b the best value so far and r the last one that counted as an improvement: `monitor` is
    the new best if it is below b, and counts as an improvement if it is below r - min_delta. The
    first finite value is both. Training stops at the patience-th epoch in a row without one.

        stopping = EarlyStopping(patience=5)
        for epoch in range(100):
            train_one_epoch(model)
            if stopping.step(validation_error(model), model):
                break
        stopping.restore(model)  # also needed if the loop ended by itself

    Args:
        patience: epochs without improvement, in a row, after which to stop; >= 1.
        mode: "min" if a low monitor is good (loss, error), "max" if a high one is (accuracy).
        min_delta: a change of at most this much is no improvement; >= 0, in the monitor's unit.
        restore_best: keep a copy of the best weights, for `restore`.
    Attributes: epoch (calls of `step` so far), best and best_epoch (from 1; None before the first
        finite value), wait (epochs since the last improvement), stopped.
    Raises: ValueError for an argument that is out of range.

    >>> stopping = EarlyStopping(patience=2, restore_best=False)
    >>> [stopping.step(error) for error in (0.5, 0.3, 0.4, 0.3)]
    [False, False, False, True]
    >>> stopping.best, stopping.best_epoch
    (0.3, 2)
    """

    def __init__(
        self,
        patience: int = 3,
        *,
        mode: str = "min",
        min_delta: float = 0.0,
        restore_best: bool = True,
    ):
        self.patience = check_count("patience", patience)
        self.mode = check_choice("mode", mode, MODES)
        self.min_delta = check_nonnegative("min_delta", min_delta)
        self.restore_best = restore_best
        self.epoch = self.wait = 0
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.reference: float | None = None  # the last value that counted as an improvement
        self.weights: dict[str, Any] | None = None

    @property
    def stopped(self) -> bool:
        """Whether patience is used up; a later improvement makes it False again."""
        return self.wait >= self.patience

    def step(self, monitor: float | Tensor, model: nn.Module | None = None) -> bool:
        """Take the monitor's value after one more epoch; return True if training should stop.

        Args:
            monitor: one number, or a tensor that holds one.
            model: whose weights and buffers are copied if this is the best epoch so far; needed
                unless restore_best is False.
        Raises: ValueError if `monitor` is not one number, or the model is missing.
        """
        value = one_number(monitor)
        if self.restore_best and model is None:
            raise ValueError("step(monitor, model) needs the model; or pass restore_best=False")
        self.epoch += 1
        self.wait += 1
        if not math.isfinite(value):
            return self.stopped
        if self._is_better(value, self.best):
            self.best, self.best_epoch = value, self.epoch
            if self.restore_best and model is not None:
                self.weights = _copy(model.state_dict())
        if self._is_better(value, self.reference, self.min_delta):
            self.reference, self.wait = value, 0
        return self.stopped

    def restore(self, model: nn.Module) -> None:
        """Load the weights and buffers of the best epoch into `model`.

        Raises: ValueError with restore_best=False, or if no epoch had a finite value.
        """
        if not self.restore_best:
            raise ValueError("restore_best=False keeps no weights; pass restore_best=True")
        if self.weights is None:
            raise ValueError(
                f"none of the {self.epoch} epochs so far had a finite monitor, so there are no "
                "best weights; try a smaller learning rate"
            )
        model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resumed run needs: numbers and tensors, as `torch.save` takes them.

        The arguments of the constructor are not in it, so that a resumed run may change them.
        """
        names = ("epoch", "wait", "best", "best_epoch", "reference")
        return {name: getattr(self, name) for name in names} | {"weights": _copy(self.weights)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the `state_dict` of another run was taken.

        A run that was saved and resumed decides as one that was never interrupted.

        Raises: ValueError if the state lacks an entry, or has no weights for `restore`.
        """
        if missing := sorted(self.state_dict().keys() - state.keys()):
            raise ValueError(f"the state lacks {', '.join(missing)}; pass a state_dict() of this")
        if self.restore_best and state["weights"] is None and state["best"] is not None:
            raise ValueError("the state has no weights; it was saved with restore_best=False")
        for name, value in state.items():
            setattr(self, name, _copy(value) if name == "weights" else value)

    def _is_better(self, value: float, than: float | None, by: float = 0.0) -> bool:
        if than is None:
            return True
        return value < than - by if self.mode == "min" else value > than + by


def one_number(monitor: float | Tensor) -> float:
    """Return the monitor as a float; ValueError unless it is one number.

    >>> import torch
    >>> one_number(torch.tensor([0.5]))
    0.5
    """
    try:
        value = getattr(monitor, "item", lambda: monitor)()
    except (RuntimeError, ValueError):  # torch and numpy, of a tensor of several numbers
        value = None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"monitor must be one number; got {monitor!r}; take its mean")
    return float(value)


def _copy(weights: dict[str, Any] | None) -> dict[str, Any] | None:
    """A copy that later steps of the optimizer do not touch; entries may be other than tensors."""
    if weights is None:
        return None
    return {k: v.detach().clone() if isinstance(v, Tensor) else v for k, v in weights.items()}
