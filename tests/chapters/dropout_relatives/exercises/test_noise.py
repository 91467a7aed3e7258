"""Exercise shared_variance: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest

from reglab.chapters.dropout_relatives import exact
from reglab.chapters.dropout_relatives.exercises.noise import NOISE
from reglab.exercises import check


def by_loop(c, groups, p):
    total = 0.0
    for i in range(len(c)):
        for j in range(len(c)):
            total += c[i] * c[j] * (groups[i] == groups[j])
    return total * p / (1 - p)


@pytest.mark.parametrize("solution", [NOISE.reference, by_loop, exact.shared_noise])
def test_right_solutions_pass(solution):
    assert check("shared_variance", solution), check("shared_variance", solution)


@pytest.mark.parametrize("mistake", NOISE.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("shared_variance", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_the_stub_on_the_page_fails():
    assert not check("shared_variance", lambda c, groups, p: p / (1 - p) * np.abs(c).sum())
