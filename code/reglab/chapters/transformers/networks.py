"""Transformers on sequences of known entropy: fresh sequences, or a few of them many times.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
Symbols     excess loss: cross-entropy in nats less that of the best predictions possible.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reglab.chapters.transformers.model import Transformer
from reglab.data import Splits, markov, markov_source
from reglab.train import fleet, modules

STEPS, BATCH, LENGTH, SYMBOLS = 800, 16, 16, 8
EPOCHS = (1, 2, 4, 8, 25)  # passes over the training sequences that 800 steps make
PLACES = ("attention", "residual", "embedding")  # where dropout can stand


def sequences(seed: int, passes: int = 1) -> Splits:
    """Draw the data of a run: so many training sequences that STEPS steps are `passes` epochs."""
    return markov(seed, n_train=STEPS * BATCH // passes, length=LENGTH)


def drop(p: float, places: Sequence[str] = PLACES) -> dict[str, float]:
    """Return settings of the network: dropout with probability p at these places."""
    return dict.fromkeys(places, p)


def train(
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    epochs: int,
    report: Sequence[int] | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Train a transformer for each arm and seed; losses over (arm, seed, epoch).

    One layer of width 16 with two heads, 800 steps of AdamW on minibatches of 16 sequences, a
    cosine schedule without warm-up. Every seed has a source of its own.
    """
    return fleet(
        modules(Transformer, symbols=SYMBOLS, tokens=LENGTH),
        sequences,
        arms=arms,
        seeds=seeds,
        epochs=epochs,
        lr=0.01,
        optimizer="adamw",
        batch=BATCH,
        schedule="cosine",
        report=[epochs] if report is None else report,
        passes=epochs,
        **settings,
    )


def smallest_losses(seeds: Iterable[int], epochs: int) -> xr.Dataset:
    """Return the loss of the best predictions on the same sequences, over (seed,), by part."""
    rows = []
    for seed in seeds:
        source, data = markov_source(seed, SYMBOLS), sequences(seed, epochs)
        rows.append([source.loss_on(part) for part in data.parts().values()])
    names = [f"{name}_loss" for name in ("train", "val", "test")]
    columns = dict(zip(names, np.array(rows).T, strict=True))
    return xr.Dataset({n: ("seed", v) for n, v in columns.items()}, {"seed": list(seeds)})


def excess(runs: xr.Dataset, epochs: int) -> xr.Dataset:
    """Return the excess loss of each part, in nats, over the dims of `runs`."""
    names = ["train_loss", "val_loss", "test_loss"]
    return runs[names] - smallest_losses(runs.seed.values, epochs)
