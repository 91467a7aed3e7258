"""Networks: the arms of the chapter, what is measured of each, and students of teachers.

Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from torch.nn import functional as F

from reglab.data import Examples, Splits, signals
from reglab.targets import (
    ConfidencePenalty,
    Distillation,
    EntropyMinimization,
    ForwardCorrection,
    GeneralizedCrossEntropy,
    LabelSmoothing,
    brier_score,
    calibrated_ece,
    expected_calibration_error,
    fit_temperature,
    reliability_data,
)
from reglab.train import fleet, mlp

WIDTH, BINS, WRONG = 64, 15, 0.4
CE = "cross-entropy"

# One arm is a dict of settings, the learning rate among them; all are trained with n signals.
PLAIN = {CE: dict(lr=0.2)}
SMOOTHED = {
    "smoothed 0.05": dict(lr=0.2, techniques=[LabelSmoothing(0.05)]),
    "smoothed 0.1": dict(lr=0.2, techniques=[LabelSmoothing(0.1)]),
    "smoothed 0.3": dict(lr=0.2, techniques=[LabelSmoothing(0.3)]),
}
MANY = {CE: dict(lr=0.1), "smoothed 0.1": dict(lr=0.2, techniques=[LabelSmoothing(0.1)])}
NOISY = {
    CE: dict(lr=0.1),
    "smoothed 0.4": dict(lr=0.05, techniques=[LabelSmoothing(0.4)]),
    "CE − 0.5 H": dict(lr=0.025, techniques=[ConfidencePenalty(0.5)]),
    "CE + 0.3 H": dict(lr=0.1, techniques=[EntropyMinimization(0.3)]),
    "generalized CE, q = 0.7": dict(lr=0.4, techniques=[GeneralizedCrossEntropy(0.7)]),
    "forward correction": dict(lr=0.3, techniques=[ForwardCorrection(WRONG)]),
}
EPOCHS = {500: 200, 1000: 120, 2000: 60, 4000: 40}  # about as many steps each
NOISY_EPOCHS = 60  # longer training learns more of the wrong labels

STUDENT_N = 500
STUDENTS = {
    "hard labels": dict(lr=0.2),
    "T = 1": dict(teacher=CE, lr=0.2, techniques=[Distillation(1)]),
    "T = 2": dict(teacher=CE, lr=0.1, techniques=[Distillation(2)]),
    "T = 4": dict(teacher=CE, lr=0.05, techniques=[Distillation(4)]),
    "T = 8": dict(teacher=CE, lr=0.025, techniques=[Distillation(8)]),
    "smoothed teacher, T = 2": dict(teacher="smoothed 0.1", lr=0.4, techniques=[Distillation(2)]),
}


def train_arms(
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    n_train: int = 1000,
    label_noise: float = 0.0,
    epochs: int | None = None,
    report: Sequence[int] | None = None,
) -> xr.Dataset:
    """Train the arms on signals and measure them; dims (arm, seed, epoch), see `fleet`.

    SGD with momentum 0.9, minibatches of 100, a cosine schedule. What `measured` adds stands
    over (arm, seed), for the networks at the end.
    """
    if epochs is None:
        epochs = NOISY_EPOCHS if label_noise else EPOCHS[n_train]
    runs = fleet(
        mlp(WIDTH),
        signals,
        n_train=n_train,
        label_noise=label_noise,
        arms=arms,
        seeds=seeds,
        lr=0.1,
        epochs=epochs,
        schedule="cosine",
        report=[epochs] if report is None else report,
        keep=["networks"],
    )
    return measured(runs, lambda seed: signals(seed, n_train=100))


def join_arms(*runs: xr.Dataset) -> xr.Dataset:
    """Return what stands over (arm, seed) alone, such as `error`, of several runs as one."""
    parts = [run.drop_dims("epoch").drop_attrs() for run in runs]
    return xr.concat(parts, "arm", join="exact")


def as_percent(shares: xr.DataArray) -> str:
    """Return the mean of shares in [0, 1] as text, such as "≈ 15.7 %"."""
    return f"≈ {100 * float(shares.mean()):.1f} %"


def measured(runs: xr.Dataset, data: Callable[[int], Splits]) -> xr.Dataset:
    """Add what the test data say of each network, before and after temperature scaling.

    Over (arm, seed): error; nll in nats, brier and ece (of 15 bins); the temperature, fitted on the
    validation data; scaled_nll and scaled_ece with it; chance_ece, what the scaled predictions
    would have if they were calibrated. NaN for networks that have diverged.
    """
    rows = [
        [_scores(network, data(int(seed))) for network, seed in zip(line, runs.seed, strict=True)]
        for line in runs.network.transpose("arm", "seed").values
    ]
    found = {
        name: (("arm", "seed"), np.array([[row[name] for row in line] for line in rows]))
        for name in rows[0][0]
    }
    return runs.assign(found)


def _scores(network: nn.Module, data: Splits) -> dict[str, float]:
    z, y = logits(network, data.test.x), data.test.y
    temperature = fit_temperature(logits(network, data.val.x), data.val.y)
    cooled = z / temperature
    p, scaled = z.softmax(1), cooled.softmax(1)
    return {
        "error": float((z.argmax(1) != y).double().mean()),
        "nll": float(F.cross_entropy(z, y)),
        "brier": brier_score(p, y),
        "ece": expected_calibration_error(p, y, BINS),
        "temperature": temperature,
        "scaled_nll": float(F.cross_entropy(cooled, y)),
        "scaled_ece": expected_calibration_error(scaled, y, BINS),
        "chance_ece": calibrated_ece(scaled, BINS),
    }


@torch.no_grad()
def logits(network: nn.Module, x: Tensor) -> Tensor:
    """Return the outputs (N, K) of a network, in float64."""
    return network(x).double()


def reliability_grid(runs: xr.Dataset, temperatures: Sequence[float], bins: int = 10) -> xr.Dataset:
    """Return the reliability of each arm at each temperature, test examples of all seeds together.

    Over (arm, T, bin): confidence and accuracy, NaN in bins of fewer than 20 examples; over
    (arm, T): ece, nll and mean_confidence.
    """
    data = [signals(int(seed), n_train=100).test for seed in runs.seed]
    y, rows = torch.cat([part.y for part in data]), []
    for line in runs.network.transpose("arm", "seed").values:
        z = torch.cat([logits(net, part.x) for net, part in zip(line, data, strict=True)])
        rows.append([_reliability(z / T, y, bins) for T in temperatures])
    dims = {"confidence": ("bin",), "accuracy": ("bin",)}
    found = {
        name: (
            ("arm", "T", *dims.get(name, ())),
            np.array([[one[name] for one in r] for r in rows]),
        )
        for name in rows[0][0]
    }
    return xr.Dataset(found, coords={"arm": runs.arm.values, "T": list(temperatures)})


def _reliability(z: Tensor, y: Tensor, bins: int) -> dict[str, Any]:
    p = z.softmax(1)
    data = reliability_data(p, y, bins)
    few = data.count < 20
    return {
        "confidence": data.confidence.masked_fill(few, torch.nan).numpy(),
        "accuracy": data.accuracy.masked_fill(few, torch.nan).numpy(),
        "ece": expected_calibration_error(p, y, BINS),
        "nll": float(F.cross_entropy(z, y)),
        "mean_confidence": float(p.max(1).values.mean()),
    }


def train_students(
    teachers: xr.Dataset,
    seeds: Iterable[int],
    arms: Mapping[str, Mapping[str, Any]] = STUDENTS,
    epochs: int | None = None,
) -> xr.Dataset:
    """Train students on 500 signals, with the labels or with a teacher's probabilities for them.

    Args:
        teachers: networks over (arm, seed), whose training data hold the students'.
        arms: as for `train_arms`; the setting `teacher` names an arm of the teachers.
    """
    epochs = epochs or EPOCHS[STUDENT_N]

    @cache
    def lesson(seed: int, teacher: str = "") -> Splits:
        data = signals(seed, n_train=STUDENT_N)
        if not teacher:
            return data
        network = teachers.network.sel(arm=teacher, seed=seed).item()
        p = logits(network, data.train.x).softmax(1).to(data.train.x.dtype)
        return Splits(Examples(data.train.x, p), data.val, data.test, data.classes)

    runs = fleet(
        mlp(WIDTH),
        lesson,
        teacher="",
        arms=arms,
        seeds=seeds,
        lr=0.1,
        epochs=epochs,
        schedule="cosine",
        report=[epochs],
        keep=["networks"],
    )
    return measured(runs, lambda seed: signals(seed, n_train=100))
