"""What the exercises share: inputs that are symmetric, have one decimal, and are never 0."""

import numpy as np

from reglab.chapters.implicit_regularization.exercises import arrays


def test_symmetric():
    H = arrays.symmetric(5, 1)
    assert H.shape == (5, 5) and (H == H.T).all() and np.allclose(H, H.round(1))


def test_decimals():
    found = arrays.decimals(1, 40, 5)
    assert found.shape == (40, 5) and (found != 0).all() and np.allclose(found, found.round(1))
