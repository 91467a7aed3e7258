"""Exercise subnetwork_average: other sound solutions pass."""

import numpy as np


def another(h, V, b, p):
    z = [sum(v * x for v, x in zip(row, h, strict=True)) + c for row, c in zip(V, b, strict=True)]
    e = [np.exp(value - max(z)) for value in z]
    return np.array(e) / sum(e)


def test_other_sound_solutions_pass(passes):
    passes("subnetwork_average", another)
