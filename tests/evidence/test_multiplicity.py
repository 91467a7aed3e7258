"""Many claims: p values against scipy, Holm's steps against their definition."""

import numpy as np
import pytest
from scipy import stats

from reglab.evidence import holm, p_value, trial

VALUES = np.random.default_rng(0).normal(1, 2, 15)


def found(values=VALUES, **settings):
    return trial("s", values, unit="nats", **settings)


def test_the_p_value_is_that_of_students_test_at_the_edge():
    above = stats.ttest_1samp(VALUES, -0.5, alternative="greater").pvalue
    below = stats.ttest_1samp(VALUES, 3, alternative="less").pvalue
    assert p_value(found(more_than=-0.5)) == pytest.approx(above)
    assert p_value(found(less_than=3)) == pytest.approx(below)
    assert p_value(found(within=(-0.5, 3))) == pytest.approx(max(above, below))


def test_a_claim_holds_where_its_p_value_is_below_one_in_forty():
    edges = np.linspace(-3, 3, 50)
    claims = [found(more_than=float(edge)) for edge in edges]
    assert [one.verdict == "holds" for one in claims] == [p_value(one) < 0.025 for one in claims]


def test_equal_values_have_the_p_value_of_a_proportion():
    low = stats.binomtest(10, 10, 0.6, alternative="greater").pvalue
    assert p_value(found(np.ones(10), more_than=0.6, bounds=(0, 1))) == pytest.approx(low)
    high = stats.binomtest(0, 10, 0.4, alternative="less").pvalue
    assert p_value(found(np.zeros(10), less_than=0.4, bounds=(0, 1))) == pytest.approx(high)
    assert p_value(found(np.ones(10), less_than=1.5, bounds=(0, 1))) == 0
    assert p_value(found(np.ones(10), more_than=1, bounds=(0, 1))) == 1


def by_definition(p_values, level):
    """Reject from the smallest on, until one is above its share of the level."""
    left, held = dict(enumerate(p_values)), set()
    while left:
        best = min(left, key=left.get)
        if left[best] > level / len(left):
            break
        held.add(best)
        del left[best]
    return [place in held for place in range(len(p_values))]


def test_holms_steps():
    rng = np.random.default_rng(1)
    for _ in range(50):
        p_values = (rng.random(12) ** 3 * 0.1).tolist()
        assert holm(p_values, 0.05) == by_definition(p_values, 0.05)
    assert holm([]) == []
