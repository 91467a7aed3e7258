"""Run benchmarks, print their table, and keep it: see the package's docstring."""

import argparse
from fnmatch import fnmatch
from pathlib import Path

import torch

from bench import (
    features,
    growth,
    jobs,
    layers,
    machine,
    modules,
    networks,
    optimizers,
    paths,
    report,
)
from bench.timing import Benchmark, run

MODULES = (networks, modules, layers, features, growth, paths, optimizers, jobs)  # as in the table
RESULTS = Path(__file__).parents[2] / "results" / "bench.json"


def find(patterns: list[str]) -> list[Benchmark]:
    """Return the benchmarks with these names (networks-10) or patterns (growth-*), or all."""
    known = [b for module in MODULES for b in module.BENCHMARKS]
    for pattern in patterns:
        if not any(fnmatch(b.name, pattern) for b in known):
            names = ", ".join(b.name for b in known)
            raise SystemExit(f"no benchmark is called {pattern}; there are: {names}")
    return [b for b in known if not patterns or any(fnmatch(b.name, p) for p in patterns)]


def main(arguments: list[str] | None = None) -> None:
    """Measure; what is not quick is kept in results/bench.json, or where --out says."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names or patterns of benchmarks; none: all")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    chosen = parser.parse_args(arguments)
    benchmarks = find(chosen.rows)
    torch.set_num_threads(1)
    out = chosen.out or (None if chosen.quick else RESULTS)
    about, records = machine.describe(), []
    print(f"{about['cpu']}, {about['cores']} cores, load {about['load']}\n")
    for benchmark in benchmarks:
        records.append(run(benchmark, chosen.quick).record() | {"load": machine.load()})
        print("\n".join(report.lines(records[-1])), end="\n\n", flush=True)
        if out:  # after every row: what has been measured stays
            report.save(out, about, records, chosen.quick)
    if out:
        print(f"Written to {out}")


if __name__ == "__main__":
    main()
