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
from reglab.targets import LabelSmoothing, ZLoss
from reglab.train import fit, fleet, modules

STEPS, BATCH, LENGTH, SYMBOLS = 800, 16, 16, 8
PLACES = ("attention", "residual", "embedding")  # where dropout can stand
EPOCHS = (1, 4, 16, 50)  # passes over the training sequences that 800 steps make
DROPOUT = (0.0, 0.1, 0.2)
# Epochs at which a run of 50 is measured.
CURVE = (0, 2, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
PARTS = ("train", "val", "test")


def sequences(seed: int, passes: int = 1) -> Splits:
    """Draw the data of a run: so many training sequences that STEPS steps are `passes` epochs."""
    return markov(seed, n_train=STEPS * BATCH // passes, length=LENGTH)


def drop(p: float, places: Sequence[str] = PLACES) -> dict[str, float]:
    """Return settings of the network: dropout with probability p at these places."""
    return dict.fromkeys(places, p)


# Learning rates by number of epochs and arm; see SEEDS.md.
RATES: dict[int, dict[str, float]] = {
    1: {
        **{"dropout 0": 0.03, "dropout 0.1": 0.03, "dropout 0.2": 0.02},
        **{"decay": 0.03, "smoothing": 0.03, "z-loss": 0.03},
    },
    4: {"dropout 0": 0.03, "dropout 0.1": 0.03, "dropout 0.2": 0.02},
    16: {"dropout 0": 0.03, "dropout 0.1": 0.03, "dropout 0.2": 0.02},
    50: {
        **{"dropout 0": 0.06, "dropout 0.1": 0.03, "dropout 0.2": 0.03},
        **{"decay": 0.06, "smoothing": 0.06},
        **{"only attention": 0.06, "only residual": 0.06, "only embedding": 0.06},
    },
}
ARMS = {
    "dropout 0": drop(0.0),
    "dropout 0.1": drop(0.1),
    "dropout 0.2": drop(0.2),
    "decay": dict(weight_decay=0.3),
    "smoothing": dict(techniques=[LabelSmoothing(0.1)]),
    "z-loss": dict(techniques=[ZLoss(0.01)]),
    **{f"only {place}": drop(0.1, [place]) for place in PLACES},
}


def arms(epochs: int) -> dict[str, dict[str, Any]]:
    """Return the arms that are trained with so many epochs, each with its learning rate."""
    return {name: ARMS[name] | dict(lr=lr) for name, lr in RATES[epochs].items()}


def train(
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    epochs: int,
    report: Sequence[int] | None = None,
) -> xr.Dataset:
    """Train a transformer for each arm and seed, and return what `measure` does.

    One layer of width 16 with two heads, 800 steps of AdamW on minibatches of 16 sequences, a
    cosine schedule without warm-up. Every seed has a source of its own.
    """
    runs = fleet(
        modules(Transformer, symbols=SYMBOLS, tokens=LENGTH),
        sequences,
        arms=arms,
        seeds=seeds,
        epochs=epochs,
        lr=0.03,
        optimizer="adamw",
        batch=BATCH,
        schedule="cosine",
        report=[epochs] if report is None else report,
        keep="predictions",
        passes=epochs,
    )
    return measure(runs, epochs)


def measure(runs: xr.Dataset, epochs: int) -> xr.Dataset:
    """Return the excess loss of each part in nats, the test error, and the size of log Z.

    train, val, test (arm, seed, epoch): excess losses; error (arm, seed, epoch): of the most
    likely symbol; log_z (arm, seed): mean over test tokens of |log sum_k exp(z_k)| at the end.
    """
    best = smallest_losses(runs.seed.values, epochs)
    found = xr.Dataset({name: runs[f"{name}_loss"] - best[name] for name in PARTS})
    log_z = np.abs(np.log(np.exp(runs.test_output).sum("output")))
    return found.assign(error=runs.test_error, log_z=log_z.mean(["test_example", "token"]))


def smallest_losses(seeds: Iterable[int], epochs: int) -> xr.Dataset:
    """Return the loss of the best predictions on the same sequences, over (seed,), by part."""
    seeds = [int(seed) for seed in seeds]
    rows = []
    for seed in seeds:
        source, parts = markov_source(seed, SYMBOLS), sequences(seed, epochs).parts()
        rows.append([source.loss_on(parts[name]) for name in PARTS])
    columns = dict(zip(PARTS, np.array(rows).T, strict=True))
    return xr.Dataset({name: ("seed", values) for name, values in columns.items()}, {"seed": seeds})


def train_one(seed: int) -> Transformer:
    """Train one transformer on fresh sequences, as the arm "dropout 0" of one epoch does."""
    network = modules(Transformer, symbols=SYMBOLS, tokens=LENGTH).build(LENGTH, SYMBOLS, seed)
    settings: dict[str, Any] = dict(optimizer="adamw", batch=BATCH, schedule="cosine", report=[1])
    fit(network, sequences(seed), epochs=1, lr=RATES[1]["dropout 0"], seed=seed, **settings)
    assert isinstance(network, Transformer)
    return network.eval()
