"""Exercise stochastic_depth: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.dropout_relatives.exercises.depth import DEPTH
from reglab.exercises import check


def by_mask(x, branch, p, draw, training):
    mask = 1.0
    if training:
        mask = (draw >= p) / (1 - p) if p < 1 else 0.0
    return x + mask * branch


@pytest.mark.parametrize("solution", [DEPTH.reference, by_mask])
def test_right_solutions_pass(solution):
    assert check("stochastic_depth", solution), check("stochastic_depth", solution)


@pytest.mark.parametrize("mistake", DEPTH.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("stochastic_depth", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_nan_at_p_1_is_seen():
    def divides(x, branch, p, draw, training):
        with np.errstate(all="ignore"):
            return (
                x + np.float64(draw >= p) / np.float64(1 - p) * branch if training else x + branch
            )

    assert "NaN" in repr(check("stochastic_depth", divides))


def test_the_stub_on_the_page_fails():
    assert not check("stochastic_depth", lambda x, branch, p, draw, training: x + branch)
