"""The plan a user reads: it names every bucket, and training follows it."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from train_toys import I, K, toy

import reglab.train.running.plan as plan_module
from reglab.train import fleet, mlp, modules
from reglab.train.running.buckets import STEP, Bucket
from reglab.train.running.plan import LONG, shorter


def test_reads_well():
    plan = fleet(
        mlp([3, 5, 100]), toy, epochs=2, lr=0.1, seeds=range(4), device="cpu", dry_run=True
    )
    lines = repr(plan).split("\n")
    assert lines[0] == "12 networks in 2 buckets, trained one after another:"
    assert lines[1].split() == "networks widths padded to memory MB share of the work".split()
    assert lines[2].split()[:3] == ["8", "3-5", "5"]
    assert lines[3].split()[:3] == ["4", "100", "100"]
    assert all(len(line) == len(lines[1]) for line in lines[2:])
    shares = [int(line.split()[-1].rstrip("%")) for line in lines[2:]]
    assert sum(shares) in (99, 100, 101)


def test_less_memory_means_more_buckets():
    def count(memory):
        plan = fleet(mlp(50), toy, epochs=1, lr=0.1, device="cpu", dry_run=True, memory=memory)
        assert all(b.memory <= memory for b in plan.buckets)
        return len(plan.buckets)

    assert count(2**29) == 1 and count(300_000) > 1


def test_modules_have_no_width():
    plan = fleet(
        modules(lambda: nn.Linear(I, K)), toy, epochs=1, lr=0.1, device="cpu", dry_run=True
    )
    assert repr(plan).split("\n")[2].split() == ["10", "0.0", "100%"]


def bucket(groups=4, each=3, steps=100, share=1.0):
    """A bucket whose work is `share` times LONG, all but its fixed cost."""
    members = tuple(range(groups * each))
    return Bucket(members, groups, 9, memory=1200, work=STEP * steps + share * LONG), steps


def test_a_long_bucket_is_cut_between_its_groups_at_equal_padding():
    whole, steps = bucket(groups=4, share=2.5)
    parts = shorter(whole, steps, LONG)
    assert [p.members for p in parts] == [tuple(range(3)), tuple(range(3, 9)), tuple(range(9, 12))]
    assert [p.groups for p in parts] == [1, 2, 1] and {p.width for p in parts} == {9}
    assert [p.memory for p in parts] == [300, 600, 300]
    assert sum(p.work for p in parts) == pytest.approx(whole.work + 2 * STEP * steps)


def test_a_single_long_group_is_cut_within():
    parts = shorter(*bucket(groups=1, each=6, share=1.9), LONG)
    assert [p.members for p in parts] == [(0, 1, 2), (3, 4, 5)]
    assert [p.groups for p in parts] == [1, 1]


def test_short_buckets_and_single_networks_stay_whole():
    for whole, steps in [bucket(share=0.9), bucket(groups=1, each=1, share=50), bucket(steps=0)]:
        assert shorter(whole, steps, LONG)[0].members == whole.members


def test_cutting_adds_little_work():
    """Narrow networks, whose steps cost mostly their fixed part, stay together however long."""
    for fixed in (0.01, 0.05, 0.3):
        steps = round(fixed * 20 * LONG / STEP)
        whole, _ = bucket(groups=20, share=20 * (1 - fixed), steps=steps)
        parts = shorter(whole, steps, LONG)
        assert sum(p.work for p in parts) <= 1.05 * whole.work
        assert len(parts) == {0.01: 6, 0.05: 2, 0.3: 1}[fixed]


def test_a_large_part_of_the_work_is_cut_however_short(monkeypatch):
    def buckets(parts):
        monkeypatch.setattr(plan_module, "PARTS", parts)
        settings = dict(seeds=range(16), epochs=1, lr=0.1, batch=None, device="cpu", n=200)
        found = fleet(mlp(100), toy, dry_run=True, **settings).buckets
        assert sorted(i for b in found for i in b.members) == list(range(16))
        return found

    assert len(buckets(parts=1)) == 1
    parts = buckets(parts=3)
    assert len(parts) == 3 and sum(b.work for b in parts) < LONG


def test_units_follow_the_buckets():
    settings = dict(epochs=2, lr=0.1, seeds=[0, 3], device="cpu", noise=[0.5, 0.6])
    plan = fleet(mlp([3, 60]), toy, dry_run=True, **settings)
    for b, unit in zip(plan.buckets, plan.units, strict=True):
        assert unit.task.networks == [replace(plan.networks[i], data=()) for i in b.members]
        assert unit.task.width == b.width and len(unit.task.data) == b.groups
        for m, i in enumerate(b.members):
            own = toy(plan.networks[i].seed, **dict(plan.networks[i].data)).train
            assert torch.equal(unit.task.data_of(m).train.x, own.x.float())
            assert torch.equal(unit.task.data_of(m).train.y, own.y)


def test_the_cut_changes_no_bit(monkeypatch):
    settings = dict(epochs=2, lr=[0.05, 0.1], seeds=range(4), report=[2], keep="predictions")
    whole = fleet(mlp([9, 10]), toy, device="cpu", **settings)
    monkeypatch.setattr(plan_module, "LONG", 1e6)
    monkeypatch.setattr(plan_module, "EXTRA", 100)
    plan = fleet(mlp([9, 10]), toy, device="cpu", dry_run=True, **settings)
    assert len(plan.buckets) == 4
    assert whole.equals(fleet(mlp([9, 10]), toy, device="cpu", **settings))
