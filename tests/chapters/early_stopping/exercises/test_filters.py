"""Exercise penalty_like_steps: other sound solutions pass."""

import numpy as np

from reglab.chapters.early_stopping.exercises.filters import penalty_like_steps
from reglab.stopping import gradient_descent_filter, ridge_filter


def from_the_learned_share(h, lr, steps):
    share = gradient_descent_filter(h, lr, steps)
    return np.float64(h / share - h)


def test_other_sound_solutions_pass(passes):
    passes("penalty_like_steps", from_the_learned_share)


def test_the_reference_is_the_library_s_ridge():
    alpha = penalty_like_steps(0.3, 0.5, 4)
    np.testing.assert_allclose(ridge_filter(0.3, alpha), gradient_descent_filter(0.3, 0.5, 4))
