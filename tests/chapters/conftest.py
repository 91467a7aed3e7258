"""What the tests of the exercises ask of a sound solution that is not the reference."""

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
