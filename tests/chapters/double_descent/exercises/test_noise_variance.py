"""Exercise noise_variance: other sound solutions pass."""

import numpy as np

from reglab.chapters.double_descent.exercises.noise_variance import noise_variance


def by_trace(train, test, sigma):
    weights = np.linalg.pinv(train)
    return sigma**2 * np.trace(test @ weights @ weights.T @ test.T) / len(test)


def by_unit_noise(train, test, sigma):
    fits = [test @ np.linalg.lstsq(train, e, rcond=None)[0] for e in sigma * np.eye(len(train))]
    return np.mean(np.sum(np.square(fits), axis=0))


def test_other_sound_solutions_pass(passes):
    passes("noise_variance", by_trace, by_unit_noise)


def without_a_cut(train, test, sigma):
    _, s, vt = np.linalg.svd(train, full_matrices=False)
    return sigma**2 * (((test @ vt.T) / s) ** 2).sum() / len(test)


def by_shape(train, test, sigma):
    if len(train) >= train.shape[1]:
        weights = np.linalg.solve(train.T @ train, train.T)
    else:
        weights = train.T @ np.linalg.inv(train @ train.T)
    return sigma**2 * ((test @ weights) ** 2).sum(axis=1).mean()


def truncated(train, test, sigma):
    weights = np.linalg.pinv(train, rcond=0.05)
    return sigma**2 * ((test @ weights) ** 2).sum(axis=1).mean()


def test_dependent_rows_and_columns_and_small_singular_values_count(fails):
    fails("noise_variance", without_a_cut, by_shape, truncated)


def test_reference_equals_simulation():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(10, 6)), rng.normal(size=(20, 6))
    fits = 0.5 * rng.normal(size=(20_000, 10)) @ (test @ np.linalg.pinv(train)).T
    assert abs(fits.var(axis=0).mean() / noise_variance(train, test, 0.5) - 1) < 0.03
