"""Measuring: together or by data set, soft targets, empty parts, real targets, the diverged."""

import numpy as np
import pytest
import torch
from measured_engine import Constant
from train_toys import K, task, toy

from reglab.data import Examples, Splits
from reglab.train import mlp, modules
from reglab.train.engines.backprop import FastStack
from reglab.train.engines.measuring import PIECE, cut, measure, stack_parts
from reglab.train.engines.task import Task
from reglab.train.engines.vmapped import VmapStack


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
    row = measure(Constant(t), Task(t.networks, [empty], 5, 1, t.dtype))
    assert np.isnan(row["val_loss"]).all() and np.isfinite(row["test_loss"][0])
    real = task(classes=None, seeds=[0])
    row = measure(Constant(real), real)
    assert np.isnan(row["test_error"]).all() and np.isfinite(row["test_loss"][0])


def engine_of(t):
    return VmapStack(t) if t.width is None else FastStack(t)


def net():
    return mlp(4, dropout=0.5).build(6, K, dtype=torch.float64)


def with_sizes(t, *sizes):
    """The task with validation parts of these sizes, one for each data set."""
    data = [
        Splits(d.train, Examples(d.val.x[:n], d.val.y[:n]), d.test, d.classes)
        for d, n in zip(t.data, sizes, strict=True)
    ]
    return Task(t.networks, data, t.width, t.epochs, t.dtype)


@pytest.mark.parametrize("model", [mlp([3, 5], dropout=0.4), modules(net)])
@pytest.mark.parametrize("sizes", [(40, 40), (40, 17), (1, 40)])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared"])
def test_together_and_by_data_set_agree(model, sizes, loss, monkeypatch):
    for module in ("measuring", "backprop", "vmapped"):
        monkeypatch.setattr(f"reglab.train.engines.{module}.PIECE", 16)  # several pieces
    t = with_sizes(task(model, loss=loss), *sizes)
    engine = engine_of(t)
    engine.train_epoch(0)
    parts = stack_parts(t)
    assert [p.name for p in parts] == (["train", "val", "test"][:: 1 if len({*sizes}) == 1 else 2])
    together, apart = measure(engine, t), measure(engine, t, parts=[])
    for name in together:
        np.testing.assert_allclose(together[name], apart[name], rtol=1e-13)
    assert np.isfinite(list(together.values())).all()


def test_data_that_all_share_is_measured_for_each_network():
    t = task(mlp([3, 5]))
    t = Task(t.networks, [t.data[0], t.data[0]], 5, 1, t.dtype)
    assert stack_parts(t)[0].x.shape[0] == 1
    together, apart = measure(FastStack(t), t), measure(FastStack(t), t, parts=[])
    for name in together:
        np.testing.assert_allclose(together[name], apart[name], rtol=1e-13)


def test_soft_targets_are_measured_as_such():
    t = task(mlp([3, 5]))
    soft = [
        Splits(
            Examples(d.train.x, torch.full((40, K), 1 / K, dtype=torch.float64)), d.val, d.test, K
        )
        for d in t.data
    ]
    t = Task(t.networks, soft, 5, 1, t.dtype)
    engine = FastStack(t)
    row = measure(engine, t)
    z = engine.outputs([2], t.data[1].train.x)[0].T
    np.testing.assert_allclose(row["train_loss"][2], -z.log_softmax(1).mean().item(), rtol=1e-13)
    assert row["train_error"][2] == (z.argmax(1) != 0).double().mean()
    assert (
        row["val_error"][2]
        == (engine.outputs([2], t.data[1].val.x)[0].argmax(0) != t.data[1].val.y).double().mean()
    )


def test_all_examples_are_in_one_slice():
    assert cut(600, PIECE) == [slice(0, 256), slice(256, 512), slice(512, 600)]
    assert cut(5, 9) == [slice(0, 5)] and cut(9, 3)[-1] == slice(6, 9)


def test_what_was_measured_together_is_not_measured_again(monkeypatch):
    def refuse(*_):
        raise AssertionError("measured twice")

    engine = FastStack(task(mlp([3, 5])))
    monkeypatch.setattr(engine, "outputs", refuse)
    assert np.isfinite(measure(engine, engine.task)["test_loss"]).all()
