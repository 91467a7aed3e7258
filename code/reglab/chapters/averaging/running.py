"""Averages of the weights along one training: EMA, tails, snapshots, and BN's statistics.

All networks: SGD with momentum 0.9, minibatches of 100, 1000 signals. Settings are tuned on pilot
seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from reglab.augmentation import Shift
from reglab.averaging import EMA, CyclicCosine, TailAverage, average_probabilities, disagreement
from reglab.data import signals
from reglab.normalization import recalibrate
from reglab.train import fleet, mlp, modules

WIDTH, N = 64, 1000
SITUATIONS: dict[str, dict[str, Any]] = {
    "shifts": dict(epochs=40, techniques=[Shift(3)]),
    "wrong labels": dict(epochs=60, label_noise=0.3, weight_decay=0.01),
    "clean": dict(epochs=120),
}
ARMS: dict[str, dict[str, Any]] = {  # the schedule, and what is averaged
    "constant": dict(schedule="constant"),
    "constant + EMA 0.98": dict(schedule="constant", average=EMA(0.98)),
    "constant + EMA 0.995": dict(schedule="constant", average=EMA(0.995)),
    "constant + tail": dict(schedule="constant", average=TailAverage(0.25)),
    "cosine": dict(schedule="cosine"),
    "cosine + tail": dict(schedule="cosine", average=TailAverage(0.25)),
    "cosine + EMA 0.995": dict(schedule="cosine", average=EMA(0.995)),
}
LR = {  # of each arm, in the order of ARMS
    "shifts": [0.05, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2],
    "wrong labels": [0.05, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2],
    "clean": [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2],
}
DECAYS = (0.0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
DECAY_RATES, TENTHS = (0.05, 0.1, 0.2), tuple(range(10, 101, 10))  # per cent of the epochs
SNAPSHOT_LR = {"one training": 0.2, "snapshots": 0.3, "short trainings": 0.3}
SNAPSHOTS, CYCLES = 120, 5  # epochs in all, and how many cycles of the learning rate


def arms_of(situation: str, names: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return some of ARMS (None: all) with the learning rates that were tuned for a situation."""
    rates = dict(zip(ARMS, LR[situation], strict=True))
    return {name: dict(lr=rates[name], **ARMS[name]) for name in (names or ARMS)}


def train_arms(
    situation: str,
    seeds: Iterable[int],
    arms: Mapping[str, Mapping[str, Any]] | None = None,
    report: Sequence[int] | None = None,
    **changed: Any,
) -> xr.Dataset:
    """Train arms (default: all of ARMS) in a situation; errors over (arm, seed, epoch)."""
    settings: dict[str, Any] = dict(lr=0.1) | SITUATIONS[situation] | changed
    techniques, made = settings.pop("techniques", []), {}
    for name, arm in (arms_of(situation) if arms is None else arms).items():
        average = [arm["average"]] if "average" in arm else []
        made[name] = {key: value for key, value in arm.items() if key != "average"}
        made[name]["techniques"] = [*techniques, *average]
    return fleet(
        mlp(WIDTH),
        signals,
        n_train=N,
        arms=made,
        seeds=seeds,
        report=[settings["epochs"]] if report is None else report,
        **settings,
    )


