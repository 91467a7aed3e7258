"""Which networks are trained as one: buckets of like shape, padded to their widest member.

Room        train -- tests/train/test_plan.py
A ReLU unit whose weights are all zero stays exactly zero, so a narrow network can ride in a wider
stack. Padding all to the widest would waste most of the work (8x for widths 2 to 400), one bucket
per width wastes the fixed cost of each step; the plan weighs the two.
"""

from dataclasses import dataclass

from reglab.train.settings import Network

# Cost of a step, in units of one multiply-add: a fixed part per bucket and a part per network,
# for what takes time whatever the width (dispatch, softmax, gather). Only their ratio matters.
STEP, NETWORK = 20e6, 0.5e6
MOST = 32  # networks in one bucket: on a CPU, more gain nothing and leave the cache


@dataclass(frozen=True)
class Bucket:
    """Networks trained as one: their places in the grid, and the width they are padded to."""

    members: tuple[int, ...]
    width: int


def plan(networks: list[Network], sizes: list[int], inputs: int, outputs: int) -> list[Bucket]:
    """Split the networks into buckets. `sizes` holds each network's number of training examples.

    Only networks of equal depth, batch size, number of examples and optimizer can share a bucket.
    """
    kinds: dict[tuple, list[int]] = {}
    for i, n in enumerate(networks):
        kinds.setdefault((n.spec.depth, n.batch, sizes[i], n.optimizer), []).append(i)
    buckets = []
    for (depth, batch, size, _), members in kinds.items():
        widths = [networks[i].spec.width for i in members]
        examples = min(batch or size, size)
        for run in _by_width(
            widths, lambda h, d=depth, b=examples: b * work(h, d, inputs, outputs)
        ):
            chosen = [i for i in members if networks[i].spec.width in run]
            chosen.sort(key=lambda i: networks[i].spec.width)
            buckets += [Bucket(part, networks[part[-1]].spec.width) for part in _even(chosen, MOST)]
    return buckets


def work(width: int, depth: int, inputs: int, outputs: int) -> float:
    """Multiply-adds of a training step, for each example: three matrix products per layer."""
    return 3 * width * (inputs + (depth - 1) * width + outputs)


def _by_width(widths: list[int], cost) -> list[list[int]]:
    """Cut the sorted distinct widths into runs, at the least total cost (dynamic programming)."""
    distinct = sorted(set(widths))
    count = [widths.count(w) for w in distinct]
    best: list[tuple[float, int]] = [(0.0, 0)]  # cheapest cost of the first k widths, last cut
    for k in range(1, len(distinct) + 1):
        each = NETWORK + cost(distinct[k - 1])
        best.append(
            min(
                (best[j][0] + _steps(sum(count[j:k])) + sum(count[j:k]) * each, j) for j in range(k)
            )
        )
    runs, k = [], len(distinct)
    while k:
        k, end = best[k][1], k
        runs.append(distinct[k:end])
    return runs[::-1]


def _steps(members: int) -> float:
    """Fixed cost of a run: one per bucket of at most MOST networks."""
    return STEP * -(-members // MOST)


def _even(members: list[int], most: int) -> list[tuple[int, ...]]:
    """Cut into as few parts as `most` allows, of nearly equal length."""
    parts = -(-len(members) // most)
    cuts = [round(len(members) * k / parts) for k in range(parts + 1)]
    return [tuple(members[a:b]) for a, b in zip(cuts, cuts[1:], strict=False)]
