"""Which networks are trained as one: buckets of like shape, padded to their widest member.

A ReLU unit whose weights are all zero stays exactly zero, so a narrow network can ride in a wider
stack. Padding all to the widest would waste most of the work (8x for widths 2 to 400), one bucket
per width wastes the fixed cost of each step; the plan weighs the two, and keeps to the memory.
A bucket is G groups of S networks: a group shares its data and its minibatch order, so that its
networks read one input.
Symbols     M = G S models of a bucket, H width, B examples of a minibatch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import torch

from reglab.train.engines.products import padded
from reglab.train.models import MLP
from reglab.train.running.module_cost import ModuleCost, count_module
from reglab.train.settings import Network
from reglab.train.techniques import sort_techniques

# Cost of a step in multiply-adds: fixed, of a group (its minibatch) and of a network. Fitted to
# one thread of an AMD EPYC, 4.6e10 a second, widths 4 to 100, within 5 %. Only the ratios matter.
STEP, GROUP, NETWORK = 2e6, 0.24e6, 0.09e6
# The same for modules under vmap: a step's calls take long, and a product as long as four.
MODULES_STEP, PRODUCT = 50e6, 4
MOST = {"cpu": 64}  # networks in one bucket; more gain nothing on a CPU
MOST_ELSEWHERE = 1024  # an accelerator needs thousands of small products to be busy (not measured)
# Bytes that a step of a bucket of MLPs may touch on a CPU: more leave its cache. On an EPYC with
# 1 MB for each core and 32 MB that all share, 5e6 and 40e6 differed by less than the noise of 10 %.
CACHE = 12e6


@dataclass(frozen=True)
class Bucket:
    """Networks trained as one.

    Attributes:
        members: places in the grid, group after group.
        groups: G; len(members) = G S.
        width: what the members are padded to; None for networks that are not MLPs.
        memory: estimate, in bytes.
        work: estimate of its time, in multiply-adds.
    """

    members: tuple[int, ...]
    groups: int
    width: int | None
    memory: int
    work: float


@dataclass(frozen=True)
class Problem:
    """What the plan must know of data and machine: sizes, bytes per number, limits."""

    inputs: int
    outputs: int
    epochs: int
    shape: tuple[int, ...] = ()  # of one input; empty: (inputs,)
    itemsize: int = 4
    tokens: bool = False  # inputs are token ids
    device: str = "cpu"
    memory: int = 2**29

    @property
    def most(self) -> int:
        """Networks in one bucket, at most."""
        return MOST.get(self.device, MOST_ELSEWHERE)


def make_buckets(
    networks: Sequence[Network],
    group: Sequence[Any],
    sizes: Sequence[int],
    problem: Problem,
    like: Sequence[Any] | None = None,
) -> list[Bucket]:
    """Split the networks of a grid into buckets.

    Only networks of one kind share a bucket: equal depth (or equal module), number of examples,
    and equal training except rates: batch size, optimizer, schedule, loss, techniques.
    Args:
        group: for each network a key; equal keys mean equal data and equal minibatch order.
        sizes: each network's number of training examples.
        like: for each network a key; only networks of equal keys may share a bucket.
    """
    kinds: dict[tuple, list[int]] = {}
    for i, n in enumerate(networks):
        mlp, t = mlp_of(n), n.training
        shape = mlp.depth if mlp else n.spec
        kind = (shape, sizes[i], t.batch, t.optimizer, t.schedule, t.loss, t.techniques)
        kinds.setdefault((*kind, like[i] if like else None), []).append(i)
    buckets = []
    for members in kinds.values():
        size = sizes[members[0]]
        widest = max((networks[i] for i in members), key=lambda n: getattr(n.spec, "dropout", 0))
        cost = Cost(widest, size, problem)
        rows: dict[Any, list[int]] = {}  # group -> its networks of this kind
        for i in members:
            rows.setdefault(group[i], []).append(i)
        tables: dict[tuple, list[list[int]]] = {}  # widths -> the groups that have these
        for ordered in rows.values():  # narrow first; without arms all groups have the same
            ordered.sort(key=lambda i: _width(networks[i]))
            widths = tuple(_width(networks[i]) for i in ordered)
            tables.setdefault(widths, []).append(ordered)
        for widths, table in tables.items():
            for start, stop in _runs(widths, len(table), cost):
                part = [ordered[start:stop] for ordered in table]
                buckets += _cut(part, widths[start:stop], cost)
    return buckets


def mlp_of(network: Network) -> MLP | None:
    """Its MLP if the engine for MLPs trains it, else None: techniques on weights need vmap too."""
    spec, techniques = network.spec, sort_techniques(network.training.techniques)
    return spec if isinstance(spec, MLP) and not techniques.on_weights else None


class Cost:
    """Time and memory of one network of a kind, at a given padded width."""

    def __init__(self, like: Network, size: int, problem: Problem):
        self.problem, self.like, self.mlp, self.size = problem, like, mlp_of(like), size
        self.batch = min(like.training.batch or size, size)
        self.steps = problem.epochs * -(-size // self.batch)
        self.step = STEP if self.mlp else MODULES_STEP

    def work(self, width: int) -> float:
        """Multiply-adds of one step: three matrix products for each layer, and its own part."""
        if not self.mlp:
            return NETWORK + 3 * PRODUCT * self.batch * self.module.products
        p, depth = self.problem, self.mlp.depth
        each = 3 * width * (p.inputs + (depth - 1) * width + p.outputs)
        return NETWORK + self.batch * each

    @cached_property
    def module(self) -> ModuleCost:
        """What is counted in a network that is not part of a stack of MLPs."""
        p = self.problem
        module = self.like.spec.build(p.inputs, p.outputs, self.like.seed)
        return count_module(module, p.shape or (p.inputs,), torch.int64 if p.tokens else None)

    def memory(self, width: int) -> int:
        """Bytes of weights, optimizer state, activations, their gradients, masks and inputs."""
        p = self.problem
        if self.mlp:
            depth, rows, inputs = self.mlp.depth, padded(width + 1), padded(p.inputs + 1)
            units = depth * rows + p.outputs
            weights = rows * (inputs + (depth - 1) * rows + p.outputs)
        else:
            inputs, weights, units = p.inputs, self.module.weights, self.module.activations
        states = 3 if self.like.training.optimizer == "sgd" else 5
        numbers = states * weights + self.batch * (2 * inputs + 3 * units)
        return self.bits(width) + round(p.itemsize * numbers)

    def bits(self, width: int) -> int:
        """Bytes of the random bits of an epoch's dropout masks."""
        spec = self.like.spec
        return 2 * self.size * spec.depth * width if isinstance(spec, MLP) and spec.dropout else 0

    def most(self, width: int) -> int:
        """Networks of this width that may share a bucket."""
        limits = [self.problem.most, self.problem.memory // self.memory(width)]
        if self.problem.device == "cpu" and self.mlp:
            limits.append(int(CACHE / (self.memory(width) - self.bits(width))))
        return max(1, min(limits))


def _runs(widths: Sequence[int], groups: int, cost: Cost) -> list[tuple[int, int]]:
    """Cut the sorted widths into runs (start, stop) of least total cost: dynamic programming."""
    ends = [k for k in range(1, len(widths)) if widths[k] != widths[k - 1]] + [len(widths)]
    best: dict[int, tuple[float, int]] = {0: (0.0, 0)}  # cost of the first k, start of its last run
    for k in ends:
        width = widths[k - 1]
        each, most = cost.work(width), cost.most(width)
        options = []
        for j in best:
            buckets, parts = -(-groups * (k - j) // most), -(-(k - j) // most)
            shared = cost.step * buckets + GROUP * groups * parts
            options.append((best[j][0] + shared + groups * (k - j) * each, j))
        best[k] = min(options)
    runs, k = [], len(widths)
    while k:
        runs.append((best[k][1], k))
        k = best[k][1]
    return runs[::-1]


def _cut(table: list[list[int]], widths: Sequence[int], cost: Cost) -> list[Bucket]:
    """Cut a table (groups, networks of each) into buckets: between groups, within if need be."""
    most, buckets = cost.most(widths[-1]), []
    for start, stop in _even(len(widths), most):
        width = widths[stop - 1]
        for first, last in _even(len(table), max(1, most // (stop - start))):
            members = tuple(i for row in table[first:last] for i in row[start:stop])
            fixed = cost.step + GROUP * (last - first)
            bucket = Bucket(
                members,
                groups=last - first,
                width=width if cost.mlp else None,
                memory=len(members) * cost.memory(width),
                work=cost.steps * (fixed + len(members) * cost.work(width)),
            )
            buckets.append(bucket)
    return buckets


def _even(n: int, most: int) -> list[tuple[int, int]]:
    """Cut range(n) into as few stretches (start, stop) as `most` allows, of nearly equal length."""
    return stretches(n, -(-n // most))


def stretches(n: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(n) into `parts` stretches (start, stop) of nearly equal length."""
    cuts = [round(n * k / parts) for k in range(parts + 1)]
    return list(pairwise(cuts))


def _width(network: Network) -> int:
    mlp = mlp_of(network)
    return mlp.width if mlp else 0
