"""Scale-invariant weights: rates, length and angle in balance, by hand and by running the step."""

import math

import pytest
import torch
from numpy.testing import assert_allclose
from torch.func import vmap

from reglab.core import stream
from reglab.penalties import (
    adam_step,
    angle_between,
    angle_in_balance,
    effective_rate,
    growing_rate,
    length_in_balance,
    sgd_step,
)


def right_angled(w, generator, size=1.0):
    """A random gradient at a right angle to w, as long as that of a scale-invariant function."""
    g = torch.randn(w.shape, generator=generator, dtype=w.dtype)
    g -= (g @ w) / (w @ w) * w
    return size * g / g.norm() / w.norm()


def walk(step, w, steps, **settings):
    """Steps along random gradients: the weights and the angles between them."""
    generator, state, angles = stream(0, "walk"), None, []
    for _ in range(steps):
        before = w
        w, state = step(w, right_angled(w, generator), state, **settings)
        angles.append(angle_between(before, w).item())
    return w, angles


def test_rates_by_hand():
    assert_allclose(effective_rate(0.1, torch.tensor([[3.0], [4.0]])), 0.004, rtol=1e-6)
    assert_allclose(growing_rate(0.5, 1.0, 0), 1.0)
    assert_allclose(growing_rate(0.5, 1.0, 2), 0.5 * 2.0**5)
    assert growing_rate(0.5, 0.0, 7) == 0.5


def test_angles_by_hand():
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    assert_allclose(angle_between(one, other), math.pi / 4, rtol=1e-6)
    assert_allclose(angle_between(one, -2 * one), math.pi, rtol=1e-6)
    assert angle_between(one, 5 * one) == 0
    tiny = torch.tensor([[1.0, 1e-9]], dtype=torch.float64)
    assert_allclose(angle_between(one.double(), tiny), 1e-9, rtol=1e-6)  # acos would give 0


def test_angles_under_vmap():
    ones, others = torch.randn(2, 5, 3, 4, generator=stream(0, "pairs"))
    want = [angle_between(*pair) for pair in zip(ones, others, strict=True)]
    assert_allclose(vmap(angle_between)(ones, others), want, rtol=1e-6)


@pytest.mark.parametrize("lr, decay, size", [(0.1, 0.5, 1.0), (0.5, 1.0, 3.0), (1e-3, 0.1, 0.2)])
def test_in_balance_a_step_keeps_the_length_and_turns_by_the_angle(lr, decay, size):
    w = torch.zeros(6, dtype=torch.float64)
    w[0] = length_in_balance(lr, decay, size)
    g = right_angled(w, stream(1, "gradient"), size)
    after, _ = sgd_step(w, g, lr=lr, decay=decay)
    assert_allclose(after.norm(), w.norm(), rtol=1e-12)
    assert_allclose(math.cos(angle_between(w, after)), 1 - lr * decay, rtol=1e-12)


def test_the_angle_is_the_limit_of_the_exact_one():
    for share in (1e-3, 1e-5):
        assert_allclose(angle_in_balance(0.01, 100 * share), math.acos(1 - share), rtol=share)


@pytest.mark.parametrize("start", [0.1, 1.0, 10.0])
def test_every_start_leads_to_the_balance(start):
    w = torch.full((50,), start, dtype=torch.float64)
    w, angles = walk(sgd_step, w, 400, lr=0.2, decay=0.1)
    assert_allclose(w.norm(), length_in_balance(0.2, 0.1, 1.0), rtol=1e-3)
    assert_allclose(angles[-1], math.acos(1 - 0.2 * 0.1), rtol=1e-3)


@pytest.mark.parametrize(
    "step, optimizer, settings",
    [
        (sgd_step, "sgd", {"momentum": 0.9, "lam": 0.1, "lr": 0.02}),
        (adam_step, "adamw", {"decay": 0.5, "lr": 0.01}),
    ],
    ids=["SGD with momentum", "AdamW"],
)
def test_momentum_slows_the_turning(step, optimizer, settings):
    """To a few percent: the formulas are for independent gradients and small angles."""
    w = torch.ones(1000, dtype=torch.float64) / 10
    _, angles = walk(step, w, 3000, **settings)
    decay = settings.get("lam", settings.get("decay"))
    want = angle_in_balance(settings["lr"], decay, optimizer=optimizer, momentum=0.9)
    late = torch.tensor(angles[-1000:]).square().mean().sqrt()
    assert_allclose(late, want, rtol=0.05)


def test_without_momentum_the_two_optimizers_turn_alike():
    assert angle_in_balance(0.1, 0.2, optimizer="adamw") == angle_in_balance(0.1, 0.2)
    assert angle_in_balance(0.1, 0.0) == 0


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: effective_rate(0.1, torch.zeros(3)), "length of weight must be .* > 0; got 0"),
        (lambda: effective_rate(0.0, torch.ones(3)), "lr must be a finite number > 0"),
        (lambda: growing_rate(0.1, -1.0, 0), "decay must be a finite number >= 0; got -1"),
        (lambda: growing_rate(0.5, 2.0, 0), r"lr \* decay must be below 1; got 0.5 \* 2"),
        (lambda: growing_rate(0.1, 0.1, -1), "step must be"),
        (lambda: length_in_balance(0.1, 0.0, 1.0), "decay must be a finite number > 0; got 0"),
        (lambda: length_in_balance(0.1, 0.1, 0.0), "size must be a finite number > 0; got 0"),
        (lambda: angle_in_balance(0.1, 0.1, momentum=1.0), r"momentum must be in \[0, 1\); got 1"),
        (lambda: angle_in_balance(0.1, 0.1, optimizer="lion"), "optimizer must be"),
    ],
)
def test_bad_values(call, says):
    with pytest.raises(ValueError, match=says):
        call()
