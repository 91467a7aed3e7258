"""The plan: every network once, only like with like, and never all padded to the widest."""

from hypothesis import given
from hypothesis import strategies as st

from reglab.train import mlp
from reglab.train.plan import MOST, Bucket, plan, work
from reglab.train.settings import expand


def networks(width, seeds=range(2), **other):
    training = dict(lr=0.1, momentum=0.9, weight_decay=0.0, batch=100, optimizer="sgd") | other
    depth = training.pop("depth", 2)
    return expand(mlp(width, depth=depth), training, {}, seeds).networks


def cost(buckets, inputs=40, outputs=10):
    return sum(len(b.members) * work(b.width, 2, inputs, outputs) for b in buckets)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12, unique=True), st.integers(1, 40))
def test_every_network_has_one_place_that_fits(widths, seeds):
    all_ = networks(widths, range(seeds))
    buckets = plan(all_, [1000] * len(all_), 40, 10)
    assert sorted(i for b in buckets for i in b.members) == [*range(len(all_))]
    for b in buckets:
        assert b.width == max(all_[i].spec.width for i in b.members)
        assert len(b.members) <= MOST


def test_only_like_shares_a_bucket():
    all_ = networks([5], depth=[1, 2], batch=[10, 20], optimizer=["sgd", "adam"], lr=[0.1, 0.2])
    sizes = [1000, 500] * (len(all_) // 2)
    buckets = plan(all_, sizes, 40, 10)
    assert len(buckets) == 16
    kind = [(n.spec.depth, n.batch, n.optimizer, s) for n, s in zip(all_, sizes, strict=True)]
    assert all(len({kind[i] for i in b.members}) == 1 for b in buckets)
    assert all(len({all_[i].lr for i in b.members}) == 2 for b in buckets)


def test_wide_networks_stand_apart_and_narrow_ones_together():
    widths = [2, 3, 4, 5, 6, 8, 10, 20, 50, 100, 200, 400]
    all_ = networks(widths, range(1))
    buckets = plan(all_, [4000] * len(all_), 40, 10)
    exact = sum(work(w, 2, 40, 10) for w in widths)
    assert cost(buckets) < 1.3 * exact
    assert 3 <= len(buckets) <= 6
    assert buckets[0].members[:6] == (0, 1, 2, 3, 4, 5)


def test_one_network():
    assert plan(networks([7], [0]), [1000], 40, 10) == [Bucket((0,), 7)]
