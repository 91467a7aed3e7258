"""Whole jobs: the classic double descent in 28 widths, this book's own curve; two processes."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial

from bench import networks
from bench.loops import lean_loop, notebook_loop
from bench.timing import Benchmark, Contender
from reglab.data import Splits, mnist1d
from reglab.train import mlp, sweep

LOOPS = {"notebook loop": notebook_loop, "lean loop": lean_loop}


def start() -> Executor:
    """Start two processes, and wait until both have loaded what they need."""
    pool = ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))
    for loaded in [pool.submit(load) for _ in range(2)]:
        loaded.result()
    return pool


def load() -> None:
    """Do nothing, in a process that had to load this module for it."""
    time.sleep(0.1)  # so that the other process gets the other call


started = cache(start)  # the same two processes for all that leave starting them aside


@cache
def signals(seed: int) -> Splits:
    """Draw the data of the book's curve: clearer signals than the classic job's, wrong labels."""
    return mnist1d(seed, n_train=1000, n_val=0, n_test=4000, noise=0.05, label_noise=0.2)


@cache
def classic(seed: int) -> Splits:
    """Draw the data of the classic job."""
    return mnist1d(seed, n_train=4000, n_val=0, n_test=4000, label_noise=0.15)


@dataclass(frozen=True)
class Curve:
    """Networks of many widths and some seeds, trained and measured now and then."""

    make: Callable[[int], Splits]
    widths: Sequence[int]
    seeds: int
    lr: float
    epochs: int
    timed: int  # epochs of the plain loops, for one network of each width

    def small(self) -> "Curve":
        """For a quick look."""
        few = replace(self, widths=self.widths[:20:9], epochs=min(5, self.epochs), timed=1)
        return replace(few, seeds=min(2, self.seeds))

    def train(self, executor: Executor | None = None, **settings) -> None:
        """Train all networks by the fleet, here or on other processes."""
        sweep(
            mlp(width=list(self.widths)),
            self.make,
            seeds=range(self.seeds),
            lr=self.lr,
            epochs=self.epochs,
            device="cpu",
            executor=executor,
            **settings,
        )

    def draw(self) -> "Curve":
        """Draw the data, so that it is not on the clock."""
        for seed in range(self.seeds):
            self.make(seed)
        return self

    def loops(self) -> list[Contender]:
        """The plain loops, over all widths, for a few epochs of one seed.

        They never evaluate, in their favor.
        """

        def work(loop):
            for width in self.widths:
                loop(width, self.make(0), self.timed, self.lr)

        note = f"extrapolated from {self.timed} of {self.epochs} epochs"
        note += f" and 1 of {self.seeds} seeds" * (self.seeds > 1)
        share = self.timed / (self.epochs * self.seeds)
        return [Contender(name, partial(work, loop), share, note) for name, loop in LOOPS.items()]


CLASSIC = Curve(
    classic,
    widths=(
        *(2, 4, 6, 8, 10, 14, 18, 22, 26, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100),
        *(120, 140, 160, 180, 200, 250, 300, 400),
    ),
    seeds=1,
    lr=0.01,
    epochs=1000,
    timed=2,
)
BOOK = Curve(
    signals,
    widths=(2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 50, 64, 80, 100),
    seeds=10,
    lr=0.02,
    epochs=500,
    timed=8,
)


def two_processes(quick: bool, curve: Curve) -> list[Contender]:
    """By wall clock; the fleet's time has the start of its processes in it."""
    curve = (curve.small() if quick else curve).draw()

    def whole():
        with start() as pool:
            curve.train(pool)

    def only_start():
        start().shutdown()

    ours = [("fleet, two processes", whole), ("  of that: starting them", only_start)]
    return [*curve.loops(), *(Contender(*one) for one in ours)]


def one_process(quick: bool, curve: Curve) -> list[Contender]:
    """By CPU time of one thread."""
    curve = (curve.small() if quick else curve).draw()
    return [*curve.loops(), Contender("fleet, one process", curve.train)]


def one_process_in_part(quick: bool, curve: Curve) -> list[Contender]:
    """By CPU time of one thread, where the fleet too trains for some of the epochs only."""
    whole = (curve.small() if quick else curve).draw()
    part = replace(whole, epochs=1 if quick else 40)
    note = f"extrapolated from {part.epochs} of {whole.epochs} epochs, measured once"
    train = partial(part.train, report=[part.epochs])
    ours = Contender("fleet, one process", train, part.epochs / whole.epochs, note)
    return [*whole.loops(), ours]


def steady(quick: bool, job: networks.Job) -> list[Contender]:
    """As `networks`, twice as large, on two processes that have already started."""
    job = job.small() if quick else replace(job, networks=2 * job.networks, epochs=2 * job.epochs)
    ours = partial(job.prepare().train, executor=started())
    loops = [Contender(n, partial(job.alone, loop), job.steps) for n, loop in LOOPS.items()]
    return [*loops, Contender("fleet, two processes", ours, job.amount)]


_OURS = "fleet, two processes"
BENCHMARKS = [
    Benchmark(
        "curve-cpu", "this book's curve, 22 widths x 10 seeds x 500 epochs, on one thread",
        "job", "fleet, one process", partial(one_process, curve=BOOK), rounds=1, warm=False,
    ),
    Benchmark(
        "classic-cpu", "the classic job, 28 widths x 1000 epochs, on one thread",
        "job", "fleet, one process", partial(one_process_in_part, curve=CLASSIC),
        rounds=2, warm=False,
    ),
    *[
        Benchmark(
            f"two-processes-{job.width}",
            f"{2 * job.networks} networks of width {job.width}, half of them in each process",
            "network and step", _OURS, partial(steady, job=job), clock="wall", rounds=3, ends=False,
        )
        for job in networks.JOBS[:3]
    ],
    Benchmark(
        "curve", "this book's curve: 22 widths x 10 seeds, 1000 examples, 500 epochs",
        "job", _OURS, partial(two_processes, curve=BOOK), clock="wall", rounds=2, warm=False,
    ),
    Benchmark(
        "classic", "28 widths 2 to 400, 4000 examples, 1000 epochs, one seed",
        "job", _OURS, partial(two_processes, curve=CLASSIC), clock="wall", rounds=1, warm=False,
    ),
]  # fmt: skip
