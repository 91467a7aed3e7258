"""Fine-tuning on a changed task: all weights, changes of a low rank, or the last layer alone.

Source      Hu, Shen, Wallis et al. (2022), "LoRA", ICLR, section 4.1.
Setting     networks learn 4000 signals, and are then adapted to signals that run backward, of which
            few are labeled. The new signals come from another pool: none of them was seen before.
Settings are tuned on pilot seeds; see SEEDS.md beside this file.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import xarray as xr
from torch import nn

from reglab.data import Examples, Splits, mnist1d, signals
from reglab.sharing import LoRALinear
from reglab.train import Modules, fleet, mlp, modules

WIDTH, STEPS, BATCH = 64, 500, 100
MANY, MANY_EPOCHS, MANY_RATE = 4000, 40, 0.1  # the first task
SITUATIONS: dict[str, dict[str, Any]] = {
    "100 signals": dict(n_train=100, label_noise=0.0),
    "500 signals, 30 % wrong": dict(n_train=500, label_noise=0.3),
}
RANKS = (1, 4)
ARMS = ("from scratch", "all weights", "last layer", *(f"rank {r}" for r in RANKS))
RATES = {
    "100 signals": dict(zip(ARMS, [0.025, 0.006, 0.025, 0.006, 0.006], strict=True)),
    "500 signals, 30 % wrong": dict(zip(ARMS, [0.05, 0.0125, 0.025, 0.006, 0.0125], strict=True)),
}


def backward_signals(seed: int, n_train: int, label_noise: float = 0.0) -> Splits:
    """Draw fresh signals and turn their time around: 40 points, the last one first."""
    data = mnist1d(
        seed, n_train=n_train, n_val=1000, n_test=4000, noise=0.05, label_noise=label_noise,
        pool_seed=1,
    )  # fmt: skip
    train, val, test = (Examples(part.x.flip(1), part.y) for part in data.parts().values())
    return Splits(train, val, test, data.classes)


def pretrain(seeds: Iterable[int], n_train: int = MANY, epochs: int = MANY_EPOCHS) -> xr.DataArray:
    """Return a network of 64 units trained on forward signals for each seed, over (seed,)."""
    runs = fleet(
        mlp(WIDTH), signals, n_train=n_train, seeds=seeds, lr=MANY_RATE, epochs=epochs,
        schedule="cosine", report=[epochs], keep="networks",
    )  # fmt: skip
    return runs.network


def prepare(network: nn.Sequential, arm: str) -> nn.Sequential:
    """Return a copy of a network in which only what this arm learns is free."""
    copy = mlp(WIDTH).build(40, 10)
    copy.load_state_dict(network.state_dict())
    if arm == "last layer":
        copy[:-1].requires_grad_(False)
    if not arm.startswith("rank"):
        return copy
    rank = int(arm.split()[1])
    return nn.Sequential(*(LoRALinear(m, rank) if isinstance(m, nn.Linear) else m for m in copy))


def adapted(pretrained: xr.DataArray, arm: str) -> Modules:
    """Describe, for `fleet`, the pretrained network of each seed, prepared for this arm."""

    def make(seed: int) -> nn.Module:
        return prepare(pretrained.sel(seed=seed).item(), arm)

    return modules(make)


def count_learned(arm: str) -> int:
    """Return how many numbers an arm learns."""
    network = prepare(mlp(WIDTH).build(40, 10), arm)
    return sum(w.numel() for w in network.parameters() if w.requires_grad)


def adapt(
    pretrained: xr.DataArray, situation: str, arms: Iterable[str] = ARMS,
    rates: Mapping[str, float] | None = None, steps: int = STEPS,
) -> xr.Dataset:  # fmt: skip
    """Train the arms on backward signals; over (arm, seed), measured at the end."""
    rates = RATES[situation] if rates is None else rates
    chosen = {
        arm: dict(lr=rates[arm])
        | ({} if arm == "from scratch" else dict(model=adapted(pretrained, arm)))
        for arm in arms
    }
    settings = SITUATIONS[situation]
    epochs = steps * BATCH // settings["n_train"]
    runs = fleet(
        mlp(WIDTH), backward_signals, arms=chosen, seeds=pretrained.seed.values, lr=0.1,
        epochs=epochs, schedule="cosine", report=[epochs], **settings,
    )  # fmt: skip
    return runs.isel(epoch=0, drop=True)
