"""Exercise noise_variance: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.double_descent.exercises.noise_variance import NOISE_VARIANCE, noise_variance
from reglab.exercises import check


def by_trace(train, test, sigma):
    weights = np.linalg.pinv(train)
    return sigma**2 * np.trace(test @ weights @ weights.T @ test.T) / len(test)


def by_unit_noise(train, test, sigma):
    fits = [test @ np.linalg.lstsq(train, e, rcond=None)[0] for e in sigma * np.eye(len(train))]
    return np.mean(np.sum(np.square(fits), axis=0))


@pytest.mark.parametrize("solution", [NOISE_VARIANCE.reference, by_trace, by_unit_noise])
def test_right_solutions_pass(solution):
    assert check("noise_variance", solution), check("noise_variance", solution)


def test_reference_equals_simulation():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(10, 6)), rng.normal(size=(20, 6))
    fits = 0.5 * rng.normal(size=(20_000, 10)) @ (test @ np.linalg.pinv(train)).T
    assert abs(fits.var(axis=0).mean() / noise_variance(train, test, 0.5) - 1) < 0.03


def sampled(train, test, sigma):
    noise = sigma * np.random.default_rng(0).normal(size=(500, len(train)))
    return (noise @ np.linalg.pinv(train).T @ test.T).var(axis=0).mean()


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda train, test, sigma: sigma * noise_variance(train, test, 1), "A variance takes"),
        (lambda train, test, sigma: noise_variance(train, test, sigma) ** 0.5, "square root"),
        (lambda *a: noise_variance(*a) + a[2] ** 2, "Their own noise is not the model's"),
        (lambda *a: noise_variance(*a) * len(a[1]), "the sum over test points"),
        (lambda *a: noise_variance(*a) / len(a[0]), "averages over training points too"),
        (sampled, "projection on the span"),
        (lambda train, test, sigma: 0.0, "projection on the span"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("noise_variance", wrong)
    assert not report and hint in repr(report)
