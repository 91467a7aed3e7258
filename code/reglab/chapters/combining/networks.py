"""Networks: recipes of several regularizers, all combinations of four, decay beside others.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import xarray as xr

from reglab.augmentation import Mixup, Shift
from reglab.data import signals
from reglab.targets import LabelSmoothing
from reglab.train import fleet, mlp

WIDTH, N = 64, 1000
FACTORS = ("shift", "decay", "dropout", "smoothing")
COMBINATIONS = list(product((0, 1), repeat=len(FACTORS)))  # 1 for a factor that is on
NAMES = ["".join(map(str, on)) for on in COMBINATIONS]  # "0000" to "1111"
# The strength of each factor, taken from earlier chapters, by situation; see SEEDS.md.
SITUATIONS = {
    "wrong labels": dict(label_noise=0.3, epochs=60),
    "clean labels": dict(label_noise=0.0, epochs=100),
}
STRENGTHS = {
    "wrong labels": dict(shift=3, decay=0.01, dropout=0.2, smoothing=0.1),
    "clean labels": dict(shift=3, decay=0.003, dropout=0.1, smoothing=0.05),
}
# Learning rates of the 16 combinations in the order of `product`, the last factor fastest.
RATES = {
    "wrong labels": [
        0.2, 0.4, 0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1, 0.05,
    ],
    "clean labels": [
        0.2, 0.2, 0.2, 0.1, 0.4, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2,
    ],
}  # fmt: skip

# Decay beside shift and dropout, with 30 % wrong labels; rates in the order of `product`.
GRID = dict(
    shift=[0, 3],
    decay=[0.0, 0.0003, 0.001, 0.003, 0.01, 0.03],
    dropout=[0.0, 0.05, 0.1, 0.2],
)
GRID_RATES = [
    0.2, 0.05, 0.1, 0.1, 0.4, 0.2, 0.2, 0.1, 0.4, 0.2, 0.2, 0.2,
    0.4, 0.4, 0.2, 0.2, 0.2, 0.1, 0.2, 0.1, 0.025, 0.025, 0.025, 0.025,
    0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.2, 0.1, 0.2, 0.2, 0.2, 0.2,
    0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.025, 0.1, 0.4, 0.4,
]  # fmt: skip

MORE_DATA = {1000: 100, 4000: 25}  # examples: epochs
MORE_DATA_RATES = {(4, 1000): 0.1, (4, 4000): 0.2, (64, 1000): 0.2, (64, 4000): 0.1}


def recipe(
    lr: float,
    shift: int = 0,
    decay: float = 0.0,
    dropout: float = 0.0,
    smoothing: float = 0.0,
    mixup: float = 0.0,
) -> dict[str, Any]:
    """Return the settings of one arm of `fleet`; 0 leaves a regularizer out."""
    makers = [(Shift, shift), (LabelSmoothing, smoothing), (Mixup, mixup)]
    techniques = [make(value) for make, value in makers if value]
    return dict(lr=lr, weight_decay=decay, dropout=dropout, techniques=techniques)


def train(
    recipes: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    situation: str = "wrong labels",
    keep: Sequence[str] = (),
    **settings: Any,
) -> xr.Dataset:
    """Train each recipe on 1000 signals; over (arm, seed), measured at the end.

    Two layers of 64 units, SGD with momentum 0.9, minibatches of 100, a cosine schedule. Networks
    that diverge count as guesses: an error of 0.9.
    """
    settings = SITUATIONS[situation] | dict(n_train=N) | settings
    runs = fleet(
        mlp(WIDTH),
        signals,
        arms={name: recipe(**one) for name, one in recipes.items()},
        seeds=seeds,
        lr=0.1,
        schedule="cosine",
        report=[settings["epochs"]],
        keep=keep,
        **settings,
    ).isel(epoch=0, drop=True)
    errors = ["train_error", "val_error", "test_error"]
    return runs.assign({name: runs[name].fillna(0.9) for name in errors})


def combinations(situation: str) -> dict[str, dict[str, float]]:
    """Return the 16 recipes of the full design, named "0000" to "1111" in the order of FACTORS."""
    strengths = STRENGTHS[situation].items()
    cells = zip(NAMES, COMBINATIONS, RATES[situation], strict=True)
    return {
        arm: dict(lr=lr) | {name: value * x for (name, value), x in zip(strengths, on, strict=True)}
        for arm, on, lr in cells
    }


def grid() -> dict[str, dict[str, float]]:
    """Return the 48 recipes of GRID, named "shift decay dropout"."""
    cells = product(*GRID.values())
    return {
        " ".join(map(str, cell)): dict(zip(GRID, cell, strict=True)) | dict(lr=lr)
        for cell, lr in zip(cells, GRID_RATES, strict=True)
    }


def unfold(values: xr.DataArray, places: Mapping[str, Sequence]) -> xr.DataArray:
    """Unfold the dim "arm" into the dims of `places`; arms in the order of `product`."""
    shape = [len(one) for one in places.values()]
    data = values.transpose("arm", "seed").values.reshape(*shape, -1)
    coords = {**places, "seed": values.seed.values}
    return xr.DataArray(data, dims=[*places, "seed"], coords=coords)


def as_grid(values: xr.DataArray) -> xr.DataArray:
    """Unfold the dim "arm" of the 48 recipes into shift, decay and dropout."""
    return unfold(values.sel(arm=list(grid())), GRID)


def as_design(values: xr.DataArray) -> xr.DataArray:
    """Unfold the dim "arm" of the 16 combinations into the four factors, each ["off", "on"]."""
    return unfold(values.sel(arm=NAMES), {name: ["off", "on"] for name in FACTORS})


def with_more_data(seeds: Iterable[int]) -> xr.Dataset:
    """Train 4 and 64 units on 1000 and on 4000 clean signals, equally many steps.

    Returns errors over (n, units, seed); each pair has its own learning rate.
    """
    seeds, parts = list(seeds), []
    for n, epochs in MORE_DATA.items():
        arms = {str(u): dict(width=u, lr=MORE_DATA_RATES[u, n]) for u in (4, 64)}
        settings: dict[str, Any] = dict(lr=0.1, epochs=epochs, schedule="cosine", report=[epochs])
        runs = fleet(mlp(4), signals, n_train=n, arms=arms, seeds=seeds, **settings)
        parts.append(runs.isel(epoch=0, drop=True).drop_attrs())
    both = xr.concat(parts, xr.Variable("n", list(MORE_DATA))).rename(arm="units")
    return both.assign_coords(units=[4, 64])
