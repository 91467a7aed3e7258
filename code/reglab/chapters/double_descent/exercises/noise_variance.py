"""Exercise noise_variance: what label noise does to the predictions of the smallest-norm fit.

Symbols     train (n, N) and test (P, N) features, sigma the sd of the noise in the n targets.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.arrays import decimals
from reglab.exercises.exercise import Exercise, Run


def noise_variance(train: NDArray, test: NDArray, sigma: float) -> float:
    """Return sigma^2 mean_p sum_i S_pi^2 with S = test pinv(train): exact, no sampling."""
    S = test @ np.linalg.pinv(train)
    return sigma**2 * (S**2).sum(axis=1).mean()


def _cases() -> list[tuple]:
    by_hand = [
        ([[1]], [[1]], 2.0),
        ([[2]], [[1]], 1.0),
        ([[1], [1]], [[1]], 1.0),
        ([[1, 1]], [[1, 0], [0, 2]], 1.0),
        ([[1, 0], [0, 0.1]], [[1, 0], [0, 1]], 0.5),
        ([[1, 0], [0, 0.002]], [[1, 0], [0, 1]], 0.5),  # a singular value that is small, and counts
        ([[1, 1], [2, 2]], [[1, 0], [0, 1]], 1.0),  # a feature that stands twice
        ([[1, 0, 2], [1, 0, 2]], [[1, 1, 0]], 1.0),  # a point that stands twice
    ]
    small = [(np.array(a, dtype=float), np.array(b, dtype=float), s) for a, b, s in by_hand]
    sizes = [(4, 2, 3), (3, 5, 4), (10, 9, 6), (8, 20, 30)]
    return small + [(decimals(n, N), decimals(P + 50, N)[:P], 0.3) for n, N, P in sizes]


NOISE_VARIANCE = Exercise(
    name="noise_variance",
    arguments=("train", "test", "sigma"),
    task="Return the variance of smallest-norm predictions over label noise, averaged over points.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=_cases(),
    reference=noise_variance,
)


@NOISE_VARIANCE.must(
    "without noise there is no variance; twice the noise gives four times as much",
    "Noise enters the predictions linearly, so sigma² comes out in front.",
)
def _scales(run: Run, train, test, sigma):
    none, once, twice = (run(train, test, factor * sigma) for factor in (0, 1, 2))
    expect(near(none, 0), f"with sigma = 0 it is {show(none)}")
    message = f"it is {show(once)}, and {show(twice)} with twice the noise"
    expect(near(twice, 4 * once), message)


@NOISE_VARIANCE.must(
    "the unit of the features does not matter",
    "Predictions do not change when all features, of both sets, are doubled.",
)
def _unit(run: Run, train, test, sigma):
    once, twice = run(train, test, sigma), run(2 * train, 2 * test, sigma)
    expect_near(once, twice, "it is {}; with doubled features {}")


@NOISE_VARIANCE.must(
    "at the training points it is sigma² · rank / n",
    "There S is the projection on the span of the features; its squares sum to its rank.",
)
def _at_training_points(run: Run, train, test, sigma):
    got, want = run(train, train, sigma), sigma**2 * np.linalg.matrix_rank(train) / len(train)
    expect_near(got, want, "it is {}; it should be {}")


@NOISE_VARIANCE.must(
    "it is a mean over test points",
    "Each test point twice changes nothing.",
)
def _mean(run: Run, train, test, sigma):
    once, twice = run(train, test, sigma), run(train, np.repeat(test, 2, axis=0), sigma)
    expect_near(once, twice, "it is {}; with each test point twice {}")


@NOISE_VARIANCE.must(
    "agrees with the definition",
    "A prediction is a weighted sum of targets: what is the variance of a sum of separate noises?",
)
def _parity(run: Run, train, test, sigma):
    got, want = run(train, test, sigma), noise_variance(train, test, sigma)
    expect_near(got, want, "it is {}; it should be {}")


@NOISE_VARIANCE.mistake("That is with sigma, the standard deviation. A variance takes its square.")
def _not_squared(train, test, sigma):
    return noise_variance(train, test, sigma**0.5)


@NOISE_VARIANCE.mistake("That is the sum over test points. Sum over training points, then average.")
def _summed(train, test, sigma):
    return len(test) * noise_variance(train, test, sigma)


@NOISE_VARIANCE.mistake("That averages over training points too. Their contributions add up.")
def _averaged(train, test, sigma):
    return noise_variance(train, test, sigma) / len(train)


@NOISE_VARIANCE.mistake(
    "That is the error on new noisy targets. Their own noise is not the model's."
)
def _with_noise(train, test, sigma):
    return noise_variance(train, test, sigma) + sigma**2


@NOISE_VARIANCE.mistake("That is a standard deviation. Leave out the square root.")
def _deviation(train, test, sigma):
    return noise_variance(train, test, sigma) ** 0.5


@NOISE_VARIANCE.mistake(
    "The weights are summed before they are squared. Square each of them first."
)
def _square_last(train, test, sigma):
    S = test @ np.linalg.pinv(train)
    return sigma**2 * (S.sum(axis=1) ** 2).mean()


@NOISE_VARIANCE.mistake(
    "That is the variance of the weights. Push the noise through to predictions."
)
def _of_weights(train, test, sigma):
    return sigma**2 * (np.linalg.pinv(train) ** 2).sum(axis=1).mean()
