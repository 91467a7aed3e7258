"""Label noise: always wrong, an exact count, uniform, nested in the share; random labels."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from reglab.core import stream
from reglab.data import flip_labels, random_labels
from reglab.data.noise import spoil_labels


def labels(n, classes, seed=0):
    return torch.randint(classes, (n,), generator=stream(seed, "labels"))


@given(
    n=st.integers(0, 60),
    classes=st.integers(2, 12),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_exact_count_always_wrong_and_in_range(n, classes, share, seed):
    y = labels(n, classes, seed)
    before = y.clone()
    noisy = flip_labels(y, share, classes, stream(seed, "flip"))
    assert int((noisy != y).sum()) == round(share * n)
    assert noisy.shape == y.shape and noisy.dtype == torch.int64
    assert all(0 <= k < classes for k in noisy.tolist())
    assert torch.equal(y, before), "the labels given must not change"
    assert noisy.data_ptr() != y.data_ptr() or n == 0


def test_each_wrong_class_is_equally_likely():
    """12 000 flips of each of 4 classes; 4 tests at alpha 1e-6, seed fixed."""
    y = torch.arange(4).repeat_interleave(12_000)
    noisy = flip_labels(y, 1.0, 4, stream(1, "flip"))
    for k in range(4):
        counts = noisy[y == k].bincount(minlength=4).tolist()
        assert counts.pop(k) == 0
        assert chisquare(counts).pvalue > 1e-6


def test_each_label_is_equally_likely_to_flip():
    """How often each of 10 positions is among the 3 flipped, over 5000 draws; alpha 1e-6."""
    y, g = torch.zeros(10, dtype=torch.int64), stream(2, "flip")
    hits = sum(flip_labels(y, 0.3, 3, g) != y for _ in range(5000))
    # Drawn without replacement, counts vary less than chisquare assumes: the test is cautious,
    # and too even counts are no failure here.
    assert chisquare(hits.tolist()).pvalue > 1e-6
    assert int(hits.sum()) == 15_000


def test_which_flip_is_independent_of_where_to():
    """The order of flipping and the wrong class must not share a random number; alpha 1e-6."""
    y = torch.zeros(60_000, dtype=torch.int64)
    first = flip_labels(y, 0.5, 4, stream(3, "flip"))
    counts = first[first != 0].bincount(minlength=4)[1:].tolist()
    assert chisquare(counts).pvalue > 1e-6


@given(small=st.floats(0, 1), large=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_larger_share_flips_the_same_and_more(small, large, seed):
    small, large = sorted((small, large))
    y = labels(40, 10, seed)
    few, many = (flip_labels(y, share, 10, stream(seed, "flip")) for share in (small, large))
    flipped = few != y
    assert torch.equal(few[flipped], many[flipped])


def test_two_classes_swap():
    y = labels(50, 2)
    assert torch.equal(flip_labels(y, 1.0, 2, stream(0, "flip")), 1 - y)
    assert torch.equal(flip_labels(y, 0.0, 2, stream(0, "flip")), y)


def test_generator_is_the_only_source_of_randomness():
    y, state = labels(50, 10), torch.get_rng_state()
    one, same, other = (flip_labels(y, 0.5, 10, stream(s, "flip")) for s in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)
    flip_labels(y, 0.5, 10)  # without one, torch's global stream is drawn from
    random_labels(y)
    assert not torch.equal(torch.get_rng_state(), state)


def test_draws_are_frozen():
    y = torch.arange(10)
    assert flip_labels(y, 0.3, 10, stream(0, "flip")).tolist() == [0, 1, 7, 3, 4, 4, 3, 7, 8, 9]
    # From the back, so that the order of y itself is seen to count.
    assert random_labels(9 - y, stream(0, "flip")).tolist() == [7, 3, 4, 6, 8, 1, 5, 9, 2, 0]


@given(n=st.integers(0, 60), seed=st.integers(0, 99))
def test_random_labels_keep_the_class_counts(n, seed):
    y = labels(n, 5, seed)
    before = y.clone()
    shuffled = random_labels(y, stream(seed, "shuffle"))
    assert torch.equal(shuffled.sort().values, y.sort().values)
    assert torch.equal(y, before) and shuffled.dtype == torch.int64


def test_every_order_of_random_labels_is_equally_likely():
    """All 6 orders of 3 labels over 6000 draws; alpha 1e-6, seed fixed."""
    g, counts = stream(4, "shuffle"), {}
    for _ in range(6000):
        order = tuple(random_labels(torch.arange(3), g).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6 and chisquare([*counts.values()]).pvalue > 1e-6


def test_spoil_does_one_or_the_other_from_its_own_stream():
    y = labels(200, 10)
    flipped, shuffled = spoil_labels(y, 10, 3, 0.2), spoil_labels(y, 10, 3, shuffled_labels=True)
    assert torch.equal(flipped, flip_labels(y, 0.2, 10, stream(3, "data/label noise")))
    assert torch.equal(shuffled, random_labels(y, stream(3, "data/label shuffle")))
    assert torch.equal(spoil_labels(y, 10, 3), y)
    with pytest.raises(ValueError, match="nothing to flip; set label_noise=0, got 0.2"):
        spoil_labels(y, 10, 3, 0.2, True)


def test_errors():
    y = labels(5, 3)
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=rf"share is a probability, in \[0, 1\]; got {share}"):
            flip_labels(y, share, 3)
    with pytest.raises(ValueError, match=r"classes must be a whole number >= 2; got 1"):
        flip_labels(y, 0.1, 1)
    for bad, seen in [(y - 3, "-3 .. -1"), (y + 1, "1 .. 3")]:
        with pytest.raises(
            ValueError, match=f"y holds classes {seen}, but classes=3 allows 0 .. 2"
        ):
            flip_labels(bad, 0.1, 3)
    for call in (lambda v: flip_labels(v, 0.1, 3), random_labels):
        with pytest.raises(ValueError, match=r"y must have shape \(any\); got \(5, 1\)"):
            call(y[:, None])
        with pytest.raises(ValueError, match="as int64; got torch.float32; use y.long()"):
            call(y.float())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_labels_and_generator_may_live_on_different_devices():
    y = labels(100, 10)
    want = flip_labels(y, 0.3, 10, stream(0, "flip"))
    assert torch.equal(flip_labels(y.cuda(), 0.3, 10, stream(0, "flip")).cpu(), want)
    assert flip_labels(y.cuda(), 0.3, 10, stream(0, "flip", "cuda")).is_cuda
