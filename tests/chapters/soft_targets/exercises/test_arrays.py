"""Reading answers, and a softmax that never overflows."""

import numpy as np
import pytest
from scipy.special import log_softmax as scipy_log_softmax

from reglab.chapters.soft_targets.exercises.arrays import log_softmax, rows_of, softmax
from reglab.exercises.answers import Malformed


def test_softmax_equals_scipy():
    z = np.random.default_rng(0).normal(0, 3, (4, 5))
    assert np.allclose(log_softmax(z), scipy_log_softmax(z, axis=-1))
    assert np.allclose(softmax(z).sum(-1), 1)


def test_softmax_of_large_logits():
    assert softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("value", [[[1, 2.0]], ((1, 2),), np.array([[1.0, 2.0]])])
def test_lists_are_fine(value):
    assert rows_of((1, 2), value).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("value", [[1, 2], [["a", "b"]], [[1], [2, 3]], None, [[1, np.nan]]])
def test_other_answers_are_not(value):
    with pytest.raises(Malformed):
        rows_of((1, 2), value)
