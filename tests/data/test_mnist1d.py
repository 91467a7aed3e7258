"""MNIST-1D: equal to the package's own output, published facts, frozen pool, no global state."""

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from mnist1d.data import get_dataset_args, make_dataset

from reglab.core import numpy_stream
from reglab.data import mnist1d, split
from reglab.data.mnist1d import _pool, generate


def digest(x):
    """Hash of x in thousandths: coarse enough for the last bits of any machine to agree."""
    return hashlib.sha256(np.round(np.asarray(x) * 1000).astype("<i4").tobytes()).hexdigest()[:16]


@pytest.fixture
def package():
    """The package's make_dataset, with the global streams that it reseeds put back after."""
    states = random.getstate(), np.random.get_state()
    yield make_dataset
    random.setstate(states[0])
    np.random.set_state(states[1])


@pytest.fixture(scope="module")
def published():
    return generate(5000, 0.25, np.random.RandomState(42))


@pytest.mark.parametrize("seed, n, noise", [(42, 5000, 0.25), (7, 300, 0.05), (0, 100, 0.0)])
def test_equals_the_package(package, seed, n, noise):
    args = get_dataset_args()
    args.seed, args.num_samples, args.corr_noise_scale = seed, n, noise
    theirs = package(args)
    x, y = generate(n, noise, np.random.RandomState(seed))
    cut = int(0.8 * n)
    for part, want in [(x[:cut], theirs["x"]), (x[cut:], theirs["x_test"])]:
        np.testing.assert_allclose(part, want, rtol=0, atol=1e-12)
    assert np.array_equal(y, np.concatenate([theirs["y"], theirs["y_test"]]))


def test_published_facts(published):
    """4000 + 1000 signals of 40 points; class counts of the published training and test part."""
    x, y = published
    assert x.shape == (5000, 40) and y.shape == (5000,)
    train, test = np.bincount(y[:4000]), np.bincount(y[4000:])
    assert train.tolist() == [398, 396, 411, 394, 394, 402, 401, 404, 402, 398]
    assert (train + test).tolist() == [500] * 10
    assert abs(x.mean()) < 1e-12 and abs(x.std() - 1) < 1e-12
    assert digest(x) == "b847ef1c5e35cd88"  # of make_dataset(get_dataset_args()) itself


def test_returns_what_it_promises():
    s = mnist1d(3, n_train=500, n_val=200, n_test=1000)
    for part, n in zip(s.parts().values(), (500, 200, 1000), strict=True):
        assert part.x.shape == (n, 40) and part.x.dtype == torch.float32
        assert part.y.shape == (n,) and part.y.dtype == torch.int64
    assert s.classes == 10
    sizes = [len(part) for part in mnist1d().parts().values()]
    assert sizes == [4000, 1000, 10_000]


def test_pool_is_frozen_balanced_and_scaled():
    """Every committed output of the book hangs on this pool."""
    pool = _pool(20_000, 0.25, 0)
    assert pool.y.bincount().tolist() == [2000] * 10
    assert abs(pool.x.double().mean()) < 1e-6 and abs(pool.x.double().std() - 1) < 1e-4
    assert digest(pool.x[:2000]) == "1a8d3dcc6043267d"
    assert pool.y[:12].tolist() == [7, 2, 8, 6, 1, 7, 6, 3, 4, 0, 1, 4]


def test_examples_come_from_the_pool_and_writing_to_them_leaves_it_alone():
    pool = _pool(1000, 0.25, 0)
    before = pool.x.clone()
    s = mnist1d(3, n_train=500, n_val=200, n_test=300, pool=1000)
    rows = {tuple(row) for row in pool.x.tolist()}
    for part in s.parts().values():
        assert all(tuple(row) in rows for row in part.x.tolist())
        part.x.zero_()
        part.y.zero_()
    assert torch.equal(_pool(1000, 0.25, 0).x, before)
    assert _pool(1000, 0.25, 0).y.bincount().tolist() == [100] * 10


def test_pool_is_generated_once_for_all_seeds():
    _pool.cache_clear()
    for seed in range(5):
        mnist1d(seed, n_train=100, n_val=50, n_test=50, pool=200, label_noise=0.1 * seed)
    assert _pool.cache_info().misses == 1


def test_noise_pool_and_pool_seed_name_the_pool():
    small = {"n_train": 100, "n_val": 0, "n_test": 0, "pool": 100}
    base = mnist1d(0, **small).train.x
    assert torch.equal(base, mnist1d(0, **small).train.x)
    for change in ({"noise": 0.05}, {"pool_seed": 1}, {"pool": 200}):
        assert not torch.isin(base, mnist1d(0, **{**small, **change}).train.x).all(1).any()


@pytest.mark.parametrize("noise", [0.05, 0.25])
def test_pool_is_what_generate_draws_from_its_own_philox_stream(noise):
    rng = np.random.RandomState(numpy_stream(7, "data/mnist1d pool").bit_generator)
    x, y = generate(100, noise, rng)
    pool = _pool(100, noise, 7)
    assert torch.equal(pool.x, torch.from_numpy(x).float()) and pool.y.tolist() == y.tolist()
    index = split(100, (60, 10, 20), 3)
    s = mnist1d(3, n_train=60, n_val=10, n_test=20, noise=noise, pool=100, pool_seed=7)
    for part, rows in zip(s.parts().values(), index, strict=True):
        assert torch.equal(part.x, pool.x[rows])


def test_global_random_state_is_left_alone():
    _pool.cache_clear()
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    mnist1d(0, n_train=100, n_val=50, n_test=50, pool=200, label_noise=0.2)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


def test_threads_do_not_disturb_each_other():
    def draw(pool_seed):
        return mnist1d(0, n_train=300, n_val=0, n_test=0, pool=300, pool_seed=pool_seed).train.x

    alone = [draw(k) for k in range(4)]
    _pool.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(draw, range(4)))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def test_errors():
    with pytest.raises(ValueError, match=r"20000 \+ 1000 \+ 10000 = 31000 of 20000 examples"):
        mnist1d(n_train=20_000)
    with pytest.raises(ValueError, match="pool must be a multiple of 10; got 1001; use 1000"):
        mnist1d(pool=1001)
    with pytest.raises(ValueError, match="noise must be a finite number >= 0; got -0.1"):
        mnist1d(noise=-0.1)
    with pytest.raises(ValueError, match="seed must be a whole number >= 0; got -1"):
        mnist1d(-1, n_train=10, n_val=0, n_test=0, pool=100)
    with pytest.raises(ValueError, match="seed must be a whole number >= 0; got -2"):
        mnist1d(0, pool_seed=-2)
