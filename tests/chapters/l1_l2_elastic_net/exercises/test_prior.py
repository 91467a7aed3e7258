"""Exercise prior_strength: other sound solutions pass."""

import numpy as np

from reglab.chapters.l1_l2_elastic_net.exercises import prior_strength


def test_other_sound_solutions_pass(passes):
    passes("prior_strength", lambda tau, sigma, n: np.divide(sigma, tau) ** 2 / n)


def test_reference_by_hand():
    assert prior_strength(0.5, 2.0, 8) == 2.0
