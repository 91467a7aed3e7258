"""The plan of a fleet, to read before it runs: what is trained as one, in how much memory.

A bucket that is a large part of the work, or would train long, is cut where that costs little: so
that a sweep keeps a few workers equally busy, and loses little with one of them. The plan does not
depend on who runs it, so that a store does not, and a part keeps its bucket's padding, so that no
bit depends on the cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from reglab.data import Examples, Splits
from reglab.train.engines.task import Task
from reglab.train.models import MLP
from reglab.train.running.buckets import GROUP, STEP, Bucket, Cost, Problem, make_buckets, stretches
from reglab.train.running.units import Unit
from reglab.train.settings import Grid, Network

LONG = 2e11  # multiply-adds of about five seconds on one thread, see `buckets`
PARTS = 8  # no bucket should be more than this part of the work
EXTRA = 0.05  # most that cutting a bucket may add to its work


@dataclass(frozen=True, eq=False)
class Plan:
    """How a fleet would be trained: read it before running, as fleet(..., dry_run=True).

    Attributes: buckets, trained one after another; grid, all networks; units, the buckets ready
    to run, in the same order.
    """

    buckets: list[Bucket]
    grid: Grid
    units: list[Unit]

    @property
    def networks(self) -> list[Network]:
        """All networks of the grid."""
        return self.grid.networks

    def __repr__(self) -> str:
        total = sum(b.work for b in self.buckets) or 1
        rows: list[tuple[str, ...]] = [
            ("networks", "widths", "padded to", "memory MB", "share of the work")
        ]
        for b in self.buckets:
            specs = [self.networks[i].spec for i in b.members if b.width]
            widths = sorted({spec.width for spec in specs if isinstance(spec, MLP)} or {0})
            own = f"{widths[0]}-{widths[-1]}" if len(widths) > 1 else f"{widths[0]}"
            known = (own, str(b.width)) if b.width else ("", "")
            rows.append(
                (str(len(b.members)), *known, f"{b.memory / 1e6:.1f}", f"{b.work / total:.0%}")
            )
        ends = [len(top) + 3 for top in rows[0]]
        lines = ["".join(map(str.rjust, row, ends)) for row in rows]
        count = f"{len(self.networks)} networks in {len(self.buckets)} buckets"
        return "\n".join([f"{count}, trained one after another:", *lines])


def make_plan(
    grid: Grid,
    which: Sequence[int],
    splits: Sequence[Splits],
    *,
    epochs: int,
    memory: int,
    device: str,
    dtype: torch.dtype,
    reported: tuple[int, ...],
    keep: tuple[str, ...],
) -> Plan:
    """Plan a fleet: `which` holds the number of each network's own data set in `splits`.

    `dtype` is what to compute in; `reported` and `keep` are for each Unit.
    """
    x, networks = splits[0].train.x, grid.networks
    problem = Problem(
        inputs=x[0].numel(),
        shape=tuple(x.shape[1:]),
        outputs=splits[0].classes or 1,
        epochs=epochs,
        itemsize=dtype.itemsize,
        tokens=not x.is_floating_point(),
        device=device.partition(":")[0],
        memory=memory,
    )
    group = [(n.seed, d) for n, d in zip(networks, which, strict=True)]
    sizes = [len(splits[d].train) for d in which]
    like = [kind_of(splits[d].train) for d in which]
    buckets = make_buckets(networks, group, sizes, problem, like)
    if problem.device == "cpu":  # an accelerator needs its networks together
        first = [b.members[0] for b in buckets]
        costs = [Cost(networks[i], sizes[i], problem) for i in first]
        long = min(LONG, sum(b.work for b in buckets) / PARTS)
        cut = [shorter(b, c.steps, long, c.step) for b, c in zip(buckets, costs, strict=True)]
        buckets = [part for parts in cut for part in parts]
    units = []
    for b in buckets:
        each = len(b.members) // b.groups
        data = [splits[which[i]] for i in b.members[::each]]
        # Without the names of data settings, which can be large: the data themselves are there.
        members = [replace(networks[i], data=()) for i in b.members]
        task = Task(members, data, b.width, epochs, dtype)
        units.append(Unit(task, reported, keep, device))
    return Plan(buckets, grid, units)


def kind_of(examples: Examples) -> tuple:
    """What examples trained as one have in common: numbers or token ids, and kind of targets."""
    y = examples.y
    return y.shape[1:], y.is_floating_point(), examples.x.is_floating_point()


def shorter(bucket: Bucket, steps: int, long: float, step: float = STEP) -> list[Bucket]:
    """Cut a bucket of more than `long` work into parts of equal padding.

    The cuts are between its groups, within if there is one. Every part pays the fixed cost of each
    step, `step`, once more, and all of them at most EXTRA together.
    """
    each = len(bucket.members) // bucket.groups
    cuttable = bucket.groups if bucket.groups > 1 else each
    fixed = steps * (step if bucket.groups > 1 else step + GROUP)
    wanted = -(-bucket.work // long) if long else 1
    affordable = 1 + EXTRA * bucket.work // fixed if fixed else 1
    parts = int(max(1, min(wanted, affordable, cuttable)))
    size = len(bucket.members) // cuttable  # networks of one group, or one network
    found = []
    for first, last in stretches(cuttable, parts):
        start, stop = size * first, size * last
        share = (stop - start) / len(bucket.members)
        found.append(
            replace(
                bucket,
                members=bucket.members[start:stop],
                groups=(stop - start) // each if bucket.groups > 1 else 1,
                memory=round(bucket.memory * share),
                work=fixed + (bucket.work - fixed) * share,
            )
        )
    return found
