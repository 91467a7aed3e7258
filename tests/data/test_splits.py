"""Splits: disjoint, exhaustive when asked for all, nested, uniform, stratified on request."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from reglab.data import Examples, classification_splits, split

SIZES = st.lists(st.integers(0, 20), min_size=1, max_size=5)


@given(sizes=SIZES, spare=st.integers(0, 30), seed=st.integers(0, 99), stratify=st.booleans())
def test_parts_are_disjoint_and_of_the_sizes_asked(sizes, spare, seed, stratify):
    n = max(sum(sizes) + spare, 1)
    labels = torch.arange(n) % 3 if stratify else None
    parts = split(n, sizes, seed, labels=labels)
    assert [len(part) for part in parts] == sizes
    assert all(part.dtype == torch.int64 for part in parts)
    together = torch.cat(parts).tolist()
    assert len(set(together)) == sum(sizes)
    assert set(together) <= set(range(n))


@given(first=st.integers(0, 30), seed=st.integers(0, 99), stratify=st.booleans())
def test_only_the_first_part_changes_with_its_size(first, seed, stratify):
    labels = torch.arange(60) % 4 if stratify else None
    small = split(60, [first, 10, 20], seed, labels=labels)
    large = split(60, [30, 10, 20], seed, labels=labels)
    assert torch.equal(small[0], large[0][:first])
    assert torch.equal(small[1], large[1]) and torch.equal(small[2], large[2])


def test_the_middle_part_changes_neither_of_the_others():
    few, many = split(60, [30, 5, 10], 3), split(60, [30, 20, 10], 3)
    assert torch.equal(few[0], many[0]) and torch.equal(few[2], many[2])


def test_same_seed_same_parts_and_draws_are_frozen():
    one, same = split(99, [50], 1)[0], split(99, [50], 1)[0]
    assert torch.equal(one, same)
    assert not torch.equal(one, split(99, [50], 2)[0])
    assert [part.tolist() for part in split(8, [3, 2, 2], 0)] == [[1, 2, 7], [3, 4], [6, 5]]
    y = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2])
    stratified = split(8, [3, 2, 2], 0, labels=y)
    assert [part.tolist() for part in stratified] == [[7, 3, 0], [6, 2], [5, 1]]


@pytest.mark.parametrize("stratify", [False, True])
def test_each_example_is_equally_likely_in_each_part(stratify):
    """Over 3000 seeds; 3 parts x 2 modes at alpha 1e-6. Labels in blocks: none may lead."""
    labels = torch.arange(12) // 4 if stratify else None
    hits = torch.zeros(3, 12)
    for seed in range(3000):
        for k, part in enumerate(split(12, [4, 3, 2], seed, labels=labels)):
            hits[k, part] += 1
    for counts in hits:
        assert chisquare(counts.tolist()).pvalue > 1e-6


@given(
    counts=st.lists(st.integers(1, 120), min_size=2, max_size=6),
    cut=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_stratified_parts_keep_the_shares(counts, cut, seed):
    n = sum(counts)
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    sizes = [int(cut * n), (n - int(cut * n)) // 2, (n - int(cut * n)) // 3]
    for size, part in zip(sizes, split(n, sizes, seed, labels=labels), strict=True):
        got = labels[part].bincount(minlength=len(counts))
        share = torch.tensor(counts) / n
        assert (got - size * share).abs().max() < 4


def test_stratified_order_does_not_march_through_the_classes():
    """No fixed cycle of classes: the class that follows class 0 is not always the same."""
    labels = torch.arange(400) % 4
    order = labels[split(400, [400], 0, labels=labels)[0]]
    after_zero = order[1:][order[:-1] == 0]
    assert len(after_zero.unique()) >= 3


def test_errors():
    with pytest.raises(ValueError, match=r"sizes ask for 5 \+ 3 \+ 3 = 11 of 10 examples"):
        split(10, [5, 3, 3])
    with pytest.raises(ValueError, match="a size must be a whole number >= 0; got -1"):
        split(10, [5, -1])
    with pytest.raises(ValueError, match="a size must be a whole number >= 0; got 0.5"):
        split(10, [0.5, 0.5])
    with pytest.raises(ValueError, match="at least one part"):
        split(10, [])
    with pytest.raises(ValueError, match="n must be a whole number >= 1; got 0"):
        split(0, [0])
    with pytest.raises(ValueError, match=r"labels must have shape \(10\); got \(9,\)"):
        split(10, [5], labels=torch.zeros(9))


def pool(n=120, classes=4):
    """Row i holds i in both columns, so that x tells which example it is."""
    x = torch.arange(float(n))[:, None].expand(n, 2).clone()
    return Examples(x, torch.arange(n) // (n // classes))


def test_splits_are_the_parts_of_split():
    index = split(120, (60, 20, 30), 5)
    s = classification_splits(pool(), 4, (60, 20, 30), 5)
    for part, rows in zip(s.parts().values(), index, strict=True):
        assert torch.equal(part.x, pool().x[rows]) and torch.equal(part.y, pool().y[rows])
    assert s.classes == 4


@pytest.mark.parametrize("noise", [{"label_noise": 0.25}, {"shuffled_labels": True}])
def test_label_noise_touches_the_labels_of_train_only(noise):
    clean = classification_splits(pool(), 4, (60, 20, 30), 5)
    noisy = classification_splits(pool(), 4, (60, 20, 30), 5, **noise)
    assert torch.equal(noisy.train.x, clean.train.x)
    assert not torch.equal(noisy.train.y, clean.train.y)
    for name in ("val", "test"):
        one, other = clean.parts()[name], noisy.parts()[name]
        assert torch.equal(one.x, other.x) and torch.equal(one.y, other.y)
    if "label_noise" in noise:
        assert int((noisy.train.y != clean.train.y).sum()) == 15


def test_stratify_is_passed_on():
    s = classification_splits(pool(), 4, (60, 20, 40), 5, stratify=True)
    want = split(120, (60, 20, 40), 5, labels=pool().y)
    assert torch.equal(s.train.x, pool().x[want[0]])


def test_classification_errors_name_the_part():
    for sizes, message in [
        ((0, 10, 10), "n_train must be a whole number >= 1; got 0"),
        ((10, -1, 10), "n_val must be a whole number >= 0; got -1"),
        ((10, 10, 2.5), "n_test must be a whole number >= 0; got 2.5"),
        ((100, 10, 20), r"100 \+ 10 \+ 20 = 130 of 120"),
    ]:
        with pytest.raises(ValueError, match=message):
            classification_splits(pool(), 4, sizes)
    assert len(classification_splits(pool(), 4, (100, 0, 0)).test) == 0
