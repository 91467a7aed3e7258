"""Exercise zoneout_step: right solutions pass, typical wrong ones get the hint that helps."""

import pytest
import torch

from reglab.chapters.dropout_relatives.exercises.states import STATES
from reglab.dropout import zoneout
from reglab.exercises import check


def as_the_library(old, new, draws, p, training):
    mask = torch.from_numpy(draws) < p if training else torch.tensor(p, dtype=torch.float64)
    return zoneout(torch.from_numpy(new), torch.from_numpy(old), mask).numpy()


@pytest.mark.parametrize("solution", [STATES.reference, as_the_library])
def test_right_solutions_pass(solution):
    assert check("zoneout_step", solution), check("zoneout_step", solution)


@pytest.mark.parametrize("mistake", STATES.mistakes, ids=lambda mistake: mistake.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("zoneout_step", mistake.function)
    assert not report and mistake.hint in repr(report)


def test_the_stub_on_the_page_fails():
    assert not check("zoneout_step", lambda old, new, draws, p, training: new.copy())
