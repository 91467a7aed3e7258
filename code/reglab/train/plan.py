"""The plan of a fleet, to read before it runs: what is trained as one, in how much memory.

Room        train -- tests/train/test_plan.py
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reglab.data import Splits
from reglab.train.buckets import Bucket, Problem, make_buckets
from reglab.train.settings import Network


@dataclass(frozen=True)
class Plan:
    """How a fleet would be trained: read it before running, as fleet(..., dry_run=True).

    Attributes: buckets, trained one after another; networks, of the whole grid.
    """

    buckets: list[Bucket]
    networks: list[Network]

    def __repr__(self) -> str:
        total = sum(b.work for b in self.buckets)
        rows = [("networks", "widths", "padded to", "memory MB", "share of the work")]
        for b in self.buckets:
            widths = sorted({self.networks[i].spec.width for i in b.members} if b.width else {0})
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
    networks: list[Network],
    which: Sequence[int],
    splits: Sequence[Splits],
    *,
    epochs: int,
    memory: int,
) -> Plan:
    """Plan a fleet: `which` holds the number of each network's own data set in `splits`."""
    x = splits[0].train.x
    problem = Problem(
        inputs=x[0].numel(),
        outputs=splits[0].classes or 1,
        epochs=epochs,
        itemsize=x.element_size(),
        device=x.device.type,
        memory=memory,
    )
    group = [(n.seed, d) for n, d in zip(networks, which, strict=True)]
    sizes = [len(splits[d].train) for d in which]
    return Plan(make_buckets(networks, group, sizes, problem), networks)
