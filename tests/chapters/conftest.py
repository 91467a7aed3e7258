"""What the tests of the exercises ask of a wrong solution."""

import pytest

from reglab.exercises import check


@pytest.fixture
def caught():
    """A function: the first property that `solution` breaks is `fails`, and `hint` is said."""

    def caught(name, solution, fails, hint):
        report = check(name, solution)
        first = next(result for result in report.results if not result.holds)
        assert (first.status, first.says) == ("fails", fails), report
        assert hint in f"{first.hint} {first.found}", report

    return caught
