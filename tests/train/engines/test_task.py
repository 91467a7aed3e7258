"""Tasks, batches, the epochs' loop and the measuring, with an engine made for the purpose."""

import numpy as np
import torch
from torch.testing import assert_close
from train_toys import K, task, toy

from reglab.core import stream
from reglab.data import Examples, Splits
from reglab.train import mlp
from reglab.train.engines.task import Batches, Task, measure, train


class Constant:
    """An engine whose networks answer class 0, surer after every epoch."""

    average = None

    def __init__(self, task):
        self.task, self.epochs = task, []

    def train_epoch(self, epoch):
        self.epochs.append(epoch)

    def outputs(self, members, x):
        z = torch.zeros(len(members), K, len(x), dtype=x.dtype)
        z[:, 0] = 1.0 + len(self.epochs)
        z[torch.tensor(members) == 1] = torch.nan
        return z


def test_task_sizes():
    t = task(mlp([3, 5]), batch=15)
    assert (t.each, t.outputs, t.batch, t.examples, t.steps) == (2, K, 15, 40, 3)
    assert t.data_of(1) is t.data[0] and t.data_of(2) is t.data[1]
    assert task(batch=None).batch == 40 and task(batch=99).steps == 1
    assert task(classes=None).outputs == 1


def test_train_measures_at_the_reported_epochs():
    t, ticks, measured = task(epochs=4), [], []
    engine = Constant(t)
    at_report = lambda: measured.append(len(engine.epochs))  # noqa: E731
    curves = train(engine, t, [0, 3], at_report, lambda: ticks.append(1))
    assert engine.epochs == [0, 1, 2, 3] and len(ticks) == 4 and measured == [0, 3]
    assert curves["test_loss"].shape == (4, 2)
    for column, sure in enumerate((1.0, 4.0)):
        z = torch.tensor([sure] + [0.0] * (K - 1), dtype=torch.float64)
        y = toy(0).test.y
        want = (z.logsumexp(0) - z[y]).mean().item()
        np.testing.assert_allclose(curves["test_loss"][0, column], want, rtol=1e-14)


def test_measure_by_data_set_and_nan_for_the_diverged():
    t = task()
    row = measure(Constant(t), t)
    want = [float((toy(s).val.y != 0).double().mean()) for s in (0, 0, 3, 3)]
    want[1] = np.nan
    np.testing.assert_allclose(row["val_error"], want)
    assert np.isnan([values[1] for values in row.values()]).all()


def test_measure_of_an_empty_part_and_of_real_targets():
    d = toy()
    empty = Splits(d.train, Examples(d.val.x[:0], d.val.y[:0]), d.test, K)
    t = task(seeds=[0])
    row = measure(Constant(t), Task(t.networks, [empty], 5, 1))
    assert np.isnan(row["val_loss"]).all() and np.isfinite(row["test_loss"][0])
    real = task(classes=None, seeds=[0])
    row = measure(Constant(real), real)
    assert np.isnan(row["test_error"]).all() and np.isfinite(row["test_loss"][0])


def test_orders_are_keyed_by_seed():
    order = [Batches(task(seeds=[0, 3])).order() for _ in range(2)]
    assert torch.equal(order[0], order[1])
    for row, seed in zip(order[0], (0, 3), strict=True):
        assert torch.equal(row, torch.randperm(40, generator=stream(seed, "order")))


def test_groups_of_one_seed_share_the_order_and_equal_data_is_stored_once():
    t = task(seeds=[0, 3])
    same = Task([*t.networks[:2], *t.networks[:2]], [t.data[0], t.data[1]], 5, 1)
    order = Batches(same).order()
    assert torch.equal(order[0], order[1])
    shared = Task(t.networks, [t.data[0], t.data[0]], 5, 1)
    assert len(Batches(shared).x) == 1 and Batches(shared).which.tolist() == [0, 0]
    assert_close(Batches(t).y, torch.stack([toy(0).train.y, toy(3).train.y]))


def test_factors_continue_from_epoch_to_epoch():
    b = Batches(task(schedule="linear", epochs=2))
    assert_close(torch.tensor(b.factors(0) + b.factors(1)), 1 - torch.arange(6) / 6)
