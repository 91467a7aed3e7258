"""Inter- and extrapolation within a class: in the inputs, and in an autoencoder's features."""

from collections.abc import Sequence

import xarray as xr

from reglab.augmentation import Extrapolate, Interpolate
from reglab.chapters.augmentation.autoencoder import STEPS, with_features
from reglab.chapters.augmentation.networks import EPOCHS, LR, WIDTH
from reglab.data import signals
from reglab.train import fleet, mlp

N = 300
ARMS: dict[str, list] = {
    "none": [],
    "interpolation": [Interpolate(1.0)],
    "extrapolation": [Extrapolate(1.0)],
}


def trained(
    seeds: Sequence[int],
    space: str,
    names: Sequence[str] = tuple(ARMS),
    epochs: int = EPOCHS[N],
    steps: int = STEPS,
) -> xr.Dataset:
    """Train on 300 examples in a space, "inputs" or "features": a dataset over (arm, seed)."""
    seeds = list(seeds)
    splits = [signals(seed, n_train=N) for seed in seeds]
    if space == "features":
        splits = with_features(splits, seeds, steps)
    by_seed = dict(zip(seeds, splits, strict=True))
    return fleet(
        mlp(WIDTH),
        lambda seed: by_seed[seed],
        arms={name: ARMS[name] for name in names},
        lr=LR,
        seeds=seeds,
        epochs=epochs,
        report=[epochs],
        schedule="cosine",
    ).isel(epoch=-1)
