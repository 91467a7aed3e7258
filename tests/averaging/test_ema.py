"""EMA: against a naive loop, the explicit weights, torch's own, and the trainer."""

import math

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reglab.averaging import EMA, decay_for_half_life, ema_weights, half_life
from reglab.data import Examples, Splits
from reglab.train import fit, fleet, mlp
from reglab.train.techniques import Average

F64 = torch.float64


def path(steps=7, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(steps, 3, generator=g, dtype=F64)


def running(technique, points):
    """The average after each of the points, as the trainer keeps it."""
    w = torch.full_like(points[0], 1e6)  # initial weights, which must leave no trace
    average, found = Average([w], technique, len(points)), []
    for point in points:
        w.copy_(point)
        average.update()
        found.append(average.mean[0].clone())
    return torch.stack(found)


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.9, 0.999])
def test_it_is_the_corrected_recursion(decay):
    """Adam's: m <- d m + (1 - d) w from 0, divided by 1 - d^t."""
    m, want = torch.zeros(3, dtype=F64), []
    for t, w in enumerate(path(), 1):
        m = decay * m + (1 - decay) * w
        want.append(m / (1 - decay**t))
    torch.testing.assert_close(running(EMA(decay), path()), torch.stack(want))


def test_it_is_the_sum_with_the_stated_weights():
    want = ema_weights(0.8, 7) @ path()
    torch.testing.assert_close(running(EMA(0.8), path())[-1], want)


def test_the_weights_fall_by_the_decay_with_age():
    weights = ema_weights(0.7, 9)
    torch.testing.assert_close(weights[:-1] / weights[1:], torch.full((8,), 0.7, dtype=F64))
    assert weights.sum().item() == pytest.approx(1)


def test_without_memory_the_last_step_counts_alone():
    assert ema_weights(0.0, 3).tolist() == [0.0, 0.0, 1.0]


def test_torch_counts_its_first_weights_more():
    """The difference that the module states: 1 / (1 - d) times as much."""
    model = nn.Linear(3, 1, bias=False).double()
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    for w in path():
        model.weight.data.copy_(w)
        theirs.update_parameters(model)
    weights = ema_weights(0.8, 7)
    weights[0] /= 1 - 0.8
    want = weights / weights.sum() @ path()
    torch.testing.assert_close(theirs.module.weight[0].detach(), want)


def test_after_the_start_it_is_torch_s():
    """Both from the same average: rates of 1 - d."""
    rate = EMA(0.8).averaging_rate(10**6)
    assert rate == pytest.approx(0.2)


def test_a_huge_decay_is_the_plain_mean():
    want = path().cumsum(0) / torch.arange(1, 8).view(-1, 1)
    torch.testing.assert_close(running(EMA(1 - 1e-9), path()), want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_after_a_half_life_weights_count_half(decay):
    assert decay ** half_life(decay) == pytest.approx(0.5)
    assert decay_for_half_life(half_life(decay)) == pytest.approx(decay)


def test_no_memory_has_no_half_life():
    assert half_life(0.0) == 0.0


@pytest.mark.parametrize("call", [EMA, half_life, lambda decay: ema_weights(decay, 3)])
def test_a_decay_of_one_would_never_move(call):
    with pytest.raises(ValueError, match="below 1; got 1.0"):
        call(1.0)


@pytest.mark.parametrize("steps", [0, -1.0, math.nan])
def test_a_half_life_is_positive(steps):
    with pytest.raises(ValueError, match="steps must be"):
        decay_for_half_life(steps)


def test_at_least_one_step_counts():
    with pytest.raises(ValueError, match="count.*got 0"):
        ema_weights(0.5, 0)


def data():
    g = torch.Generator().manual_seed(3)
    x = torch.randn(60, 4, generator=g, dtype=F64)
    parts = [Examples(x[k : k + 20], torch.arange(20) % 3) for k in (0, 20, 40)]
    return Splits(*parts, classes=3)


def test_fit_and_fleet_are_one_training():
    settings = dict(epochs=4, lr=0.1, batch=5, techniques=[EMA(0.8)])
    runs = fleet(mlp(6), data(), seeds=[1, 2], keep="networks", dtype=F64, **settings)
    model = mlp(6).build(4, 3, seed=1, dtype=F64)
    fit(model, data(), seed=1, **settings)
    for p, q in zip(model.parameters(), runs.network.values[0].parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)
