"""Published curve: double descent on MNIST-1D, and its setting repeated over seeds.

Source      Greydanus, Kobak (2024), "Scaling Down Deep Learning with MNIST-1D", ICML, the part on
            deep double descent; numbers as printed by the authors' own notebook.
Setting     4000 training and 12 000 test signals at the published noise, two hidden layers,
            cross-entropy, SGD with learning rate 0.01, momentum 0.9, batches of 100, 500 epochs,
            PyTorch's own initial weights.
Departures  They trained one network per width, on one draw of the data; here each seed draws its
            own data, labels, weights and order. They replace 15 % of the labels by *any* class, so
            that 13.5 % are wrong on average; here exactly 13.5 % are wrong.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reglab.data import Splits, mnist1d, stored_table
from reglab.train import fleet, mlp

WIDTHS = [2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 36, 47, 61, 80, 104, 135, 177, 230, 300]
WRONG = 0.135  # share of wrong labels: 15 % are redrawn, one in ten of them right by chance
EARLY = 2  # an epoch so early that a test can train up to it and compare
PUBLISHED, REPEATED = "published.csv", "repeated.csv"


def signals(seed: int, label_noise: float = 0.0) -> Splits:
    """Draw the published problem: 4000 signals to fit, 12 000 to test; 1000 stay unused."""
    return mnist1d(
        seed, n_train=4000, n_val=1000, n_test=12_000, label_noise=label_noise, pool_seed=seed
    )


def repeat(
    seeds: Sequence[int],
    widths: Sequence[int] = WIDTHS,
    label_noise: Sequence[float] = (0.0, WRONG),
    epochs: int = 500,
) -> xr.Dataset:
    """Train the published setting: a fleet's dataset over (width, label_noise, seed, epoch).

    Ten seeds take about half an hour on one core; `repeated` reads what was stored, of twenty.
    """
    return fleet(
        mlp(list(widths), init="torch"),
        signals,
        label_noise=list(label_noise),
        seeds=seeds,
        lr=0.01,
        epochs=epochs,
        report=sorted({min(EARLY, epochs), epochs}),
    )


def published() -> xr.Dataset:
    """Return the published errors (fractions) and losses (nats) over (label_noise, width)."""
    return _read(PUBLISHED, ["label_noise", "width"])


def repeated() -> xr.Dataset:
    """Return our stored errors over (label_noise, width, seed): test_error, train_error, early.

    `early` is the test error after EARLY epochs, which a test trains again.
    """
    return _read(REPEATED, ["label_noise", "width", "seed"])


def outside(ours: xr.DataArray, theirs: xr.DataArray) -> xr.DataArray:
    """Return by how many of its own standard deviations one more run lies off ours, over seeds.

    (theirs - mean) / (s sqrt(1 + 1/S)): Student's t with S - 1 degrees of freedom if `theirs` is
    just another seed.
    """
    spread = ours.std("seed", ddof=1) * np.sqrt(1 + 1 / ours.sizes["seed"])
    return (theirs - ours.mean("seed")) / spread


def _read(name: str, index: list[str]) -> xr.Dataset:
    return stored_table(__package__, name).set_index(index).to_xarray()
