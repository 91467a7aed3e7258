"""Tasks, and the minibatches of their groups."""

import torch
from torch.testing import assert_close
from toy_techniques import Confidence, Ema, Mixup
from train_toys import K, task, toy

from reglab.core import stream
from reglab.train import mlp
from reglab.train.engines.task import Batches, Task


def test_task_sizes():
    t = task(mlp([3, 5]), batch=15)
    assert (t.each, t.outputs, t.batch, t.examples, t.steps) == (2, K, 15, 40, 3)
    assert t.data_of(1) is t.data[0] and t.data_of(2) is t.data[1]
    assert task(batch=None).batch == 40 and task(batch=99).steps == 1
    assert task(classes=None).outputs == 1


def test_orders_are_keyed_by_seed():
    order = [Batches(task(seeds=[0, 3])).order() for _ in range(2)]
    assert torch.equal(order[0], order[1])
    for row, seed in zip(order[0], (0, 3), strict=True):
        assert torch.equal(row, torch.randperm(40, generator=stream(seed, "order")))


def test_groups_of_one_seed_share_the_order_and_equal_data_is_stored_once():
    t = task(seeds=[0, 3])
    same = Task([*t.networks[:2], *t.networks[:2]], [t.data[0], t.data[1]], 5, 1, t.dtype)
    order = Batches(same).order()
    assert torch.equal(order[0], order[1])
    shared = Task(t.networks, [t.data[0], t.data[0]], 5, 1, t.dtype)
    assert len(Batches(shared).x) == 1 and Batches(shared).which.tolist() == [0, 0]
    assert_close(Batches(t).y, torch.stack([toy(0).train.y, toy(3).train.y]))


def test_factors_continue_from_epoch_to_epoch():
    b = Batches(task(schedule="linear", epochs=2))
    assert_close(torch.tensor(b.factors(0) + b.factors(1)), 1 - torch.arange(6) / 6)


def test_minibatches_are_rows_of_the_own_data_and_change_by_group():
    t = task(techniques=[Mixup()])
    batches, part = Batches(t), torch.stack([torch.arange(5), torch.arange(5, 10)])
    x, targets = batches.minibatch(part)
    for g, seed in enumerate((0, 3)):
        data = toy(seed).train
        rows = torch.nn.functional.one_hot(data.y[part[g]], K).double()
        own = Mixup().change_batch(data.x[part[g]], rows, stream(seed, "augment"))
        assert torch.equal(x[g], own[0]) and torch.equal(targets[g], own[1])
    x, y = Batches(task()).minibatch(part)
    assert torch.equal(x[1], toy(3).train.x[5:10]) and torch.equal(y[1], toy(3).train.y[5:10])
    soft = Batches(task(techniques=[Confidence()])).minibatch(part)[1]
    assert torch.equal(soft.argmax(2), y) and soft.dtype == torch.float64


def test_the_loss_is_known_by_name_and_the_average_counts_all_steps():
    assert task().loss == "cross_entropy" and task(classes=None).loss == "squared"
    assert task(loss="squared").loss == "squared"
    assert task().make_average([]) is None
    assert task(techniques=[Ema()], epochs=4).make_average([]).steps == 4 * 3
