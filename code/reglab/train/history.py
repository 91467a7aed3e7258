"""The record of one training run: losses and errors of the three parts, by epoch."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from reglab.core import check_choice, check_count, check_list

CURVES = tuple(f"{part}_{kind}" for part in ("train", "val", "test") for kind in ("loss", "error"))


@dataclass(frozen=True, eq=False)
class History:
    """Curves of one run, measured in eval mode after `epoch` epochs (0 is before training).

    Every curve is an array (epochs,); an error is a fraction in [0, 1]. NaN where there is
    nothing to measure: an empty part, or the error of a regression.
    """

    epoch: np.ndarray
    train_loss: np.ndarray
    train_error: np.ndarray
    val_loss: np.ndarray
    val_error: np.ndarray
    test_loss: np.ndarray
    test_error: np.ndarray

    def __len__(self) -> int:
        return len(self.epoch)

    def __repr__(self) -> str:
        return f"History({len(self)} measurements, epochs {self.epoch[0]} to {self.epoch[-1]})"

    def best_epoch(self, curve: str = "val_loss") -> int:
        """Return the first epoch at which `curve` is lowest: where to have stopped.

        Raises: ValueError if the curve is unknown, or holds no number (an empty part).
        """
        values = getattr(self, check_choice("curve", curve, CURVES))
        if np.isnan(values).all():
            raise ValueError(f"{curve} was not measured: that part of the data is empty, or real")
        return int(self.epoch[np.nanargmin(values)])

    def at(self, epoch: int) -> dict[str, float]:
        """Return all curves' values after `epoch` epochs, by name."""
        found = np.flatnonzero(self.epoch == epoch)
        if len(found) == 0:
            raise ValueError(f"epoch {epoch} was not reported; there are {self.epoch.tolist()}")
        return {name: float(getattr(self, name)[found[0]]) for name in CURVES}

    def to_xarray(self) -> xr.Dataset:
        """Return the curves as a labeled dataset over epoch, as `fleet` returns them."""
        curves = {name: ("epoch", getattr(self, name)) for name in CURVES}
        return xr.Dataset(curves, coords={"epoch": self.epoch})


def report_epochs(report: Iterable[int] | None, epochs: int, pieces: int) -> list[int]:
    """Epochs to measure at, in order: those named, or 0 to `epochs` in about `pieces` steps.

    Raises: ValueError if there is none, or one lies outside 0 .. epochs.
    """
    check_count("epochs", epochs, minimum=0)
    if report is None:
        return sorted({*range(0, epochs + 1, max(1, epochs // pieces)), epochs})
    chosen = sorted(
        {check_count("report", epoch, minimum=0) for epoch in check_list("report", report)}
    )
    if not chosen or chosen[-1] > epochs:
        raise ValueError(f"report must name epochs in 0 .. {epochs}; got {chosen}")
    return chosen
