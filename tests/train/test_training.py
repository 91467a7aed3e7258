"""The settings of one network: defaults, equality, every check."""

import pickle
from dataclasses import replace

import pytest
from toy_techniques import Ema, Mixup, Tail

from reglab.train.training import Training


def test_equal_settings_are_equal_and_hashable():
    one, other = (Training(lr=0.1, techniques=[Mixup(0.2)]) for _ in range(2))
    assert one == other and len({one, other}) == 1
    assert one.techniques == (Mixup(0.2),)
    assert one != replace(one, techniques=())
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(lr=0), "lr must be a finite number > 0; got 0"),
        (dict(momentum=-1), "momentum must be a finite number >= 0; got -1"),
        (dict(weight_decay=-1), "weight_decay must be a finite number >= 0; got -1"),
        (dict(l1=-1), "l1 must be a finite number >= 0; got -1"),
        (dict(l2=-1), "l2 must be a finite number >= 0; got -1"),
        (dict(optimizer="x"), "optimizer must be one of"),
        (dict(schedule="x"), "schedule must be one of"),
        (dict(batch=0), "batch must be a whole number >= 1; got 0"),
        (dict(loss="x"), "loss must be one of cross_entropy, squared; got 'x'"),
        (dict(techniques=[Ema(), Tail()]), "only one technique may have averaging_rate"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        Training(**dict(lr=0.1) | wrong)


def test_none_means_all_examples_and_the_usual_loss():
    assert Training(lr=0.1, batch=None, loss=None).batch is None
