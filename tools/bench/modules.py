"""Modules through vmap against `fit`, techniques against the plain step, and what reports cost."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from torch import nn

from bench.timing import Benchmark, Contender
from reglab.augmentation import Mixup
from reglab.data import Splits, mnist1d
from reglab.targets import LabelSmoothing
from reglab.train import fit, fleet, mlp, modules

LR, SEEDS, WIDTH, CHANNELS, STEPS = 0.05, 10, 32, 8, 10  # ten steps make an epoch


class Average:
    """Weight averaging as a technique of training, for its cost."""

    def averaging_rate(self, step: int, steps: int) -> float:
        """The rate of an exponential average."""
        return max(0.01, 1 / (step + 1))


@cache
def data(seed: int) -> Splits:
    """1000 signals to train on, and as many parts as the book's chapters measure."""
    return mnist1d(seed, n_train=100 * STEPS, n_val=1000, n_test=4000)


def hidden(middle: Callable[[], list[nn.Module]]) -> nn.Sequential:
    """Two hidden layers of WIDTH units, each followed by what `middle` makes."""
    first, second = nn.Linear(40, WIDTH), nn.Linear(WIDTH, WIDTH)
    return nn.Sequential(first, *middle(), second, *middle(), nn.Linear(WIDTH, 10))


def dropping() -> nn.Sequential:
    """Dropout after each hidden layer."""
    return hidden(lambda: [nn.ReLU(), nn.Dropout(0.2)])


def normalized() -> nn.Sequential:
    """Batch normalization in each hidden layer."""
    return hidden(lambda: [nn.BatchNorm1d(WIDTH), nn.ReLU()])


def convolving() -> nn.Sequential:
    """Three convolutions of stride 2."""
    layers = [nn.Unflatten(1, (1, 40))]
    for before in (1, CHANNELS, CHANNELS):
        layers += [nn.Conv1d(before, CHANNELS, 5, 2, 2), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(5 * CHANNELS, 10))


def train(model, settings: int, epochs: int, report: Sequence[int] = (), **options) -> None:
    """Train SEEDS networks for each of some learning rates; measured at the end only, or more."""
    fleet(
        model, data, seeds=range(SEEDS), lr=[LR * 0.9**k for k in range(settings)], epochs=epochs,
        report=report or [epochs], device="cpu", **options,
    )  # fmt: skip


def against_fit(quick: bool, make: Callable[[], nn.Module]) -> list[Contender]:
    """One network by `fit`, and many by `fleet`."""
    epochs = 1 if quick else 6
    for seed in range(SEEDS):
        data(seed)

    def alone() -> None:
        fit(make(), data(0), lr=LR, epochs=epochs, report=[epochs])

    many = [
        Contender(
            f"fleet, {SEEDS} seeds, {count} setting{'s' * (count > 1)}",
            partial(train, modules(make), count, epochs),
            epochs * STEPS * SEEDS * count,
        )
        for count in ((1,) if quick else (1, 4))
    ]
    return [Contender("fit, one network", alone, epochs * STEPS), *many]


def techniques(quick: bool) -> list[Contender]:
    """Networks of the hand-written engine, with and without a technique."""
    epochs, count = (1, 1) if quick else (6, 4)
    for seed in range(SEEDS):
        data(seed)
    lists = {
        "none": [],
        "mixup": [Mixup(0.2)],
        "label smoothing": [LabelSmoothing(0.1)],
        "weight averaging": [Average()],
    }
    return [
        Contender(
            name,
            partial(train, mlp(WIDTH), count, epochs, techniques=chosen),
            epochs * STEPS * SEEDS * count,
        )
        for name, chosen in lists.items()
    ]


def reports(quick: bool) -> list[Contender]:
    """Networks that are measured ten times, and at every epoch."""
    epochs = 10 if quick else 200
    for seed in range(SEEDS):
        data(seed)
    often = {"ten reports": range(0, epochs + 1, epochs // 10), "every epoch": range(epochs + 1)}
    return [
        Contender(name, partial(train, mlp(WIDTH), 1, epochs, list(report)), SEEDS)
        for name, report in often.items()
    ]


BENCHMARKS = [
    *(
        Benchmark(
            name=f"modules-{name}",
            title=f"{what}, minibatches of 100, as modules through vmap",
            unit="network and step",
            against="fit, one network",
            contenders=partial(against_fit, make=make),
            rounds=3,
        )
        for name, what, make in [
            ("dropout", f"MLPs of width {WIDTH} with nn.Dropout", dropping),
            ("batchnorm", f"MLPs of width {WIDTH} with nn.BatchNorm1d", normalized),
            ("convolutions", f"three convolutions of {CHANNELS} channels", convolving),
        ]
    ),
    Benchmark(
        name="techniques",
        title=f"40 networks of width {WIDTH} as one, by technique of training",
        unit="network and step",
        against="none",
        contenders=techniques,
        rounds=3,
    ),
    Benchmark(
        name="reports",
        title=f"10 networks of width {WIDTH}, 200 epochs, 6000 examples measured at each report",
        unit="network",
        against="ten reports",
        contenders=reports,
        rounds=2,
        warm=False,
    ),
]
