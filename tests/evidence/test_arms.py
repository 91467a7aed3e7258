"""Arms: labels found and compared, and each mistake that would give a false claim refused."""

import numpy as np
import pytest
import torch
import xarray as xr

from reglab.evidence.arms import known_seeds, pair_up

TEN = np.arange(10.0)


def labeled(seeds, dim="seed"):
    return xr.DataArray(np.arange(float(len(seeds))), dims=dim, coords={dim: list(seeds)})


def test_labels_come_from_the_array_or_from_seeds():
    assert known_seeds(pair_up(labeled(range(5, 15)), None, None)) == tuple(range(5, 15))
    assert known_seeds(pair_up(TEN, TEN + 1, range(10))) == tuple(range(10))
    both = labeled(range(5, 15)), labeled(range(5, 15)) + 1
    assert known_seeds(pair_up(*both, None)) == tuple(range(5, 15))
    assert known_seeds(pair_up(TEN, None, None)) is None
    assert all(type(s) is int for s in known_seeds(pair_up(TEN, None, np.arange(10))))


def test_lists_and_tensors_are_arms():
    treated, baseline = pair_up(TEN.tolist(), torch.arange(10), None)
    assert treated.dims == ("seed",) and treated.equals(baseline) and treated.dtype == np.float64


def test_too_few_seeds():
    assert len(pair_up(TEN, None, None)[0]) == 10
    with pytest.raises(ValueError, match="at least 10 seeds; got 9"):
        pair_up(TEN[:9], None, None)


def test_one_array_given_twice():
    for again in (TEN, TEN[:], TEN.reshape(2, 5).ravel()):
        with pytest.raises(ValueError, match="the same array"):
            pair_up(TEN, again, None)
    runs = xr.DataArray(np.ones((2, 10)), dims=("width", "seed"))
    with pytest.raises(ValueError, match="the same array"):
        pair_up(runs[1], runs[1], None)
    assert len(pair_up(runs[0], runs[1], None)) == 2  # equal values are no mistake by themselves


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="seed by seed; got 12 and 10 values"):
        pair_up(np.ones(12), TEN, None)


def test_one_value_per_seed_and_nothing_else():
    with pytest.raises(ValueError, match=r"baseline must hold .*; got shape \(10, 1\)"):
        pair_up(TEN, TEN[:, None], None)
    with pytest.raises(ValueError, match=r"treated must hold .*; got dimensions \('width',\)"):
        pair_up(labeled(range(10), dim="width"), None, None)
    with pytest.raises(ValueError, match=r"got shape \(\)"):
        pair_up(0.3, None, None)


@pytest.mark.parametrize("seeds", [[0] * 10, range(11), range(9)])
def test_each_seed_once(seeds):
    with pytest.raises(ValueError, match="one value for each of different seeds; got seeds"):
        pair_up(TEN, None, seeds)


def test_both_arms_are_labeled_or_neither():
    for arms in ((TEN, labeled(range(5, 15))), (labeled(range(5, 15)), TEN)):
        with pytest.raises(ValueError, match="both be labeled with their seeds, or neither"):
            pair_up(*arms, None)
    assert known_seeds(pair_up(TEN, labeled(range(10)), range(10))) == tuple(range(10))


@pytest.mark.parametrize("labels", [None, range(10)])
def test_a_few_seeds_repeated_are_not_many(labels):
    two, five = np.tile([0.1, 0.3], 5), np.tile(TEN[:5], 2)
    with pytest.raises(ValueError, match="values of 2 seeds stand 5 times.*2 seeds, not 10"):
        pair_up(two, None, labels)
    with pytest.raises(ValueError, match="values of 5 seeds stand 2 times"):
        pair_up(five, five + 1, labels)
    assert len(pair_up(TEN, two, labels)) == 2  # what one arm repeats, the other may not
    assert len(pair_up(np.zeros(10), None, labels)) == 1


def test_labels_must_not_contradict():
    with pytest.raises(ValueError, match="baseline is labeled"):
        pair_up(TEN, labeled(range(5, 15)), range(10))
    with pytest.raises(ValueError, match="a seed must be a whole number >= 0; got -1"):
        pair_up(TEN, None, range(-1, 9))
