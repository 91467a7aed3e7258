"""What the tests of the exercises ask of sound and of wrong solutions."""

import pytest

from reglab.exercises import check


@pytest.fixture
def passes():
    """A function: `solutions` of exercise `name` pass, each of them."""

    def passes(name, *solutions):
        for solution in solutions:
            report = check(name, solution)
            assert report, report

    return passes


@pytest.fixture
def fails():
    """A function: each of `solutions` of exercise `name` gets a report that does not hold."""

    def fails(name, *solutions):
        for place, solution in enumerate(solutions):
            assert not check(name, solution), f"solution {place} passes, though it is wrong"

    return fails
