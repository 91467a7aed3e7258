"""Exercise prior_strength: from the scale of a prior to lam.

Symbols     weights N(0, tau^2), noise N(0, sigma^2), n examples; objective
            1/(2n) |y - X w|^2 + lam/2 sum w^2.
"""

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def prior_strength(tau: float, sigma: float, n: int) -> float:
    """Return sigma^2 / (n tau^2)."""
    return sigma**2 / (n * tau**2)


PRIOR_STRENGTH = Exercise(
    name="prior_strength",
    arguments=("tau", "sigma", "n"),
    task="Return the lam of a mean loss that stands for a Gaussian prior of scale tau.",
    returns="one number",
    parse=lambda answer, tau, sigma, n: number(answer),
    cases=[
        (1.0, 1.0, 1),
        (2.0, 1.0, 1),
        (1.0, 3.0, 1),
        (1.0, 1.0, 10),
        (0.5, 2.0, 8),
        (0.1, 1.5, 50),
        (3.0, 0.2, 1000),
    ],
    reference=prior_strength,
)


@PRIOR_STRENGTH.must(
    "is the lam of the posterior's mode",
    "-log p(w | data) = |y - X w|² / (2 sigma²) + |w|² / (2 tau²): multiply by sigma² / n.",
)
def _mode(run: Run, tau, sigma, n):
    found = run(tau, sigma, n)
    # One input that is always 1: the mode is the precision-weighted mean of the data and 0.
    mean = 2.0
    mode = (n * mean / sigma**2) / (n / sigma**2 + 1 / tau**2)
    want = mean / mode - 1  # ridge gives mean / (1 + lam)
    message = f"n = {n} targets of mean 2 have their mode at {show(mode)}, which takes {show(want)}"
    expect(near(found, want), f"it is {show(found)}; {message}")


@PRIOR_STRENGTH.must("halves when n doubles", "The loss is a mean, so the prior counts 1 / n.")
def _examples(run: Run, tau, sigma, n):
    once, twice = run(tau, sigma, n), run(tau, sigma, 2 * n)
    expect(near(once, 2 * twice), f"it is {show(once)} at n and {show(twice)} at 2 n")


@PRIOR_STRENGTH.must("only the ratio of sigma and tau counts", "Other units, same lam.")
def _units(run: Run, tau, sigma, n):
    found, scaled = run(tau, sigma, n), run(10 * tau, 10 * sigma, n)
    expect_near(found, scaled, "it is {}, and {} in other units")


@PRIOR_STRENGTH.mistake("That is right for a summed loss. A mean over n divides it by n.")
def _summed(tau, sigma, n):
    return sigma**2 / tau**2


@PRIOR_STRENGTH.mistake(
    "The squared error must be divided by 2 sigma² to be a likelihood: sigma is missing."
)
def _no_noise(tau, sigma, n):
    return 1 / (n * tau**2)


@PRIOR_STRENGTH.mistake("Upside down: a narrow prior (small tau) is a strong penalty.")
def _reversed(tau, sigma, n):
    return tau**2 / (n * sigma**2)


@PRIOR_STRENGTH.mistake("Variances, not standard deviations: square sigma and tau.")
def _unsquared(tau, sigma, n):
    return sigma / (n * tau)


@PRIOR_STRENGTH.mistake("The ½ of loss and penalty cancel: sigma² / (n tau²).")
def _half(tau, sigma, n):
    return sigma**2 / (2 * n * tau**2)
