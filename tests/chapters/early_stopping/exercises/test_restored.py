"""Exercise restored_test_errors: other sound solutions pass."""

import numpy as np


def in_a_loop(val, test):
    return np.array([t[list(v).index(min(v))] for v, t in zip(val, test, strict=True)])


def along_an_axis(val, test):
    return np.take_along_axis(test, val.argmin(1)[:, None], 1)[:, 0]


def test_other_sound_solutions_pass(passes):
    passes("restored_test_errors", in_a_loop, along_an_axis)
