"""EarlyStopping's copies: what is restored, resumed runs, states that do not fit."""

import io
import math
import pickle

import pytest
import torch
from torch import nn

from reglab.stopping.patience import EarlyStopping

NAN, INF = math.nan, math.inf


class Net(nn.Module):
    """Two layers that share a weight, and a buffer that training changes."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)
        self.b.weight = self.a.weight
        self.norm = nn.BatchNorm1d(2)

    def fill(self, value):
        with torch.no_grad():
            for tensor in self.state_dict().values():
                tensor.fill_(value)
        return self

    def holds(self, value):
        return all((t == value).all() for t in self.state_dict().values())


def run(values, model, **settings):
    """Weights and buffers equal to the epoch, all of them."""
    stopping = EarlyStopping(**settings)
    for epoch, value in enumerate(values, 1):
        stopping.step(value, model.fill(epoch))
    return stopping


def test_restore_returns_weights_and_buffers_of_the_best_epoch():
    model = Net()
    stopping = run([3.0, 1.0, 2.0, 1.0], model, patience=9)
    assert model.holds(4)
    stopping.restore(model)
    assert model.holds(2) and model.a.weight is model.b.weight


def test_restore_after_a_change_smaller_than_min_delta():
    model = Net()
    run([1.0, 0.9, 2.0], model, patience=9, min_delta=0.5).restore(model)
    assert model.holds(2)


def test_training_on_after_a_restore_leaves_the_copy_alone():
    model = Net()
    stopping = run([1.0, 2.0], model, patience=9)
    stopping.restore(model)
    model.fill(7)
    stopping.restore(model)
    assert model.holds(1)


def test_a_run_from_the_start_to_a_restored_network():
    """Noisy targets, few examples: the returned network is the one of the lowest error."""
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 20, generator=g), torch.randn(60, 1, generator=g)
    y[:, 0] += x[:, 0]
    model = nn.Linear(20, 1)
    nn.init.zeros_(model.weight)
    optimizer, stopping = torch.optim.SGD(model.parameters(), lr=0.1), EarlyStopping(patience=5)
    errors = []
    for _ in range(300):
        optimizer.zero_grad()
        (model(x[:30]) - y[:30]).square().mean().backward()
        optimizer.step()
        with torch.no_grad():
            errors.append((model(x[30:]) - y[30:]).square().mean())
        if stopping.step(errors[-1], model):
            break
    stopping.restore(model)
    assert len(errors) < 300 and stopping.best_epoch == len(errors) - 5
    assert (model(x[30:]) - y[30:]).square().mean() == min(errors)


@pytest.mark.parametrize("cut", range(6))
def test_a_resumed_run_decides_as_one_that_was_never_interrupted(cut):
    values, settings = [2.0, 1.5, 1.0, 1.25, NAN, 1.125, 1.5], dict(patience=3, min_delta=0.375)
    whole, parts = Net(), Net()
    uninterrupted = run(values, whole, **settings)
    file = io.BytesIO()
    torch.save(run(values[:cut], parts, **settings).state_dict(), file)
    file.seek(0)
    resumed = EarlyStopping(**settings)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for epoch, value in enumerate(values[cut:], cut + 1):
        resumed.step(value, parts.fill(epoch))
    for name in ("epoch", "wait", "best", "best_epoch", "reference", "stopped"):
        assert getattr(resumed, name) == getattr(uninterrupted, name), name
    resumed.restore(parts)
    assert parts.holds(3)


def test_a_state_dict_is_a_copy_both_ways():
    stopping, model = run([1.0], Net(), patience=2), Net()
    state = stopping.state_dict()
    other = EarlyStopping(patience=2)
    other.load_state_dict(state)
    for tensor in state["weights"].values():
        tensor.fill_(9)
    for one in (stopping, other):
        one.restore(model)
        assert model.holds(1)


def test_a_resumed_run_may_have_another_patience():
    saved = run([1.0, 2.0, 2.0], Net(), patience=9)
    resumed = EarlyStopping(patience=2)
    resumed.load_state_dict(saved.state_dict())
    assert resumed.stopped and resumed.patience == 2


def test_it_can_be_pickled():
    stopping = pickle.loads(pickle.dumps(run([1.0, 2.0], model := Net(), patience=2)))
    stopping.restore(model)
    assert model.holds(1) and stopping.wait == 1


def test_entries_of_a_state_that_are_no_tensors():
    """A module may put anything into its state_dict with get_extra_state."""

    class Extra(nn.Linear):
        def get_extra_state(self):
            return {"calls": 3}

        def set_extra_state(self, state):
            self.extra = state

    stopping, model = EarlyStopping(), Extra(1, 1)
    stopping.step(1.0, model)
    stopping.restore(model)
    assert model.extra == {"calls": 3}


def test_a_step_without_the_model():
    stopping = EarlyStopping()
    with pytest.raises(ValueError, match=r"step\(monitor, model\) needs the model; or pass rest"):
        stopping.step(1.0)
    assert stopping.epoch == 0


def test_a_restore_of_nothing():
    with pytest.raises(ValueError, match="restore_best=False keeps no weights; pass restore_best"):
        EarlyStopping(restore_best=False).restore(Net())
    with pytest.raises(ValueError, match="none of the 2 epochs so far had a finite monitor.*small"):
        run([NAN, INF], Net(), patience=3).restore(Net())


def test_states_that_do_not_fit():
    stopping = EarlyStopping()
    with pytest.raises(ValueError, match="the state lacks best, wait; pass a state_dict"):
        state = stopping.state_dict()
        stopping.load_state_dict({k: v for k, v in state.items() if k not in ("best", "wait")})
    without = EarlyStopping(restore_best=False)
    without.step(1.0)
    with pytest.raises(ValueError, match="the state has no weights; it was saved with restore_b"):
        stopping.load_state_dict(without.state_dict())
