"""A softmax that never overflows."""

import numpy as np
from scipy.special import log_softmax as scipy_log_softmax

from reglab.chapters.soft_targets.exercises.arrays import log_softmax, softmax


def test_softmax_equals_scipy():
    z = np.random.default_rng(0).normal(0, 3, (4, 5))
    assert np.allclose(log_softmax(z), scipy_log_softmax(z, axis=-1))
    assert np.allclose(softmax(z).sum(-1), 1)


def test_softmax_of_large_logits():
    assert softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]
