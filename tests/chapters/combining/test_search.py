"""Searches: what is drawn, mistakes counted by block, and the best of k by hand."""

from itertools import combinations

import numpy as np
import pytest
import torch
import xarray as xr

from reglab.chapters.combining import search
from reglab.core import numpy_stream
from reglab.data import Examples, signals


@pytest.fixture(scope="module")
def found():
    rng = numpy_stream(0, "search")
    parts = {
        "val": (("trial", "seed", "block"), rng.integers(0, 50, (5, 3, 20))),
        "test": (("trial", "seed", "test_block"), rng.integers(0, 1000, (5, 3, 4))),
    }
    return xr.Dataset(parts, coords={"trial": range(5), "seed": [7, 8, 9]})


@pytest.mark.parametrize("space", search.SPACES)
def test_recipes_use_the_settings_of_their_space(space):
    ranges, count = search.SPACES[space]
    tried = search.recipes(space)
    assert list(tried) == [str(i) for i in range(count)]
    assert all(set(one) == set(ranges) for one in tried.values())


def test_all_spaces_try_the_same_learning_rates():
    first = [[one["lr"] for one in search.recipes(s).values()][:20] for s in search.SPACES]
    assert all(rates == first[0] for rates in first)


def test_mistakes_are_counted_by_block():
    y = torch.tensor([0, 1, 1, 0, 1, 0])
    part = Examples(torch.eye(2)[torch.tensor([0, 0, 1, 1, 0, 0])], y)
    assert search.count_mistakes(torch.nn.Identity(), part, 2) == [1, 1, 1]
    assert search.count_mistakes(torch.nn.Identity(), part, 3) == [1, 2]


def test_a_search_counts_the_mistakes_of_its_networks():
    tried = {"0": dict(lr=0.1), "1": dict(lr=0.1, shift=3)}
    got = search.search(tried, [3597, 3598], epochs=2, n_train=200)
    runs = search.train(tried, [3597, 3598], epochs=2, n_train=200)
    want = runs.test_error.transpose("arm", "seed").values
    assert np.allclose(search.errors_on_test(got).transpose("trial", "seed"), want, atol=1e-3)
    val = search.val_errors(got, 1000).squeeze("group").transpose("trial", "seed")
    assert np.allclose(val, runs.val_error.transpose("arm", "seed").values, atol=1e-3)
    assert signals(3597).val.y.shape == (1000,)


def test_groups_of_validation_examples_are_disjoint(found):
    val = search.val_errors(found, 200)
    assert val.shape == (5, 3, 5)
    want = found.val[2, 1, 4:8].sum() / 200
    assert val[2, 1, 1] == pytest.approx(want.item())
    assert np.allclose(val.mean("group"), search.val_errors(found, 1000)[..., 0])


@pytest.mark.parametrize("size", [70, 150])
def test_other_sizes_are_refused(found, size):
    with pytest.raises(ValueError, match="divisor of 1000"):
        search.val_errors(found, size)


def test_the_best_of_k_by_hand(found):
    val, test = search.val_errors(found, 500).values, search.errors_on_test(found).values
    best = search.best_of(found, [2, 5], 500)
    for s in range(3):
        pairs = [
            (val[w, s, g], test[w, s])
            for g in range(2)
            for w in [min(c, key=lambda i: val[i, s, g]) for c in combinations(range(5), 2)]
        ]
        got = best.sel(k=2).isel(seed=s)
        assert np.allclose([got.val, got.test], np.mean(pairs, axis=0))


def test_a_used_quarter_flatters_and_the_others_do_not_know(found):
    again = search.reuse_of_test(found, [1, 5])
    assert np.allclose(again.used.sel(k=1), again.unused.sel(k=1))
    counts = found.test.values[:, 0]
    quarters = [(counts[:, q].argmin(), q) for q in range(4)]
    used = np.mean([counts[w, q] for w, q in quarters]) / 1000
    unused = np.mean([counts[w].sum() - counts[w, q] for w, q in quarters]) / 3000
    got = again.sel(k=5).isel(seed=0)
    assert np.allclose([got.used, got.unused], [used, unused])
