"""Networks on images of digits: what flips and turns do to each class; a shifted test set.

300 images of 8 x 8 pixels to train on, 1200 to test; otherwise as in `networks`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import nn

from reglab.augmentation import Crop, Flip, QuarterTurns, Rotate, WithShape
from reglab.chapters.augmentation.networks import WIDTH, arm
from reglab.data import Splits, digits
from reglab.train import fleet, mlp

SIDE, CLASSES, EPOCHS = 8, 10, 120
ARMS = {
    "none": None,
    "rotated ±15°": Rotate(15),
    "flipped": Flip(),
    "upside down": QuarterTurns((0, 2)),
    "moved ±1 pixel": Crop(1),
}


def images(seed: int) -> Splits:
    """Draw the digits of the chapter: 300 to train on, 297 to validate, 1200 to test."""
    return digits(seed, n_train=300, n_val=297, n_test=1200)


def trained(
    seeds: Iterable[int], rates: Mapping[str, float], epochs: int = EPOCHS, **settings: Any
) -> xr.Dataset:
    """Train the arms named in `rates`, each at its rate: a dataset over (arm, seed)."""
    shaped = {name: WithShape((SIDE, SIDE), ARMS[name]) for name in rates if ARMS[name]}
    return fleet(
        mlp(WIDTH),
        images,
        arms={name: arm(lr, shaped.get(name)) for name, lr in rates.items()},
        seeds=seeds,
        epochs=epochs,
        report=[epochs],
        schedule="cosine",
        keep=["predictions", "networks"],
        **settings,
    ).isel(epoch=-1)


def answers(runs: xr.Dataset) -> xr.DataArray:
    """Return shares over (arm, seed, true, answer): of each class, how often each is answered."""

    def shares(outputs: NDArray, seed: int) -> NDArray:
        true = images(int(seed)).test.y.numpy()
        counts = np.zeros((CLASSES, CLASSES))
        np.add.at(counts, (true, outputs.argmax(-1)), 1)
        return counts / counts.sum(1, keepdims=True)

    found = xr.apply_ufunc(
        shares,
        runs.test_output,
        runs.seed,
        input_core_dims=[["test_example", "output"], []],
        output_core_dims=[["true", "answer"]],
        vectorize=True,
    )
    return found.assign_coords(true=range(CLASSES), answer=range(CLASSES))


def class_errors(runs: xr.Dataset) -> xr.DataArray:
    """Return the test error of each class, over (arm, seed, true)."""
    shares = answers(runs)
    return 1 - xr.concat([shares.sel(true=k, answer=k) for k in range(CLASSES)], "true")


def moved_test_error(runs: xr.Dataset) -> xr.DataArray:
    """Return the error on the test images moved by one pixel, mean over the eight directions."""
    moves = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]

    def error(network: nn.Module, seed: int) -> float:
        test = images(int(seed)).test
        x = nn.functional.pad(test.x.reshape(-1, SIDE, SIDE), [1] * 4)
        with torch.no_grad():
            wrong = [
                network(x[:, 1 + i : 9 + i, 1 + j : 9 + j].flatten(1)).argmax(1) != test.y
                for i, j in moves
            ]
        return torch.stack(wrong).double().mean().item()

    return xr.apply_ufunc(error, runs.network, runs.seed, vectorize=True)