def train_decays(
    situation: str,
    seeds: Iterable[int],
    decays: Sequence[float] = DECAYS,
    rates: Sequence[float] = DECAY_RATES,
) -> xr.DataArray:
    """Return test errors over (decay, lr, seed, percent), at a constant rate; decay 0: no average.

    `percent` of the epochs are then done.
    """
    epochs = SITUATIONS[situation]["epochs"]
    arms = {str(d): dict(average=EMA(d)) for d in decays}
    report = [epochs * tenth // 100 for tenth in TENTHS]
    runs = train_arms(situation, seeds, arms, report, lr=list(rates))
    found = runs.test_error.rename(arm="decay", epoch="percent")
    return found.assign_coords(decay=list(decays), percent=list(TENTHS))


def train_snapshots(
    seeds: Iterable[int], lr: Mapping[str, float] = SNAPSHOT_LR, epochs: int = SNAPSHOTS
) -> xr.Dataset:
    """Compare three ways to spend the same epochs on clean signals.

    Over (way, seed): error, val_error, disagreement of the members, and the members' mean error.
    "one training" is a single network; "snapshots" are five of one training, at the ends of its
    cycles; "short trainings" are five networks of a fifth of the epochs. Probabilities are
    averaged.
    """
    seeds, each = list(seeds), epochs // CYCLES
    ends = [each * (k + 1) for k in range(CYCLES)]
    one = _clean(seeds, lr["one training"], "cosine", [epochs], epochs)
    cyclic = _clean(seeds, lr["snapshots"], CyclicCosine(CYCLES), ends, epochs)
    own = [CYCLES * seed + k for seed in seeds for k in range(CYCLES)]
    short = _clean(own, lr["short trainings"], "cosine", [each], each, share=CYCLES)
    ways = {
        "one training": one.network.values,
        "snapshots": cyclic.network.values,
        "short trainings": short.network.values.reshape(len(seeds), CYCLES),
    }
    rows = [[_committee(nets, s) for nets, s in zip(w, seeds, strict=True)] for w in ways.values()]
    coords = {"way": list(ways), "seed": seeds}
    return xr.Dataset(
        {
            name: (tuple(coords), [[one[name] for one in row] for row in rows])
            for name in rows[0][0]
        },
        coords=coords,
    )


def _shared_signals(seed: int, share: int = 1) -> Any:
    return signals(seed // share, N)


def _clean(
    seeds: Sequence[int], lr: float, schedule: Any, report: list[int], epochs: int, share: int = 1
) -> xr.Dataset:
    """Networks over (seed, epoch) on clean signals; `share` seeds in a row have one data set."""
    return fleet(
        mlp(WIDTH), _shared_signals, seeds=seeds, lr=lr, schedule=schedule, epochs=epochs,
        report=report, keep=["snapshots"], share=share,
    )  # fmt: skip


@torch.no_grad()
def _committee(networks: Sequence[nn.Module], seed: int) -> dict[str, float]:
    """What several networks of one data set do together, and alone."""
    data, found = signals(seed, N), {}
    for name, part in [("val_error", data.val), ("error", data.test)]:
        z = torch.stack([network(part.x).double() for network in networks])
        found[name] = float((average_probabilities(z).argmax(1) != part.y).double().mean())
    found["disagreement"] = float(disagreement(z))
    found["member_error"] = float((z.argmax(-1) != part.y).double().mean())
    return found


def bn_network() -> nn.Sequential:
    """Return linear -> batch norm -> ReLU, twice, and a linear output."""
    layers: list[nn.Module] = []
    for inputs in (40, WIDTH):
        layers += [nn.Linear(inputs, WIDTH, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 10))


def bn_errors(
    seeds: Iterable[int], lr: float = 0.2, epochs: int = 20, share: float = 0.5
) -> xr.DataArray:
    """Return test errors of averaged networks with each kind of statistics, (statistics, seed).

    "last weights" is the network without averaging. The others have the mean weights of the last
    `share` of the steps, and as statistics of batch normalization those of the last step
    (torch's default), their running average, or those recomputed for the averaged weights.
    """
    seeds = list(seeds)
    arms = {"last": [], "mean": [TailAverage(share)]}
    runs = fleet(
        modules(bn_network), signals, n_train=N, arms=arms, seeds=seeds, lr=lr, epochs=epochs,
        report=[epochs], keep=["networks"],
    )  # fmt: skip
    rows = []
    for seed in seeds:
        last, mean = runs.network.sel(seed=seed).values
        rows.append(_statistics(last, mean, seed))
    coords = {"statistics": list(rows[0]), "seed": seeds}
    return xr.DataArray(np.array([list(row.values()) for row in rows]).T, coords=coords)


def _statistics(last: nn.Module, mean: nn.Module, seed: int) -> dict[str, float]:
    data = signals(seed, N)
    found = {"last weights": test_error(last, data.test.x, data.test.y)}
    averaged = test_error(mean, data.test.x, data.test.y)
    for own, other in zip(mean.buffers(), last.buffers(), strict=True):
        own.copy_(other)
    found["of the last step"] = test_error(mean, data.test.x, data.test.y)
    found["averaged"] = averaged
    recalibrate(mean, data.train.x.split(100))
    found["recomputed"] = test_error(mean, data.test.x, data.test.y)
    return found


@torch.no_grad()
def test_error(network: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the share of wrong answers, in eval mode as it is."""
    return float((network(x).argmax(1) != y).double().mean())


test_error.__test__ = False  # its name would make pytest collect it
