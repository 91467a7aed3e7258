"""Buckets: every network once, only like with like, groups of equal size, memory bounded."""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from train_toys import networks, task

from reglab.data import Examples, Splits
from reglab.train import mlp, modules
from reglab.train.engines.backprop import FastStack, Noise
from reglab.train.running.buckets import CACHE, GROUP, MOST, NETWORK, STEP, Problem, make_buckets

PROBLEM = Problem(inputs=40, outputs=10, epochs=1)


def buckets(all_, problem=PROBLEM, sizes=None):
    return make_buckets(all_, [n.seed for n in all_], sizes or [1000] * len(all_), problem)


def exact(widths):
    """Multiply-adds of the three products of a step, for 40-H-H-10 and one example."""
    return sum(3 * (40 * h + h * h + 10 * h) for h in widths)


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=12, unique=True),
    st.integers(1, 40),
    st.integers(10**5, 10**9),
)
def test_every_network_has_one_place_that_fits(widths, seeds, memory):
    all_ = networks(mlp(widths), range(seeds), batch=100)
    found = buckets(all_, Problem(40, 10, 1, memory=memory))
    assert sorted(i for b in found for i in b.members) == [*range(len(all_))]
    for b in found:
        assert b.width == max(all_[i].spec.width for i in b.members)
        assert len(b.members) <= MOST["cpu"]
        assert b.memory <= min(memory, CACHE) or len(b.members) == 1
        each = len(b.members) // b.groups
        rows = [b.members[g * each : (g + 1) * each] for g in range(b.groups)]
        assert b.groups * each == len(b.members)
        assert all(len({all_[i].seed for i in row}) == 1 for row in rows)
        assert len({tuple(all_[i].spec for i in row) for row in rows}) == 1


def test_only_like_shares_a_bucket():
    varied = dict(batch=[10, 20], optimizer=["sgd", "adam"], schedule=["constant", "linear"])
    all_ = networks(mlp([5], depth=[1, 2]), lr=[0.1, 0.2], **varied)
    sizes = [1000 if n.training.lr == 0.1 else 500 for n in all_]
    found = buckets(all_, sizes=sizes)
    kind = [
        (n.spec.depth, n.training.batch, n.training.optimizer, n.training.schedule, s)
        for n, s in zip(all_, sizes, strict=True)
    ]
    assert len(found) == len(set(kind)) == 32
    assert all(len({kind[i] for i in b.members}) == 1 for b in found)


def test_wide_networks_stand_apart_and_narrow_ones_together():
    widths = [2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200, 400]
    all_ = networks(mlp(widths), [0], batch=100)
    found = buckets(all_)
    padded = exact([b.width for b in found for _ in b.members])
    assert padded < 1.1 * exact(widths)
    assert len(found) < len(widths)
    assert {0, 1, 2, 3} <= set(found[0].members)


def test_the_cut_is_the_best_of_all():
    widths, n = [2, 8, 20, 30, 60], 5
    all_ = networks(mlp(widths), [0], batch=100)

    def cost(cuts):  # cuts as bits between neighbors
        total, first = 0.0, 0
        for k in range(n):
            if k == n - 1 or cuts >> k & 1:
                each = exact([widths[k]])
                total += STEP + GROUP + (k + 1 - first) * (NETWORK + 100 * each)
                first = k + 1
        return total

    best = min(cost(cuts) for cuts in range(2 ** (n - 1)))
    assert sum(b.work for b in buckets(all_)) == pytest.approx(10 * best)  # 10 steps


def test_many_networks_are_cut_between_groups_first():
    found = buckets(networks(mlp(12), range(40), batch=100, lr=[0.1, 0.2, 0.3]))
    assert [(len(b.members), b.groups) for b in found] == [(60, 20), (60, 20)]
    found = buckets(networks(mlp([10]), [0], lr=[0.01 * i for i in range(1, 141)]))
    assert [(len(b.members), b.groups) for b in found] == [(47, 1), (46, 1), (47, 1)]


def test_wide_networks_are_cut_to_fit_the_cache():
    def sizes(problem):
        return [len(b.members) for b in buckets(networks(mlp(100), range(30), batch=100), problem)]

    assert sizes(PROBLEM) == [15, 15]
    assert sizes(Problem(inputs=40, outputs=10, epochs=1, device="cuda")) == [30]


def test_each_part_of_a_long_run_is_padded_to_its_own_widest():
    all_ = networks(mlp([9, 10]), [0], lr=[0.01 * i for i in range(1, 81)])
    found = buckets(all_)
    own = [max(all_[i].spec.width for i in b.members) for b in found]
    assert [b.width for b in found] == own == [9, 10, 10]


def test_memory_grows_with_width_batch_and_state():
    def memory(width=50, dropout=0.0, **training):
        return buckets(networks(mlp(width, dropout=dropout), [0], **training))[0].memory

    assert memory(50, batch=100) < memory(100, batch=100) < memory(100, batch=None)
    assert memory(optimizer="sgd") < memory(optimizer="adam")
    assert memory(batch=2000) == memory(batch=None)  # no more than there are
    assert memory(dropout=0.1) - memory() == 2 * 1000 * 2 * 50  # 16 bits: examples, layers, units


def test_modules_share_a_bucket_with_their_like():
    def make(width):
        return nn.Linear(40, width)

    found = buckets(networks(modules(make, width=[3, 4]), range(2)))
    assert [(b.groups, b.width, len(b.members)) for b in found] == [(2, None, 2)] * 2


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("width, inputs", [(64, 6), (5, 300)])
def test_estimated_memory_is_what_the_fast_engine_takes(width, inputs, optimizer, dropout):
    t = task(mlp(width, dropout=dropout), seeds=range(3), optimizer=optimizer, batch=20)
    t = replace(t, data=[with_inputs(data, inputs) for data in t.data])
    s = FastStack(t)
    s.train_epoch(0)
    adam = getattr(s.optimizer, "adam", None)
    state = [s.optimizer.sums, s.fresh, *([adam.first, adam.second] if adam else [])]
    b = s.buffers[20]
    bits = [n for n in Noise(s, 0).bits if dropout]
    held = [*s.weights, *chain(*state), *b.h, *b.delta, *b.masks, b.z, b.rows, b.x, *bits]
    taken = sum(t.nbytes for t in held)
    problem = Problem(inputs, 3, 1, itemsize=8)
    estimate = sum(b.memory for b in buckets(list(t.networks), problem, [40] * 3))
    assert taken <= estimate < 1.6 * taken


def with_inputs(data, inputs):
    """The data with its inputs repeated until there are so many."""
    parts = [
        Examples(part.x.repeat(1, -(-inputs // part.x.shape[1]))[:, :inputs], part.y)
        for part in (data.train, data.val, data.test)
    ]
    return Splits(*parts, data.classes)
