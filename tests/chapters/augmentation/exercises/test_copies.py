"""Exercise independent_examples: other sound solutions pass."""

import numpy as np


def by_a_matrix(n, copies, rho):
    block = np.full((copies, copies), rho) + (1 - rho) * np.eye(copies)
    covariance = np.kron(np.eye(n), block)
    return 1 / (covariance.sum() / (n * copies) ** 2)


def test_other_sound_solutions_pass(passes):
    passes("independent_examples", by_a_matrix)
