"""The plan a user reads: it names every bucket, and training follows it."""

from torch import nn
from train_toys import I, K, toy

from reglab.train import fleet, mlp, modules


def test_reads_well():
    plan = fleet(
        mlp([3, 5, 400]), toy, epochs=2, lr=0.1, seeds=range(4), device="cpu", dry_run=True
    )
    lines = repr(plan).split("\n")
    assert lines[0] == "12 networks in 2 buckets, trained one after another:"
    assert lines[1].split() == "networks widths padded to memory MB share of the work".split()
    assert lines[2].split()[:3] == ["8", "3-5", "5"]
    assert lines[3].split()[:3] == ["4", "400", "400"]
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
    assert repr(plan).split("\n")[2].split() == ["10", "0.1", "100%"]
