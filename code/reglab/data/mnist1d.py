"""MNIST-1D: ten classes of short noisy signals, generated offline, as hard as you like.

Source      Greydanus, Kobak (2024), "Scaling Down Deep Learning with MNIST-1D", ICML, section 2;
            package mnist1d 0.0.2.post1 (Apache-2.0), which lends the templates and settings.
Departures  The package draws from NumPy's *global* stream, after seeding it with 42. Saving and
            restoring that stream is not safe when threads share it, so the transforms are written
            out here on a private stream, vectorized. On RandomState(42) they equal the package's
            output (tests), at a fraction of its time.
Symbols     N examples, I = 40 inputs, K = 10 classes, P = 72 points of a padded template.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from reglab.core import check_count, check_nonnegative, numpy_stream
from reglab.data.examples import Examples, Splits
from reglab.data.splits import classification_splits

CLASSES = 10


def mnist1d(
    seed: int = 0,
    *,
    n_train: int = 4000,
    n_val: int = 1000,
    n_test: int = 10_000,
    noise: float = 0.25,
    label_noise: float = 0.0,
    shuffled_labels: bool = False,
    stratify: bool = False,
    pool: int = 20_000,
    pool_seed: int = 0,
) -> Splits:
    """Draw disjoint training, validation and test examples of MNIST-1D.

    One pool of `pool` examples is generated per (pool, noise, pool_seed), once in a process;
    `seed` then draws who is in train, val and test, and which labels flip.

    What an interval over seeds covers: the choice of all three parts from the pool, label noise
    (and what the trainer draws); not the draw of the pool. Two seeds share training examples:
    a share n_train / pool of them, on average. For an interval over fresh data pass
    pool_seed=seed: every seed then generates its own pool.

    Inputs are centered and scaled as in the package, by the mean and standard deviation of the
    whole pool (two numbers, over all points of all signals). Nothing else is standardized.

    Args:
        seed: names the draw; equal seeds give equal data on any machine.
        n_train, n_val, n_test: sizes of the parts, at most `pool` together. Changing n_train
            keeps the other two parts, and smaller training sets lie inside larger ones.
        noise: the package's corr_noise_scale, standard deviation of the noise between signals
            before smoothing; 0.25 is the published data set, 0.05 an easier one.
        label_noise: share of *training* labels that are wrong; val and test stay clean.
        shuffled_labels: training labels in random order, for the memorization experiment.
        stratify: keep the classes' shares in each part.
        pool: examples to choose from, a multiple of 10 (as many per class).
        pool_seed: names the generated pool.
    Returns: Splits with x (N, 40) float32, y (N,) int64, classes 10.
    Raises: ValueError if the sizes exceed the pool or a value is out of range.
    """
    examples = _pool(check_count("pool", pool), check_nonnegative("noise", noise), pool_seed)
    return classification_splits(
        examples,
        CLASSES,
        (n_train, n_val, n_test),
        seed,
        label_noise=label_noise,
        shuffled_labels=shuffled_labels,
        stratify=stratify,
    )


@lru_cache(maxsize=16)  # 3 MB each; a chapter varies noise, not much else
def _pool(n: int, noise: float, pool_seed: int) -> Examples:
    """The pool as tensors. Shared between calls: take copies of rows, never write into it."""
    if n % CLASSES:
        raise ValueError(f"pool must be a multiple of {CLASSES}; got {n}; use {n - n % CLASSES}")
    stream = numpy_stream(pool_seed, "data/mnist1d pool")
    x, y = generate(n, noise, np.random.RandomState(stream.bit_generator))
    return Examples(torch.from_numpy(x).float(), torch.from_numpy(y))


def generate(n: int, noise: float, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Generate n signals, x (n, 40) float64 of mean 0 and variance 1, and classes y (n,) int64.

    `rng` is a RandomState because the package draws by those methods, so that RandomState(42)
    gives the published data, its first 80 % for training; it may wrap any bit generator.
    """
    from mnist1d.data import get_dataset_args, get_templates  # slow to import: loads pyplot

    settings, templates = get_dataset_args(), get_templates()["x"]
    y = np.repeat(np.arange(len(templates)), n // len(templates))
    x = transform(templates, y, noise, settings, rng)
    order = rng.permutation(len(y))
    x, y = x[order], y[order]
    return (x - x.mean()) / x.std(), y


def transform(
    templates: np.ndarray, y: np.ndarray, noise: float, settings: Any, rng: np.random.RandomState
) -> np.ndarray:
    """Pad, stretch, scale, shift, disturb, tilt and subsample the template of each y -> (N, 40)."""
    points = settings.template_len + settings.padding[-1]  # P
    pad, scale, shift, normals, tilt = _draws(len(y), points, settings, rng)
    x = _stretched(templates, points, settings.padding)[y, pad]  # (N, P)
    x = x * (1 + settings.scale_coeff * (scale - 0.5))[:, None]
    x = np.take_along_axis(x, (np.arange(points) - shift[:, None]) % points, axis=1)
    corr = gaussian_filter1d(noise * normals[:, 0], sigma=2, axis=1)
    # Exact zeros are padding: only there does the smooth noise go (the template keeps its shape).
    x = np.where(x != 0, x, corr) + settings.iid_noise_scale * normals[:, 1]
    slope = settings.shear_scale * (tilt - 0.5)
    x = x - slope[:, None] * np.linspace(-0.5, 0.5, points)
    return _subsample(x, settings.final_seq_length)


def _draws(n: int, points: int, settings: Any, rng: np.random.RandomState) -> tuple:
    """All random numbers, in the package's order: example by example, six draws each."""
    low, high = settings.padding
    pad, shift = np.empty((2, n), dtype=np.int64)
    scale, tilt = np.empty((2, n))
    normals = np.empty((n, 2, points))  # for the smooth and for the white noise
    for i in range(n):
        pad[i] = rng.rand() * (high - low + 1)  # truncated: 0 .. high - low
        scale[i] = rng.rand()
        shift[i] = rng.randint(settings.max_translation, dtype=np.int64)
        normals[i] = rng.randn(2, points)
        tilt[i] = rng.rand()
    return pad, scale, shift, normals, tilt


def _stretched(templates: np.ndarray, points: int, padding: tuple[int, int]) -> np.ndarray:
    """Each template after each padding, stretched to P points: (K, paddings, P)."""
    grid = np.linspace(0, 1, points)
    table = [
        [
            # 1e-8 tells the template's own zeros from those of the padding
            np.interp(grid, np.linspace(0, 1, len(t) + p), np.append(t + 1e-8, np.zeros(p)))
            for p in range(padding[0], padding[1] + 1)
        ]
        for t in templates
    ]
    return np.array(table)


def _subsample(x: np.ndarray, points: int) -> np.ndarray:
    """Interpolate each row of x (N, P) linearly at `points` even places."""
    place = np.linspace(0, 1, points) * (x.shape[1] - 1)
    left = np.minimum(place.astype(int), x.shape[1] - 2)
    weight = place - left
    return (1 - weight) * x[:, left] + weight * x[:, left + 1]
