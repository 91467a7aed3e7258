"""Networks on signals: one recipe, and the arms that the chapter compares.

Two hidden layers of 64 units, SGD with momentum 0.9, minibatches of 100, a learning rate that
falls as a cosine. It was tuned for each arm; SEEDS.md has the grids.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import nn

from reglab.augmentation import (
    SIGNAL_OPERATIONS,
    AddNoise,
    CutMix,
    Cutout1d,
    ManifoldMixup,
    MixedLayers,
    Mixup,
    Negate,
    RandAugment,
    Reverse,
    Scale,
    Shift,
    TimeWarp,
    TrivialAugment,
)
from reglab.data import signals
from reglab.targets import expected_calibration_error
from reglab.train import fleet, mlp, modules

WIDTH = 64
EPOCHS = {300: 200, 500: 120, 1000: 60, 2000: 30, 4000: 20}  # 600 to 800 steps each

LR = 0.2  # best on validation for every arm here, see SEEDS.md
STRENGTHS = (0, 1, 3, 8, 20)


def mixed_layers(seed: int, inputs: int = 40, classes: int = 10) -> MixedLayers:
    """Return the network of mlp(WIDTH) for this seed, as layers that can be mixed."""
    first, relu, second, _, last = mlp(WIDTH).build(inputs, classes, seed)
    return MixedLayers([nn.Sequential(first, relu), nn.Sequential(second, relu), last], inputs)


KINDS: dict[str, list | dict[str, Any]] = {
    "none": [],
    "shift ±3": [Shift(3)],
    "time warp 2": [TimeWarp(2.0)],
    "TrivialAugment": [TrivialAugment(SIGNAL_OPERATIONS)],
    "RandAugment": [RandAugment(3, 0.3, SIGNAL_OPERATIONS)],
    "noise 0.2": [AddNoise(0.2)],
    "scale 0.3": [Scale(0.3)],
    "mixup 0.2": [Mixup(0.2)],
    "manifold mixup": dict(  # of layers 0 (the inputs), 1 and 2
        model=modules(mixed_layers), techniques=[ManifoldMixup(0.2)]
    ),
    "cutout 6": [Cutout1d(6)],
    "CutMix": [CutMix(1.0)],
    "reversed": [Reverse()],
    "sign flipped": [Negate()],
}


def trained(
    arms: Mapping[str, Any], seeds: Iterable[int], n: int = 1000, **settings: Any
) -> xr.Dataset:
    """Train the chapter's networks on n signals: a dataset over (arm, seed), last epoch only.

    `arms`: name -> its techniques, or its settings; `settings`: of `fleet`, for all arms.
    """
    epochs = settings.setdefault("epochs", EPOCHS[n])
    settings = dict(model=mlp(WIDTH), lr=LR, schedule="cosine", report=[epochs]) | settings
    runs = fleet(data=signals, arms=dict(arms), n_train=n, seeds=seeds, **settings)
    return runs.isel(epoch=-1)


def kinds(seeds: Iterable[int], names: Sequence[str] = tuple(KINDS), **settings: Any) -> xr.Dataset:
    """Train arms of KINDS by name on 1000 signals; keep their networks and predictions."""
    arms = {name: KINDS[name] for name in names}
    settings = dict(keep=["predictions", "networks"]) | settings
    return trained(arms, seeds, **settings)


def shifts(
    seeds: Iterable[int], n: int, strengths: Sequence[int] = STRENGTHS, **settings: Any
) -> xr.Dataset:
    """Train with circular shifts of up to each strength: a dataset over (strength, seed)."""
    arms = {f"±{k}": [Shift(k)] if k else [] for k in strengths}
    runs = trained(arms, seeds, n, **settings)
    return runs.rename(arm="strength").assign_coords(strength=list(strengths))


def for_each(runs: xr.Dataset, name: str, function: Callable[[Any, int], Any]) -> xr.DataArray:
    """Return function(value, seed) for each network's value of a variable, over (arm, seed)."""
    found = [
        [function(runs[name].sel(arm=a, seed=s).values[()], int(s)) for s in runs.seed.values]
        for a in runs.arm.values
    ]
    values = np.array(found)
    dims = ["arm", "seed", *(f"axis {i}" for i in range(values.ndim - 2))]
    return xr.DataArray(values, dims=dims, coords={"arm": runs.arm, "seed": runs.seed})


def calibration_errors(runs: xr.Dataset) -> xr.DataArray:
    """Return the expected calibration error of the test predictions, over (arm, seed)."""

    def error(outputs: NDArray, seed: int) -> float:
        p = torch.from_numpy(outputs).softmax(-1)
        return float(expected_calibration_error(p, signals(seed).test.y))

    return for_each(runs, "test_output", error)
