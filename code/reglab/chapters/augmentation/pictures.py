"""Networks on images of digits: what flips and turns do to each class; a shifted test set.

300 images of 8 x 8 pixels to train on, 1200 to test; otherwise as in `networks`.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor, nn

from reglab.augmentation import (
    Crop,
    Flip,
    QuarterTurns,
    WithShape,
    mix,
    paste,
)
from reglab.augmentation.erasing import box_mask
from reglab.chapters.augmentation.networks import LR, WIDTH, for_each
from reglab.data import Splits, digits
from reglab.train import fleet, mlp

SIDE, CLASSES, EPOCHS = 8, 10, 120
ARMS = {
    "none": None,
    "flipped": Flip(),
    "upside down": QuarterTurns((0, 2)),
    "moved ±1 pixel": Crop(1),
}


def images(seed: int) -> Splits:
    """Draw the digits of the chapter: 300 to train on, 297 to validate, 1200 to test."""
    return digits(seed, n_train=300, n_val=297, n_test=1200)


def trained(
    seeds: Iterable[int], names: Sequence[str] = tuple(ARMS), epochs: int = EPOCHS
) -> xr.Dataset:
    """Train arms of ARMS by name: a dataset over (arm, seed), with networks and predictions."""
    shaped = {name: [WithShape((SIDE, SIDE), ARMS[name])] for name in names if ARMS[name]}
    return fleet(
        mlp(WIDTH),
        images,
        arms={name: shaped.get(name, []) for name in names},
        lr=LR,
        seeds=seeds,
        epochs=epochs,
        report=[epochs],
        schedule="cosine",
        keep=["predictions", "networks"],
    ).isel(epoch=-1)


def answers(runs: xr.Dataset) -> xr.DataArray:
    """Return shares over (arm, seed, true, answer): of each class, how often each is answered."""

    def shares(outputs: NDArray, seed: int) -> NDArray:
        counts = np.zeros((CLASSES, CLASSES))
        np.add.at(counts, (images(seed).test.y.numpy(), outputs.argmax(-1)), 1)
        return counts / counts.sum(1, keepdims=True)

    found = for_each(runs, "test_output", shares).rename({"axis 0": "true", "axis 1": "answer"})
    return found.assign_coords(true=range(CLASSES), answer=range(CLASSES))


def class_errors(shares: xr.DataArray) -> xr.DataArray:
    """Return the test error of each class, over (arm, seed, true), from the `answers`."""
    shares = shares.transpose("arm", "seed", "true", "answer")
    right = np.diagonal(shares.values, axis1=-2, axis2=-1)
    return shares.isel(answer=0, drop=True).copy(data=1 - right)


def new_confusions(shares: xr.DataArray, arm: str, count: int = 2) -> list[tuple[int, int]]:
    """Return the pairs (true class, answer) that an arm confuses more than "none", worst first."""
    more = (shares.sel(arm=arm) - shares.sel(arm="none")).mean("seed")
    more = more.where(more.true != more.answer, -1.0).stack(pair=["true", "answer"])
    worst = more.sortby(more, ascending=False).pair.values[:count]
    return [(int(true), int(answer)) for true, answer in worst]


def moved_test_error(runs: xr.Dataset) -> xr.DataArray:
    """Return the error on the test images moved by one pixel, mean over the eight directions."""
    moves = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2) if (i, j) != (1, 1)]

    def error(network: nn.Module, seed: int) -> float:
        test = images(seed).test
        padded = nn.functional.pad(test.x.reshape(-1, SIDE, SIDE), [1] * 4)
        with torch.no_grad():
            wrong = [
                network(padded[:, i : i + SIDE, j : j + SIDE].flatten(1)).argmax(1) != test.y
                for i, j in moves
            ]
        return torch.stack(wrong).double().mean().item()

    return for_each(runs, "network", error)


def mixtures(one: Tensor, other: Tensor, lams: Sequence[float]) -> tuple[NDArray, NDArray]:
    """Mix two images (8, 8) by mixup, and by CutMix with a box in the middle.

    Returns: the mixtures (2, len(lams), 8, 8), and the share of `one` in each target, (2, lams).
    """
    pair, partners = torch.stack([one, other]), torch.tensor([1, 0])
    pictures, shares = np.zeros((2, len(lams), SIDE, SIDE)), np.zeros((2, len(lams)))
    for i, lam in enumerate(lams):
        side = round(SIDE * (1 - lam) ** 0.5)
        start = torch.full((2, 2), (SIDE - side) // 2)
        mask = box_mask(start, start + side, (SIDE, SIDE))
        pictures[0, i] = mix(pair, partners, torch.full((2,), lam))[0]
        pictures[1, i] = paste(pair, partners, mask)[0]
        shares[:, i] = lam, 1 - mask[0].double().mean().item()
    return pictures, shares
