"""Networks: the contrasts that the claims compare, errors over labels and epochs, ensembles.

Source      Belkin et al. (2019), PNAS 116; Nakkiran et al. (2020), "Deep Double Descent", ICLR.
Seeds, pilots and what fresh seeds took back: SEEDS.md.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from reglab.data import Splits, signals
from reglab.evidence import timed
from reglab.train import fleet, mlp

LR, EPOCHS = 0.02, 500
REPORT = (1, 2, 5, 10, 15, 20, 30, 50, 80, 120, 200, 300, 500)
VALLEY, PEAK, WIDE = (6, 8, 10), (16, 18, 20), (50, 64)  # units in each hidden layer
WIDTHS = [2, 4, *VALLEY, *PEAK, 24, *WIDE]
CLEAN_WIDTHS = [2, 4, *VALLEY, *PEAK, WIDE[-1]]  # no peak to be drawn: fewer will do


def parameters(width: int, inputs: int = 40, classes: int = 10) -> int:
    """Return the number of weights and biases of a network with two hidden layers."""
    return (inputs + 1) * width + (width + 1) * width + (width + 1) * classes


def over(curve: xr.DataArray, widths: Sequence[int]) -> xr.DataArray:
    """Return the mean of a curve over a group of widths: one value per seed is left."""
    return curve.sel(width=list(widths)).mean("width", skipna=False)


def over_labels(runs: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Return mean errors in percent over (labels, width, epoch), one set of runs for each name.

    `test_error` and `train_error`, at the widths that all of them have; over (labels, epoch) also
    `rise`, the test error of the peak widths minus that of the valley, in points.
    """
    names = xr.DataArray(list(runs), dims="labels", name="labels")
    errors = [run[["test_error", "train_error"]] for run in runs.values()]
    together = xr.concat(errors, names, coords="minimal", compat="override", join="inner")
    percent = 100 * together.mean("seed", skipna=False)
    test = percent.test_error
    return percent.assign(rise=over(test, PEAK) - over(test, VALLEY))


@timed
def ensemble_errors(
    seeds: Sequence[int], size: int = 5, width: int = 18, epochs: int = EPOCHS
) -> xr.Dataset:
    """Average the outputs of `size` networks that share all data and differ in weights and order.

    Returns over (seed): `alone`, the mean test error of the members, and `together`, the test
    error of their average. Each seed draws a training set with 20 % wrong labels.
    """
    runs = fleet(
        mlp(width),
        lambda seed: _data(seed // size),
        seeds=[seed * size + member for seed in seeds for member in range(size)],
        lr=LR,
        epochs=epochs,
        report=[epochs],
        keep="predictions",
    )
    alone = runs.test_error.values.reshape(len(seeds), size).mean(axis=1)
    z = runs.test_output.values
    mean = z.reshape(len(seeds), size, *z.shape[1:]).mean(axis=1)  # (seeds, test examples, K)
    targets = torch.stack([_data(seed).test.y for seed in seeds]).numpy()
    together = np.mean(mean.argmax(axis=2) != targets, axis=1)
    return xr.Dataset(
        {"alone": ("seed", alone), "together": ("seed", together)}, {"seed": list(seeds)}
    )


def _data(seed: int) -> Splits:
    return signals(seed, label_noise=0.2)
