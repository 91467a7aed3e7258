"""Whole jobs: the classic double descent in 28 widths, this book's own curve; two processes."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial

import torch

from bench import networks
from bench.loops import lean_loop, notebook_loop
from bench.timing import Benchmark, Contender
from reglab.data import Splits, mnist1d
from reglab.train import fleet, mlp

LOOPS = {"notebook loop": notebook_loop, "lean loop": lean_loop}


def start() -> Executor:
    """Start two processes of one thread each."""
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(2, spawn, torch.set_num_threads, (1,))
    together(pool, [torch.get_num_threads] * 2)
    return pool


started = cache(start)  # the same two processes for all that leave starting them aside


def together(pool: Executor, calls: Sequence[Callable]) -> None:
    """Let the processes share the calls."""
    for done in [pool.submit(call) for call in calls]:
        done.result()


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

    def train(self, widths: Sequence[int] = (), seeds: Sequence[int] = ()) -> None:
        """Train some of the widths and seeds by the fleet (none: all)."""
        fleet(
            mlp(width=list(widths or self.widths)),
            self.make,
            seeds=seeds or range(self.seeds),
            lr=self.lr,
            epochs=self.epochs,
            device="cpu",
        )

    def pieces(self) -> list[Callable]:
        """The job in pieces that two processes can share, the longest first."""
        if self.seeds > 1:
            parts = [range(first, self.seeds, 4) for first in range(min(4, self.seeds))]
            return [partial(self.train, seeds=part) for part in parts]
        wide = [[w] for w in self.widths if w > 100]
        rest = [w for w in self.widths if w <= 100]
        parts = [*wide[::-1], rest[-6:], rest[:-6]]
        return [partial(self.train, widths=part) for part in parts if part]

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
    timed=4,
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
    curve = curve.small() if quick else curve
    curve.make(0)  # drawn now, not on the clock

    def whole():
        with start() as pool:
            together(pool, curve.pieces())

    def only_start():
        start().shutdown()

    ours = [("fleet, two processes", whole), ("  of that: starting them", only_start)]
    return [*curve.loops(), *(Contender(*one) for one in ours)]


def one_process(quick: bool, curve: Curve) -> list[Contender]:
    """By CPU time of one thread."""
    curve = curve.small() if quick else curve
    for seed in range(curve.seeds):
        curve.make(seed)
    return [*curve.loops(), Contender("fleet, one process", curve.train)]


def one_process_in_part(quick: bool, curve: Curve) -> list[Contender]:
    """By CPU time of one thread, where the fleet too trains for some of the epochs only."""
    whole = curve.small() if quick else curve
    part = replace(whole, epochs=4 * whole.timed)
    note = f"extrapolated from {part.epochs} of {whole.epochs} epochs, measured at ten of them"
    ours = Contender("fleet, one process", part.train, part.epochs / whole.epochs, note)
    part.make(0)
    return [*whole.loops(), ours]


def steady(quick: bool, job: networks.Job) -> list[Contender]:
    """As `networks`, but a fleet in each of two processes that have already started."""
    job = job.small() if quick else replace(job, epochs=3 * job.epochs)
    pool, pair = started(), [job.prepare().train] * 2
    together(pool, [job.small().prepare().train] * 2)  # each process draws its examples
    loops = [Contender(n, partial(job.alone, loop), job.steps) for n, loop in LOOPS.items()]
    return [
        *loops,
        Contender("fleet, two processes", partial(together, pool, pair), 2 * job.amount),
    ]


_OURS = "fleet, two processes"
BENCHMARKS = [
    *[
        Benchmark(
            f"two-processes-{job.width}",
            f"twice {job.networks} networks of width {job.width}",
            "network and step", _OURS, partial(steady, job=job), clock="wall",
        )
        for job in networks.JOBS[:3]
    ],
    Benchmark(
        "classic", "28 widths 2 to 400, 4000 examples, 1000 epochs, one seed",
        "job", _OURS, partial(two_processes, curve=CLASSIC), clock="wall", rounds=1, warm=False,
    ),
    Benchmark(
        "classic-cpu", "the classic job on one thread",
        "job", "fleet, one process", partial(one_process_in_part, curve=CLASSIC), rounds=3,
    ),
    Benchmark(
        "curve", "this book's curve: 22 widths x 10 seeds, 1000 examples, 500 epochs",
        "job", _OURS, partial(two_processes, curve=BOOK), clock="wall", rounds=3, warm=False,
    ),
    Benchmark(
        "curve-cpu", "this book's curve on one thread",
        "job", "fleet, one process", partial(one_process, curve=BOOK), rounds=1, warm=False,
    ),
]  # fmt: skip
