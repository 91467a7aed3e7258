"""Schedules: closed forms, torch's own, errors."""

import pytest
import torch

from reglab.train.schedules import check_schedule, epoch_factors, factor


def test_closed_forms():
    assert [factor("constant", i, 4) for i in range(4)] == [1, 1, 1, 1]
    assert [factor("linear", i, 4) for i in range(4)] == [1, 0.75, 0.5, 0.25]
    assert [factor(lambda t: 3 * t, i, 4) for i in range(4)] == [0, 0.75, 1.5, 2.25]


def test_cosine_is_torchs():
    w = torch.nn.Parameter(torch.zeros(1))
    optim = torch.optim.SGD([w], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=10)
    for i in range(10):
        assert factor("cosine", i, 10) == pytest.approx(schedule.get_last_lr()[0], abs=1e-15)
        optim.step()
        schedule.step()


def test_epochs_join():
    by_epoch = [f for e in range(3) for f in epoch_factors("cosine", e, 3, 4)]
    assert by_epoch == [factor("cosine", i, 12) for i in range(12)]


def test_errors():
    check_schedule("cosine")
    check_schedule(lambda t: 1.0)
    with pytest.raises(ValueError, match="schedule must be one of constant, linear, cosine"):
        check_schedule("step")
    with pytest.raises(ValueError, match="schedule must return a factor >= 0; got -1.0 at t = 0"):
        check_schedule(lambda t: -1.0)
