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


def test_reference_equals_simulation():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(10, 6)), rng.normal(size=(20, 6))
    fits = 0.5 * rng.normal(size=(20_000, 10)) @ (test @ np.linalg.pinv(train)).T
    assert abs(fits.var(axis=0).mean() / noise_variance(train, test, 0.5) - 1) < 0.03
