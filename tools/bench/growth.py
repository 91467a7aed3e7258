"""How the time of the fast fleet grows: with networks, width, training examples, epochs."""

from functools import partial

from bench.networks import Job
from bench.timing import Benchmark, Contender

GROWTH = {
    # name: title, jobs by label
    "networks": (
        "networks of width 10, 4000 examples",
        {f"{m} networks": Job(10, m, max(5, 50 // m)) for m in (1, 3, 10, 30, 100, 300)},
    ),
    "width": (
        "10 networks, 4000 examples",
        {f"width {h}": Job(h, 10, 2) for h in (2, 5, 10, 20, 50, 100, 200, 400)},
    ),
    "examples": (
        "10 networks of width 10",
        {f"{n} examples": Job(10, 10, 32000 // n, n) for n in (500, 1000, 2000, 4000, 8000)},
    ),
    "epochs": (
        "10 networks of width 10, 1000 examples",
        {f"{e} epochs": Job(10, 10, e, 1000) for e in (10, 20, 40, 80, 160)},
    ),
}


def contenders(quick: bool, jobs: dict[str, Job]) -> list[Contender]:
    """A contender for each size; the two smallest under `quick`."""
    chosen = list(jobs.items())[: 2 if quick else None]
    return [
        Contender(name, job.train, job.amount)
        for name, job in ((n, (j.small() if quick else j).prepare()) for n, j in chosen)
    ]


BENCHMARKS = [
    Benchmark(
        name=f"growth-{name}",
        title=title,
        unit="network and step",
        against=next(iter(jobs)),
        contenders=partial(contenders, jobs=jobs),
        rounds=2,
    )
    for name, (title, jobs) in GROWTH.items()
]
