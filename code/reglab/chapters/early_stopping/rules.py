"""What rules make of recorded curves: trade-offs, and views of one network for a figure."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from reglab.chapters.early_stopping import networks as nets
from reglab.stopping import (
    Stops,
    best_positions,
    growth_stops,
    loss_stops,
    patience_stops,
    quotient_stops,
    values_at,
)

PATIENCES = (1, 2, 3, 5, 10, 20)
ALPHAS = (1, 5, 10, 20, 40)  # percent
QUOTIENTS = (0.1, 0.5, 1, 2, 3)  # percent of loss for each per mille of progress
STRIPS = (1, 2, 3)


def stops_of(validation: np.ndarray, training: np.ndarray) -> dict[str, dict[float, Stops]]:
    """Apply patience and Prechelt's three families of rules to errors (..., epoch) from epoch 0.

    Returns {family: {setting: stops}}, with positions that count from epoch 0.
    """
    trained, fitted = validation[..., 1:], training[..., 1:]  # his start after the first epoch
    return {
        "patience": {p: patience_stops(validation, p) for p in PATIENCES},
        "generalization loss": {a: _one_later(loss_stops(trained, a)) for a in ALPHAS},
        "quotient": {a: _one_later(quotient_stops(trained, fitted, a)) for a in QUOTIENTS},
        "growth over strips": {s: _one_later(growth_stops(trained, s)) for s in STRIPS},
    }


def _one_later(stops: Stops) -> Stops:
    return stops._replace(position=stops.position + 1, best=stops.best + 1)


def compare(runs: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return for each family the `epochs` trained and the `excess` test error, (setting, seed).

    The excess is the test error of the returned network, less that of the best epoch of the whole
    run (by validation error as well): what stopping early has cost.
    """
    validation = runs.val_error.values
    best = nets.errors_at(runs, best_positions(validation))
    found = {}
    for family, rules in stops_of(validation, runs.train_error.values).items():
        excess = [nets.errors_at(runs, stops.best) - best for stops in rules.values()]
        epochs = [best.copy(data=stops.position.astype(float)) for stops in rules.values()]
        setting = xr.Variable("setting", list(rules))
        found[family] = xr.Dataset(
            {"epochs": xr.concat(epochs, setting), "excess": xr.concat(excess, setting)}
        )
    return found


def stop_with(runs: xr.Dataset, patiences: Sequence[int]) -> xr.Dataset:
    """Return test errors of the `last` and of the `restored` weights, over (patience, seed)."""
    stops = [patience_stops(runs.val_error.values, p) for p in patiences]
    found = {
        "last": [nets.errors_at(runs, s.position) for s in stops],
        "restored": [nets.errors_at(runs, s.best) for s in stops],
    }
    patience = xr.Variable("patience", list(patiences))
    return xr.Dataset({name: xr.concat(errors, patience) for name, errors in found.items()})


def stop_each_way(runs: xr.Dataset) -> xr.Dataset:
    """Return test errors (seed) at the best epoch by validation `error` and by `loss`."""
    return xr.Dataset(
        {
            kind: nets.errors_at(runs, best_positions(runs[f"val_{kind}"].values))
            for kind in ("error", "loss")
        }
    )


def cut_schedule(seeds: Iterable[int]) -> xr.Dataset:
    """Return test errors (seed) after 5 epochs: of a 20-epoch cosine, `cut`, and of a `short` one.

    And after all 20, `full`. Right labels, 4000 examples, each schedule at its own rate.
    """
    seeds, common = list(seeds), dict(n_train=4000, schedule="cosine")
    long = nets.train(
        seeds, epochs=nets.LONG, lr=nets.CUT_LR, report=[nets.CUT, nets.LONG], **common
    )
    short = nets.train(seeds, epochs=nets.CUT, lr=nets.SHORT_LR, report=[nets.CUT], **common)
    at = {"cut": (long, nets.CUT), "short": (short, nets.CUT), "full": (long, nets.LONG)}
    return xr.Dataset(
        {name: run.test_error.sel(epoch=epoch, drop=True) for name, (run, epoch) in at.items()}
    )


def patience_views(runs: dict[str, xr.Dataset], patiences: Sequence[int]) -> dict[str, np.ndarray]:
    """Return what the figure of one network per knob shows, over (labels, network, patience, ...).

    `val`, `test` (L, S, 1, E) are its curves, NaN after the shorter runs' end. Over (L, S, P):
    `stop` and `best` epochs, `last` and `restored` test errors; `stop_val` and `best_val`
    (L, S, P, 1) validation errors. All runs need equally many seeds.
    """
    longest = max(run.sizes["epoch"] for run in runs.values())
    rows = [_views(run, patiences, longest) for run in runs.values()]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _views(run: xr.Dataset, patiences: Sequence[int], longest: int) -> dict[str, np.ndarray]:
    val, test = (run[f"{part}_error"].values for part in ("val", "test"))  # (S, E)
    stops = [patience_stops(val, p) for p in patiences]
    end = ((0, 0), (0, longest - val.shape[1]))
    found = {
        "stop": [s.position for s in stops],
        "best": [s.best for s in stops],
        "last": [values_at(test, s.position) for s in stops],
        "restored": [values_at(test, s.best) for s in stops],
        "stop_val": [values_at(val, s.position)[:, None] for s in stops],
        "best_val": [values_at(val, s.best)[:, None] for s in stops],
    }
    curves = {
        name: np.pad(curve, end, constant_values=np.nan)[:, None]
        for name, curve in [("val", val), ("test", test)]
    }
    return curves | {name: np.stack(rows, axis=1) for name, rows in found.items()}
