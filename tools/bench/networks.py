"""One network and one step, by five ways to train, and how near the machine's limit they come."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import torch

from bench.loops import evaluate, lean_loop, notebook_loop
from bench.timing import Benchmark, Contender
from reglab.data import Splits, mnist1d
from reglab.train import mlp, modules, sweep

LR, SEEDS, BATCH, INPUTS, CLASSES = 0.01, 10, 100, 40, 10


@cache
def data(seed: int = 0, n_train: int = 4000) -> Splits:
    """MNIST-1D as in the classic double descent, with fewer examples to test on."""
    return mnist1d(seed, n_train=n_train, n_val=0, n_test=1000, label_noise=0.15)


@dataclass(frozen=True)
class Job:
    """A fleet: up to ten seeds, and as many learning rates as make up the rest."""

    width: int
    networks: int
    epochs: int
    examples: int = 4000

    @property
    def amount(self) -> int:
        """Networks times steps."""
        return self.networks * self.steps

    @property
    def steps(self) -> int:
        """Of each network."""
        return self.epochs * -(-self.examples // BATCH)

    def prepare(self) -> "Job":
        """Draw the data, so that it is not on the clock."""
        for seed in range(min(SEEDS, self.networks)):
            data(seed, self.examples)
        return self

    def train(self, model=None, **settings) -> None:
        """Train the fleet, measure it at its end, and keep nothing: it is the time that counts.

        Without an executor, `sweep` is `fleet`.
        """
        sweep(
            model or mlp(self.width),
            partial(data, n_train=self.examples),
            seeds=range(min(SEEDS, self.networks)),
            lr=[LR * 0.9**k for k in range(max(1, self.networks // SEEDS))],
            batch=BATCH,
            epochs=self.epochs,
            report=[self.epochs],
            device="cpu",
            **settings,
        )

    def alone(self, loop: Callable) -> None:
        """Train one network of this kind by a plain loop, and measure it at its end."""
        evaluate(loop(self.width, data(0, self.examples), self.epochs, LR), data(0, self.examples))

    def small(self) -> "Job":
        """For a quick look."""
        return Job(self.width, min(self.networks, 4), 1, 400)


JOBS = [Job(10, 100, 10), Job(30, 100, 6), Job(100, 30, 5), Job(200, 10, 2), Job(400, 4, 2)]


def contenders(quick: bool, job: Job) -> list[Contender]:
    """The four ways, for as many epochs each."""
    job = (job.small() if quick else job).prepare()
    stacked = modules(mlp(job.width).build, inputs=INPUTS, outputs=CLASSES)
    return [
        Contender("notebook loop", partial(job.alone, notebook_loop), job.steps),
        Contender("lean loop", partial(job.alone, lean_loop), job.steps),
        Contender("fleet, any module (vmap)", partial(job.train, stacked), job.amount),
        Contender("fleet, fast", job.train, job.amount),
    ]


def useful(job: Job) -> float:
    """Arithmetic operations of the three layers: forward, back, and for the weights' gradients."""
    first, others = job.width * INPUTS, job.width * (job.width + CLASSES)
    return 2.0 * BATCH * (2 * first + 3 * others) * job.amount  # nothing goes back to the inputs


def peak(quick: bool) -> list[Contender]:
    """Seconds for a billion operations: the fastest product there is, and the fast fleet."""
    a, b, out = (torch.randn(1024, 1024) for _ in range(3))
    times = 2 if quick else 20

    def multiply():
        for _ in range(times):
            torch.mm(a, b, out=out)

    found = [Contender("product of 1024 x 1024 matrices", multiply, times * 2 * 1024**3 / 1e9)]
    for job in JOBS:
        job = (job.small() if quick else job).prepare()
        found.append(Contender(f"fleet of width {job.width}", job.train, useful(job) / 1e9))
    return found


BENCHMARKS = [
    Benchmark(
        name=f"networks-{job.width}",
        title=f"{job.networks} networks 40-{job.width}-{job.width}-10, batches of {BATCH}",
        unit="network and step",
        against="fleet, fast",
        contenders=partial(contenders, job=job),
        rounds=5 if job.width <= 100 else 3,
    )
    for job in JOBS
] + [
    Benchmark(
        name="peak",
        title="how far the fast fleet is from the fastest product of matrices",
        unit="billion useful operations",
        against="product of 1024 x 1024 matrices",
        contenders=peak,
        rounds=3,
    )
]
