"""Exercise inverted_dropout: other sound solutions pass."""

import numpy as np


def another(x, u, p, grad, training):
    out, back = np.array(x), np.array(grad)
    if training:
        for k in np.ndindex(x.shape):
            factor = 0.0 if u[k] < p else 1 / (1 - p)
            out[k], back[k] = out[k] * factor, back[k] * factor
    return [out.astype("f4"), back]


def test_other_sound_solutions_pass(passes):
    passes("inverted_dropout", another)
