"""prior_strength: sound solutions pass, and each typical wrong one is caught with its hint."""

import numpy as np
import pytest

from reglab.chapters.l1_l2_elastic_net.exercises import prior_strength
from reglab.exercises import check

MODE = "is the lam of the posterior's mode"


@pytest.mark.parametrize(
    "solution", [prior_strength, lambda tau, sigma, n: np.divide(sigma, tau) ** 2 / n]
)
def test_sound_solutions_pass(solution):
    assert check("prior_strength", solution), check("prior_strength", solution)


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (lambda tau, sigma, n: 1.0, MODE, "multiply by sigma"),
        (lambda tau, sigma, n: sigma**2 / tau**2, MODE, "summed loss"),
        (lambda tau, sigma, n: 1 / (n * tau**2), MODE, "sigma is missing"),
        (lambda tau, sigma, n: tau**2 / (n * sigma**2), MODE, "Upside down"),
        (lambda tau, sigma, n: sigma / (n * tau), MODE, "Variances"),
        (lambda tau, sigma, n: sigma**2 / (2 * n * tau**2), MODE, "cancel"),
        (lambda tau, sigma, n: None, "returns one number", "Is the return missing?"),
    ],
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("prior_strength", solution, fails, hint)


def test_reference_by_hand():
    assert prior_strength(0.5, 2.0, 8) == 2.0
