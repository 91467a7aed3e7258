"""Exercise mask_disagreement: other sound solutions pass."""

import numpy as np


def another(probabilities):
    """The mean divergence of each mask from the mean of all."""
    mean = probabilities.mean(0)
    tiny = 1e-300
    terms = probabilities * (np.log(probabilities + tiny) - np.log(mean + tiny))
    return terms.sum(-1).mean(0)


def test_other_sound_solutions_pass(passes):
    passes("mask_disagreement", another)
