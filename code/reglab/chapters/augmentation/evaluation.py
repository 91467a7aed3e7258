"""Augmentation and evaluation: a leak before the split, views at test time.

Symbols     each network is judged on the 4000 test examples of its own seed.
"""

from collections.abc import Callable, Iterable

import torch
import xarray as xr
from torch import Tensor, nn

from reglab.augmentation import average_predictions, shift
from reglab.chapters.augmentation.networks import LR, WIDTH, for_each
from reglab.core import stream
from reglab.data import Examples, Splits, signals
from reglab.train import fleet, mlp

ORIGINALS, COPIES, VALIDATION = 500, 10, 0.2
Views = Callable[[Tensor], list[Tensor]]


def copied(seed: int, split: str, furthest: int = 3) -> Splits:
    """Draw 500 signals, make ten shifted copies of each, and keep a fifth for validation.

    Args:
        split: "rows" draws the validation rows from all copies; "originals" draws originals, so
            that all copies of one are on one side.
        furthest: largest circular shift of a copy.
    """
    drawn = signals(seed, n_train=ORIGINALS)
    g = stream(seed, "copies")
    origin = torch.arange(ORIGINALS).repeat_interleave(COPIES)
    offsets = torch.randint(-furthest, furthest + 1, origin.shape, generator=g)
    # A little noise, as two copies with the same shift would be the same example.
    x = shift(drawn.train.x[origin], offsets)
    x = x + 0.01 * torch.randn(x.shape, generator=g)
    units = torch.arange(len(origin)) if split == "rows" else origin
    chosen = torch.randperm(int(units.max()) + 1, generator=g)
    held = chosen[units] < VALIDATION * len(chosen)
    train, val = (Examples(x[mask], drawn.train.y[origin][mask]) for mask in (~held, held))
    return Splits(train, val, drawn.test, drawn.classes)


def leak(seeds: Iterable[int], epochs: int = 15) -> xr.Dataset:
    """Train on copies split both ways: val_error and test_error over (split, seed)."""
    runs = fleet(
        mlp(WIDTH), copied, split=["rows", "originals"], lr=LR, seeds=seeds,
        epochs=epochs, report=[epochs], schedule="cosine",
    )  # fmt: skip
    return runs.isel(epoch=-1)


def shifted_views(furthest: int) -> Views:
    """Return a function that makes all views of x shifted by -furthest ... furthest."""
    return lambda x: [shift(x, torch.full((len(x),), k)) for k in range(-furthest, furthest + 1)]


def with_reversed(x: Tensor) -> list[Tensor]:
    """Return x and x run backwards."""
    return [x, x.flip(-1)]


def error_of_views(runs: xr.Dataset, views: Views) -> xr.DataArray:
    """Return the test error of the prediction averaged over views, over the dims of runs."""

    def error(network: nn.Module, seed: int) -> float:
        test = signals(seed).test
        with torch.no_grad():
            p = average_predictions(network, views(test.x))
        return (p.argmax(1) != test.y).double().mean().item()

    return for_each(runs, "network", error)
