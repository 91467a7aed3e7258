"""Networks on signals: one recipe, and the arms that the chapter compares.

Two hidden layers of 64 units, SGD with momentum 0.9, minibatches of 100, a learning rate that
falls as a cosine. Learning rates are each arm's own, chosen as SEEDS.md tells.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
import xarray as xr

from reglab.augmentation import (
    SIGNAL_OPERATIONS,
    AddNoise,
    CutMix,
    Cutout1d,
    Mixup,
    Negate,
    Reverse,
    Scale,
    Shift,
    TrivialAugment,
)
from reglab.data import signals
from reglab.targets import expected_calibration_error
from reglab.train import fleet, mlp

WIDTH = 64
EPOCHS = {300: 200, 500: 120, 1000: 60, 2000: 30, 4000: 20}  # 600 to 800 steps each

Arm = list | dict[str, Any]

STRENGTHS = (0, 1, 3, 8, 20)
# Names of arms, with the learning rate and the technique of each, for 1000 examples.
KINDS: dict[str, tuple[float, Any]] = {
    "none": (0.2, None),
    "shift ±3": (0.2, Shift(3)),
    "noise 0.2": (0.2, AddNoise(0.2)),
    "scale 0.3": (0.2, Scale(0.3)),
    "TrivialAugment": (0.2, TrivialAugment(SIGNAL_OPERATIONS)),
    "cutout 6": (0.2, Cutout1d(6)),
    "mixup 0.2": (0.2, Mixup(0.2)),
    "CutMix": (0.2, CutMix(1.0)),
    "reversed": (0.2, Reverse()),
    "sign flipped": (0.2, Negate()),
}


def arm(lr: float, technique: Any = None) -> dict[str, Any]:
    """Return the settings of an arm, as `fleet(arms=...)` takes them."""
    return dict(lr=lr, techniques=[] if technique is None else [technique])


def trained(
    arms: Mapping[str, Arm], seeds: Iterable[int], n: int = 1000, **settings: Any
) -> xr.Dataset:
    """Train the chapter's networks on n signals: a dataset over (arm, seed), last epoch only."""
    runs = fleet(
        mlp(WIDTH),
        signals,
        arms=dict(arms),
        n_train=n,
        seeds=seeds,
        epochs=(epochs := settings.pop("epochs", EPOCHS[n])),
        report=[epochs],
        schedule="cosine",
        **settings,
    )
    return runs.isel(epoch=-1)


def kinds(seeds: Iterable[int], names: Sequence[str] | None = None, **settings: Any) -> xr.Dataset:
    """Train the arms of KINDS, or those named, on 1000 signals, and keep their predictions."""
    arms = {name: arm(*KINDS[name]) for name in (names or KINDS)}
    return trained(arms, seeds, keep=["predictions", "networks"], **settings)


def shifts(
    seeds: Iterable[int], n: int, strengths: Sequence[int] = STRENGTHS, lr: float = 0.2
) -> xr.Dataset:
    """Train with circular shifts of up to each strength: a dataset over (strength, seed)."""
    arms = {f"{k}": arm(lr, Shift(k) if k else None) for k in strengths}
    runs = trained(arms, seeds, n)
    return runs.rename(arm="strength").assign_coords(strength=list(strengths))


def calibration_errors(runs: xr.Dataset) -> xr.DataArray:
    """Return the expected calibration error of the test predictions, over (arm, seed)."""

    def error(outputs, seed):
        p = torch.from_numpy(outputs).softmax(-1)
        return expected_calibration_error(p, signals(int(seed)).test.y)

    return xr.apply_ufunc(
        error,
        runs.test_output,
        runs.seed,
        input_core_dims=[["test_example", "output"], []],
        vectorize=True,
    )
