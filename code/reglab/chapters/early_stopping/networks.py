"""Networks: their data, and every run that the page stops, afterwards, in several ways.

With a constant learning rate, a run that is stopped at an epoch is the beginning of a longer run.
So each network is trained to the end once, measured after every epoch, and all rules are applied
to its recorded curves. Seeds, pilots and how the settings were chosen: SEEDS.md, beside this file.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import xarray as xr
from torch import Tensor, nn

from reglab.core import stream
from reglab.data import Examples, Splits, flip_labels, mnist1d
from reglab.train import fleet, mlp

WIDTH, CLASSES = 64, 10
# What is trained, by name. Every rate is the best of its kind on pilot seeds.
# 40 % wrong labels, the main experiment
WRONG: dict[str, Any] = dict(n_train=4000, label_noise=0.4, epochs=40)
FEW: dict[str, Any] = dict(n_train=1000, label_noise=0.4, epochs=40, lr=0.1)
CLEAN: dict[str, Any] = dict(n_train=1000, epochs=60, lr=0.1)
STOPPED: dict[str, Any] = dict(WRONG, lr=0.06)  # the best rate for a run that is stopped
TO_THE_END = {  # the best settings for runs that are not
    "constant rate": dict(lr=0.015),
    "cosine": dict(lr=0.04, schedule="cosine"),
    "weight decay": dict(lr=0.03, weight_decay=0.01),
    "dropout": dict(lr=0.03, dropout=0.2),
}
CUT, LONG = 5, 20  # epochs of the short schedule, and of the long one that is cut there
CUT_LR, SHORT_LR = 0.1, 0.2


def examples(
    seed: int, n_train: int = 1000, label_noise: float = 0.0, joined: bool = False
) -> Splits:
    """Draw MNIST-1D signals of noise 0.05: n_train to fit, 1000 to validate, 2000 to test.

    Args:
        label_noise: share of training labels that are wrong; the other labels are right.
        joined: train on the validation examples too, with wrong labels of the same share, and
            leave none to validate.
    """
    drawn = mnist1d(
        seed, n_train=n_train, n_val=1000, n_test=2000, noise=0.05, label_noise=label_noise
    )
    if not joined:
        return drawn
    y = torch.cat([drawn.train.y, wrong_validation_labels(drawn, seed, label_noise)])
    both = Examples(torch.cat([drawn.train.x, drawn.val.x]), y)
    return Splits(both, drawn.val.take(torch.arange(0)), drawn.test, CLASSES)


def wrong_validation_labels(drawn: Splits, seed: int, share: float) -> Tensor:
    """Return the validation labels with a `share` of them wrong; the same for equal seeds."""
    return flip_labels(drawn.val.y, share, CLASSES, stream(seed, "wrong validation labels"))


def train(
    seeds: Iterable[int], *, report: Sequence[int] | None = None, **settings: Any
) -> xr.Dataset:
    """Train the chapter's networks, two hidden layers of 64 units, measured after every epoch.

    `report` names the epochs to measure at instead; the other settings are those of `fleet` and of
    `examples`. SGD with momentum 0.9 and minibatches of 100.
    """
    report = range(settings["epochs"] + 1) if report is None else report
    return fleet(mlp(WIDTH), examples, seeds=seeds, report=report, **settings)


def errors_at_end(seeds: Iterable[int]) -> xr.DataArray:
    """Return the final test errors (arm, seed) of all that is in TO_THE_END."""
    last = WRONG["epochs"]
    # The rate of the call is not used: every arm has its own.
    runs = train(seeds, report=[last], lr=0.01, arms=TO_THE_END, **WRONG)
    return runs.test_error.sel(epoch=last, drop=True)


def errors_at(runs: xr.Dataset, positions: Any, curve: str = "test_error") -> xr.DataArray:
    """Return each run's value of `curve` at its own position along "epoch", labeled as runs are.

    Args: positions: over all dims but "epoch", in their order, as the `Stops` of a rule hold them.
    """
    values = runs[curve].transpose(..., "epoch")
    where = xr.DataArray(positions, dims=values.dims[:-1])
    return values.isel(epoch=where).drop_vars("epoch")


@torch.no_grad()
def error(model: nn.Module, part: Examples) -> float:
    """Return the share of wrong answers of `model` on a part of the data, in eval mode."""
    was_training = model.training
    answer = model.eval()(part.x).argmax(1)
    model.train(was_training)
    return (answer != part.y).double().mean().item()
