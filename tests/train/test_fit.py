"""fit: the plain loop once more, curves in eval mode, private randomness, divergence, errors."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close
from train_toys import I, K, deviation, toy

from reglab.core import stream
from reglab.data import Examples, Splits
from reglab.train import DivergedError, fit, mlp
from reglab.train.fit import check_finite


def network(dropout=0.0, seed=0, outputs=K):
    return mlp(5, dropout=dropout).build(I, outputs, seed, torch.float64)


def test_equals_a_loop_written_out():
    data, ours, plain = toy(), network(), network()
    fit(ours, data, epochs=3, lr=0.05, momentum=0.8, weight_decay=0.01, batch=15, seed=4)
    optim = torch.optim.SGD(plain.parameters(), lr=0.05, momentum=0.8, weight_decay=0.01)
    order = stream(4, "order")
    for _ in range(3):
        shuffled = torch.randperm(40, generator=order)
        for i in (0, 15, 30):  # the last minibatch holds 10
            some = shuffled[i : i + 15]
            optim.zero_grad()
            F.cross_entropy(plain(data.train.x[some]), data.train.y[some]).backward()
            optim.step()
    assert deviation(ours, plain) < 1e-15


def test_full_batch_and_real_targets():
    data, ours, plain = toy(classes=None), network(outputs=1), network(outputs=1)
    history = fit(ours, data, epochs=4, lr=0.05, momentum=0.0, batch=None)
    for _ in range(4):
        plain.zero_grad()
        F.mse_loss(plain(data.train.x)[:, 0], data.train.y).backward()
        with torch.no_grad():
            for w in plain.parameters():
                w -= 0.05 * w.grad
    assert deviation(ours, plain) < 1e-14
    assert np.isnan(history.test_error).all() and np.isfinite(history.test_loss).all()


def test_curves_are_measured_in_eval_mode():
    data, model = toy(), network(dropout=0.5)
    history = fit(model, data, epochs=4, lr=0.05, report=[0, 4])
    assert history.epoch.tolist() == [0, 4]
    for name, part in data.parts().items():
        z, last = model.eval()(part.x).detach(), history.at(4)
        assert_close(last[f"{name}_loss"], F.cross_entropy(z, part.y).item())
        assert_close(last[f"{name}_error"], (z.argmax(1) != part.y).double().mean().item())
    first = network(dropout=0.5).eval()(data.test.x)
    assert_close(history.at(0)["test_loss"], F.cross_entropy(first, data.test.y).item())


def test_schedule_is_torchs_scheduler():
    ours, plain = network(), network()
    fit(ours, toy(), epochs=3, lr=0.05, schedule="cosine", batch=20)
    optim = torch.optim.SGD(plain.parameters(), lr=0.05, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optim, T_max=6)
    order, data = stream(0, "order"), toy().train
    for _ in range(3):
        for some in torch.randperm(40, generator=order).split(20):
            optim.zero_grad()
            F.cross_entropy(plain(data.x[some]), data.y[some]).backward()
            optim.step()
            schedule.step()
    assert deviation(ours, plain) < 1e-14


def test_an_empty_part_is_nan():
    data = toy()
    data = Splits(data.train, Examples(data.val.x[:0], data.val.y[:0]), data.test, K)
    history = fit(network(), data, epochs=1, lr=0.05)
    assert np.isnan(history.val_loss).all() and np.isnan(history.val_error).all()
    assert np.isfinite(history.test_loss).all()


def test_dropout_repeats_and_leaves_the_global_state_alone():
    before = torch.get_rng_state()
    models = [network(dropout=0.5) for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        fit(model, toy(), epochs=2, lr=0.05, seed=seed, batch=None)
    assert torch.equal(torch.get_rng_state(), before)
    assert deviation(models[0], models[1]) == 0
    assert deviation(models[0], models[2]) > 1e-6  # full batch: only the masks differ


def test_takes_any_module_and_converts_the_data():
    model = nn.Sequential(
        nn.Unflatten(1, (1, I)), nn.Conv1d(1, 4, 3), nn.Flatten(), nn.LazyLinear(K)
    )
    model(torch.zeros(2, I))
    history = fit(model, toy(), epochs=20, lr=0.1)
    assert history.train_error[-1] < history.train_error[0]


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_learns_too(name):
    history = fit(network(), toy(), epochs=30, lr=0.05, optimizer=name)
    assert history.train_loss[-1] < 0.5 * history.train_loss[0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_any_loss_that_is_no_number_is_divergence(value):
    with pytest.raises(DivergedError, match=f"in epoch 3: the loss is {value} at lr = 0.5"):
        check_finite(torch.tensor(value), 3, 0.5)


def test_divergence_names_epoch_lr_and_fix():
    with pytest.raises(
        DivergedError, match=r"diverged in epoch \d+: .* at lr = 1e\+06; try .*100000"
    ):
        fit(nn.Linear(6, 1).double(), toy(classes=None), epochs=50, lr=1e6, loss="squared")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(epochs=-1), "epochs must be a whole number >= 0; got -1"),
        (dict(lr=math.nan), "lr must be a finite number > 0; got nan"),
        (dict(batch=0), "batch must be a whole number >= 1; got 0"),
        (dict(optimizer="x"), "optimizer must be one of"),
        (dict(loss="x"), "loss must be one of"),
        (dict(schedule="x"), "schedule must be one of"),
        (dict(report=[9]), "report must name epochs in 0 .. 2"),
    ],
)
def test_errors(wrong, message):
    with pytest.raises(ValueError, match=message):
        fit(network(), toy(), **dict(epochs=2, lr=0.1) | wrong)
