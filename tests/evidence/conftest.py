"""One honest claim that the tests of this room share."""

import pytest

from reglab.core import numpy_stream
from reglab.evidence import claim


@pytest.fixture
def arms():
    """Errors of a baseline and of a treatment that lowers them by about 5 percentage points."""
    rng = numpy_stream(0, "arms")
    baseline = 0.4 + 0.03 * rng.normal(size=12)
    return baseline, baseline - 0.05 + 0.005 * rng.normal(size=12)


@pytest.fixture
def honest(arms):
    baseline, treated = arms
    return claim(
        "Stopping early lowers the error.", baseline, treated, more_than=2, seeds=range(12)
    )
