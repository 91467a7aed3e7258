"""What every data function of the room promises: one list of promises, held for all of them."""

import functools
import pickle

import pytest
import torch

from reglab.data import digits, fourier, mnist1d, moons, polynomial, spirals

CLASSIFY = [functools.partial(mnist1d, pool=1000), digits, moons, spirals]
ALL = [*CLASSIFY, fourier().splits, polynomial().splits]
SIZES = {"n_train": 200, "n_val": 50, "n_test": 100}
each = pytest.mark.parametrize("data", ALL, ids=["mnist1d", "digits", "moons", "spirals", "f", "p"])
each_class = pytest.mark.parametrize(
    "data", CLASSIFY, ids=["mnist1d", "digits", "moons", "spirals"]
)


def same(one, other):
    return torch.equal(one.x, other.x) and torch.equal(one.y, other.y)


@each
def test_seed_is_the_first_argument_and_decides_everything(data):
    first, again, other = data(3, **SIZES), data(seed=3, **SIZES), data(4, **SIZES)
    for name, part in first.parts().items():
        assert same(part, again.parts()[name])
        assert not torch.equal(part.x, other.parts()[name].x)


@each
def test_types_and_sizes(data):
    s = data(0, **SIZES)
    for part, n in zip(s.parts().values(), SIZES.values(), strict=True):
        assert len(part) == n and part.x.dtype == torch.float32 and part.x.ndim == 2
        assert part.x.isfinite().all() and part.x.is_contiguous()
        assert part.y.dtype == (torch.float32 if s.classes is None else torch.int64)


@each
def test_changing_the_training_size_changes_nothing_else(data):
    small, large = data(3, **{**SIZES, "n_train": 77}), data(3, **SIZES)
    assert same(small.val, large.val) and same(small.test, large.test)
    assert same(small.train, large.train.take(torch.arange(77)))


@each_class
def test_label_noise_spoils_training_labels_and_nothing_else(data):
    clean, noisy = data(3, **SIZES), data(3, label_noise=0.2, **SIZES)
    assert torch.equal(clean.train.x, noisy.train.x)
    assert int((clean.train.y != noisy.train.y).sum()) == 40
    assert same(clean.val, noisy.val) and same(clean.test, noisy.test)


@each_class
def test_shuffled_labels_keep_inputs_and_class_counts(data):
    clean, mixed = data(3, **SIZES), data(3, shuffled_labels=True, **SIZES)
    assert torch.equal(clean.train.x, mixed.train.x)
    assert torch.equal(clean.train.y.bincount(), mixed.train.y.bincount())
    right = int((clean.train.y == mixed.train.y).sum())
    assert right < 200 * 0.75, "labels must not stay with their inputs"
    assert same(clean.val, mixed.val) and same(clean.test, mixed.test)


@pytest.mark.parametrize("data", [functools.partial(mnist1d, pool=1000), digits])
def test_stratify_keeps_the_shares(data):
    y = data(3, stratify=True, **SIZES).train.y
    assert (y.bincount(minlength=10) - 20).abs().max() <= 3


@each
def test_global_random_state_is_left_alone(data):
    state = torch.get_rng_state()
    data(0, **SIZES)
    assert torch.equal(torch.get_rng_state(), state)


@each
def test_data_functions_travel_to_worker_processes(data):
    assert same(pickle.loads(pickle.dumps(data))(2, **SIZES).train, data(2, **SIZES).train)


@each
def test_sizes_are_keywords_so_that_a_bare_number_is_the_seed(data):
    with pytest.raises(TypeError):
        data(200, 50, 100)
