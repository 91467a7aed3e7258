"""The table that a fleet fills in, bucket by bucket, and the labeled dataset made of it."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from torch import nn

from reglab.core import check_shape
from reglab.train.engines.task import Task
from reglab.train.history import CURVES
from reglab.train.running.units import load_state
from reglab.train.settings import Grid, describe


class Results:
    """One row per network, in the order of the grid.

    Args:
        grid: the networks.
        reported: epochs measured at.
        keep: which of KEEP to collect beside the curves.
        like: the task of some of the networks: the sizes of its data, and its dtype.
    """

    def __init__(self, grid: Grid, reported: Sequence[int], keep: Sequence[str], like: Task):
        self.grid, self.reported, self.keep, self.like = grid, reported, keep, like
        rows = len(grid.networks)
        self.curves = {name: np.full((rows, len(reported)), np.nan) for name in CURVES}
        self.networks = np.empty(rows, dtype=object)
        self.snapshots = np.empty((rows, len(reported)), dtype=object)
        self.outputs: dict[int, np.ndarray] = {}
        self.seconds = 0.0

    def add(self, members: Sequence[int], found: Mapping[str, np.ndarray]) -> None:
        """Fill in the rows of one bucket; `found` is what `run` returned for it."""
        for name in CURVES:
            self.curves[name][list(members)] = found[name]
        self.seconds += float(found["seconds"])
        for m, i in enumerate(members):
            if "predictions" in self.keep:
                self.outputs[i] = found["test_output"][m]
            if "networks" in self.keep:
                self.networks[i] = self.network(i, found[f"state {m}"])
            if "snapshots" in self.keep:
                states = found[f"state {m}"]
                self.snapshots[i] = [self.network(i, state) for state in states]

    def check(self, members: Sequence[int], found: Mapping[str, np.ndarray]) -> None:
        """ValueError or KeyError unless `found` is a whole result of these networks.

        What a process has computed is right; what a store holds may have been written by anyone.
        """
        rows, z = len(members), found.get("test_output")
        for name in CURVES:
            check_shape(name, found[name], (rows, len(self.reported)))
        check_shape("seconds", found["seconds"], ())
        if "predictions" in self.keep:
            test = self.like.data[0].test
            tokens = test.y.shape[1:] if self.like.data[0].classes else ()
            check_shape("test_output", z, (rows, len(test), *tokens, self.like.outputs))
        numbers = [found[name] for name in (*CURVES, "seconds")] + ([] if z is None else [z])
        if odd := [values.dtype for values in numbers if values.dtype.kind != "f"]:
            raise ValueError(f"results are floats; got {odd[0]}")
        for m, i in enumerate(members):
            if "networks" in self.keep:
                self.network(i, found[f"state {m}"])
            if "snapshots" in self.keep:
                check_shape(f"state {m}", found[f"state {m}"], (len(self.reported), None))
                for state in found[f"state {m}"]:
                    self.network(i, state)

    def network(self, i: int, state: np.ndarray) -> nn.Module:
        """Network i of the grid as it was when trained, from the bytes of its state."""
        one, like = self.grid.networks[i], self.like
        inputs = like.data[0].train.x[0].numel()
        built = one.spec.build(inputs, like.outputs, one.seed, like.dtype)
        return load_state(built, state)

    def dataset(self, **attrs) -> xr.Dataset:
        """The finished dataset; warns of networks that diverged."""
        dims, shape = list(self.grid.dims), self.grid.shape
        parts = {
            name: ([*dims, "epoch"], values.reshape(*shape, -1))
            for name, values in self.curves.items()
        }
        lost = ~np.isfinite(self.curves["train_loss"][:, -1])
        parts["diverged"] = (dims, lost.reshape(shape))
        if "networks" in self.keep:
            parts["network"] = (dims, self.networks.reshape(shape))
        if "snapshots" in self.keep:
            parts["network"] = ([*dims, "epoch"], self.snapshots.reshape(*shape, -1))
        if "predictions" in self.keep:
            # rows, test examples, tokens if there are, outputs
            z = np.stack([self.outputs[i] for i in range(len(lost))])
            own = ["test_example", *(["token"] if z.ndim > 3 else []), "output"]
            parts["test_output"] = ([*dims, *own], z.reshape(*shape, *z.shape[1:]))
        warn_of(self.grid, lost)
        coords = {**self.grid.dims, "epoch": list(self.reported)}
        attrs = self.fixed() | attrs | {"run_seconds": round(self.seconds, 3)}
        found = xr.Dataset(parts, coords=coords, attrs=attrs)
        for part in found.data_vars.values():
            part.attrs["run_seconds"] = attrs["run_seconds"]  # where `claim` finds it
        return found

    def fixed(self) -> dict[str, Any]:
        """The settings that all networks share, without None; techniques as text."""
        fixed = dict(self.grid.fixed)
        losses = {n.training.loss for n in self.grid.networks}
        fixed["loss"] = losses.pop() if len(losses) == 1 else None
        techniques = ", ".join(map(repr, fixed.pop("techniques", ())))
        fixed["techniques"] = techniques or None
        return {name: value for name, value in fixed.items() if value is not None}


def warn_of(grid: Grid, lost: np.ndarray) -> None:
    """Say which networks diverged, if any."""
    if not lost.any():
        return
    named = [describe(grid.networks[i]) for i in np.flatnonzero(lost)]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    warnings.warn(
        f"{len(named)} of {len(lost)} networks diverged and are NaN; try a smaller lr: "
        f"{'; '.join(named[:3])}{more}",
        RuntimeWarning,
        stacklevel=5,  # the line that called fleet or sweep
    )


def test_error_at_best_epoch(runs: xr.Dataset) -> xr.DataArray:
    """Return each run's test error at the reported epoch of its lowest validation error.

    Early stopping, judged afterwards: the earliest of equal epochs counts.
    """
    best = runs.val_error.argmin("epoch")
    return runs.test_error.isel(epoch=best).drop_vars("epoch")
