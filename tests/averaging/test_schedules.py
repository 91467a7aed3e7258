"""CyclicCosine: restarts, ends near 0, and is the plain cosine for one cycle."""

import pickle
from itertools import pairwise

import pytest

from reglab.averaging import CyclicCosine
from reglab.train.schedules import SCHEDULES, check_schedule, epoch_factors

SHARES = [i / 60 for i in range(60)]


def test_one_cycle_is_the_cosine():
    assert [CyclicCosine(1)(t) for t in SHARES] == pytest.approx(
        [SCHEDULES["cosine"](t) for t in SHARES]
    )


def test_every_cycle_is_the_same():
    factors = [CyclicCosine(3)(t) for t in SHARES]
    assert factors[:20] == pytest.approx(factors[20:40])
    assert factors[:20] == pytest.approx([SCHEDULES["cosine"](3 * t) for t in SHARES[:20]])


def test_it_falls_within_a_cycle():
    factors = [CyclicCosine(3)(t) for t in SHARES[:20]]
    assert factors[0] == 1 and all(a > b for a, b in pairwise(factors))


def test_the_trainer_takes_it():
    check_schedule(CyclicCosine(4))
    last = [epoch_factors(CyclicCosine(4), epoch, 8, 10)[-1] for epoch in (1, 3, 5, 7)]
    assert last == pytest.approx([last[0]] * 4) and last[0] < 0.01


def test_it_is_a_value():
    assert pickle.loads(pickle.dumps(CyclicCosine(4))) == CyclicCosine(4)
    assert hash(CyclicCosine(4)) == hash(CyclicCosine(4))


def test_no_cycle_is_an_error():
    with pytest.raises(ValueError, match="cycles.*got 0"):
        CyclicCosine(0)
