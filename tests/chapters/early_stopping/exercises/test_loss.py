"""Exercise loss_since_best: other sound solutions pass."""

import numpy as np


def in_a_loop(values):
    return np.array([100 * (v / min(values[: i + 1]) - 1) for i, v in enumerate(values)])


def in_single_precision(values):
    lowest = np.minimum.accumulate(values.astype(np.float32))
    return 100 * (values.astype(np.float32) - lowest) / lowest


def test_other_sound_solutions_pass(passes):
    passes("loss_since_best", in_a_loop, in_single_precision)
