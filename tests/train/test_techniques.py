"""Techniques: sorted by what they do, checked; soft targets; the running average."""

from dataclasses import dataclass

import pytest
import torch
from torch.testing import assert_close
from toy_techniques import (
    Confidence,
    Decay,
    Ema,
    MaxNorm,
    Mixup,
    Noise,
    Sam,
    Squares,
    Tail,
    Twice,
    WeightNoise,
)

from reglab.train.techniques import Average, check_techniques, soft_targets, sort_techniques


def test_sorted_by_what_they_do_in_their_order():
    t = sort_techniques([Ema(), Noise(), Decay(), Twice(), Squares(), Mixup(), Sam(), MaxNorm()])
    assert t.changes == (Noise(), Twice(), Mixup()) and t.loss == Twice()
    assert t.penalties == (Squares(),) and t.perturbation == Sam()
    assert t.after == (Decay(), MaxNorm()) and t.average == Ema()
    none = sort_techniques([])
    assert none.loss is none.perturbation is none.average is None
    assert not (none.changes or none.penalties or none.after or none.soft or none.on_weights)


@pytest.mark.parametrize(
    "technique, soft, on_weights",
    [
        (Noise(), True, False),
        (Confidence(), True, False),
        (Squares(), False, True),
        (Sam(), False, True),
        (MaxNorm(), False, True),
        (Ema(), False, False),
    ],
)
def test_what_they_need(technique, soft, on_weights):
    t = sort_techniques([technique])
    assert t.soft == soft and t.on_weights == on_weights


@dataclass
class Loose:
    size: float = 0.1

    def penalty(self, weights):
        return 0.0


class Named:
    penalty = "a name, not a method"


@pytest.mark.parametrize(
    "wrong, message",
    [
        (Mixup(0.2), r"techniques must be a list; got Mixup\(low=0.2\); use \[Mixup\(low=0.2\)\]"),
        ("mixup", "techniques must be a list; got 'mixup'"),
        ([Mixup], r"got the class Mixup; write Mixup\(\)"),
        ([3], "needs one of change_batch, batch_loss, .*averaging_rate; 3 has none"),
        ([Named()], "Named.* has none"),
        ([Loose()], r"Loose can't be hashed.*write @dataclass\(frozen=True\)"),
        ([Confidence(), Twice()], "only one technique may have batch_loss; got .*choose one"),
        ([Sam(), WeightNoise()], "only one technique may have perturbation"),
        ([Ema(), Tail()], "only one technique may have averaging_rate"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        check_techniques(wrong)


def test_changes_and_steps_are_applied_in_order():
    @dataclass(frozen=True)
    class Step:
        by: float

        def change_batch(self, x, targets, generator):
            return self.by * x + 1, targets

        def after_step(self, weights, lr):
            return {"a": self.by * weights["a"] + lr}

    t = sort_techniques([Step(2.0), Step(5.0)])
    x, _ = t.change_batch(torch.ones(1), torch.ones(1, 1), torch.Generator())
    assert x.item() == 5 * (2 + 1) + 1
    found = t.after_step({"a": torch.tensor(1.0), "b": torch.tensor(7.0)}, torch.tensor(0.5))
    assert found == {"a": 5 * (2 + 0.5) + 0.5, "b": 7.0}


def test_penalties_add_up():
    w = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0])}
    t = sort_techniques([Squares(0.1), Squares(0.2)])
    assert_close(t.penalty(w), torch.tensor(0.5 * 0.3 * 14))


def test_soft_targets():
    y = torch.tensor([[0, 2], [1, 1]])
    assert_close(soft_targets(y, 3, torch.float64), torch.eye(3, dtype=torch.float64)[y])
    real = torch.tensor([0.5, 2.0])
    assert torch.equal(soft_targets(real, None, torch.float32), real[:, None])
    rows = torch.tensor([[0.5, 0.5]])
    assert soft_targets(rows, 2, torch.float32) is rows


def test_average_is_the_recursion_and_stands_in():
    w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    average, want = Average([w], Ema(0.3), 4), w.clone()
    for step in range(4):
        w += step + 1.0
        want += max(0.3, 1 / (step + 1)) * (w - want)
        average.update()
    last = w.clone()
    with average as inside:
        assert_close(w, want)
        assert inside is average
    assert torch.equal(w, last)
    average.swap()
    assert_close(w, want)


def test_tail_average_is_the_mean_of_the_last_half():
    w, seen = torch.zeros(1), []
    average = Average([w], Tail(0.5), 6)
    for step in range(6):
        w.fill_(step**2)
        seen.append(step**2)
        average.update()
    average.swap()
    assert_close(w.item(), sum(seen[3:]) / 3)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_rates_are_shares(rate):
    average = Average([torch.zeros(1)], Ema(rate if rate == rate else 2.0), 3)
    average.technique = type("T", (), {"averaging_rate": lambda self, step, steps: rate})()
    with pytest.raises(ValueError, match=r"averaging_rate must return a number in \[0, 1\]"):
        average.update()
