"""Exercise stochastic_depth: other sound solutions pass."""

import numpy as np

from reglab.exercises import check


def by_mask(x, branch, p, draw, training):
    mask = 1.0
    if training:
        mask = (draw >= p) / (1 - p) if p < 1 else 0.0
    return x + mask * branch


def test_other_sound_solutions_pass(passes):
    passes("stochastic_depth", by_mask)


def test_nan_at_p_1_is_seen():
    def divides(x, branch, p, draw, training):
        with np.errstate(all="ignore"):
            return (
                x + np.float64(draw >= p) / np.float64(1 - p) * branch if training else x + branch
            )

    assert "NaN" in repr(check("stochastic_depth", divides))
