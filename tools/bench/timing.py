"""Contenders take turns; the same rounds for all, so that a busy moment hits them alike."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


def cpu_seconds() -> float:
    """CPU time of this process and of those it started that have ended."""
    return sum(os.times()[:4])


CLOCKS = {
    "cpu": time.process_time,  # of this process: what others do on the machine counts little
    "wall": time.perf_counter,  # where several processes work together
}


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        name: what the table calls it.
        work: does the work once.
        amount: how many of the benchmark's units that is.
        note: what a reader must know, above all if the time is extrapolated.
    """

    name: str
    work: Callable[[], Any]
    amount: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Benchmark:
    """Some ways to do the same work, and how to compare them.

    Attributes:
        name: of the row, as given on the command line.
        title: what is done, with its sizes.
        unit: what a time is for, such as "network and step".
        against: name of the contender that all others are compared with.
        contenders: called with `quick`; prepares, and returns the contenders.
        clock: one of CLOCKS.
        rounds: how often each contender has its turn (once under `quick`).
        warm: let each have one turn more, first, that does not count.
        ends: whether all processes end with the work; until then, their CPU time is not known.
    """

    name: str
    title: str
    unit: str
    against: str
    contenders: Callable[[bool], Sequence[Contender]]
    clock: str = "cpu"
    rounds: int = 5
    warm: bool = True
    ends: bool = True


@dataclass
class Row:
    """The outcome: for each contender its seconds per unit, one for each round.

    Whatever the clock, `cpu` holds the CPU seconds of all processes that a contender started and
    ended, and of this one: on a busy machine it says more than the clock on the wall.
    """

    benchmark: Benchmark
    contenders: Sequence[Contender]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        """How many times as long as `against` this contender takes: the median over rounds."""
        ours = np.array(self.seconds[self.benchmark.against])
        return float(np.median(np.array(self.seconds[name]) / ours))

    def record(self) -> dict[str, Any]:
        """The row as plain data, for JSON."""
        names = ("name", "title", "unit", "clock", "against")
        return {name: getattr(self.benchmark, name) for name in names} | {
            "contenders": [self._one(c) for c in self.contenders]
        }

    def _one(self, c: Contender) -> dict[str, Any]:
        low, median, high = np.quantile(self.seconds[c.name], [0.25, 0.5, 0.75]).tolist()
        times = {"seconds": median, "quartiles": [low, high], "rounds": len(self.seconds[c.name])}
        if self.benchmark.ends:
            times["cpu_seconds"] = float(np.median(self.cpu[c.name]))
        return {"name": c.name} | times | {"ratio": self.ratio(c.name), "note": c.note}


def run(benchmark: Benchmark, quick: bool) -> Row:
    """Let the contenders take turns."""
    clock = CLOCKS[benchmark.clock]
    row = Row(benchmark, list(benchmark.contenders(quick)))
    row.seconds, row.cpu = ({c.name: [] for c in row.contenders} for _ in range(2))
    rounds = 1 if quick else benchmark.rounds
    for number in range(-1 if benchmark.warm and not quick else 0, rounds):
        for c in row.contenders:
            start, cpu = clock(), cpu_seconds()
            c.work()
            taken, cpu = clock() - start, cpu_seconds() - cpu
            if number >= 0:
                row.seconds[c.name].append(taken / c.amount)
                row.cpu[c.name].append(cpu / c.amount)
    return row
