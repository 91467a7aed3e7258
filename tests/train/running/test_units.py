"""A unit runs the same anywhere: pickled or not; its result is plain arrays; networks survive."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from train_toys import DEVICES, I, K, deviation, task, toy

from reglab.train import mlp, modules
from reglab.train.engines.backprop import FastStack
from reglab.train.engines.vmapped import VmapStack
from reglab.train.history import CURVES
from reglab.train.running.units import Unit, load_state, make_engine, on_device, run, state_bytes


def unit(model=None, keep=(), device="cpu", **settings):
    return Unit(task(model, **settings), (0, 3), tuple(keep), device)


def net():
    return nn.Sequential(nn.Linear(I, 4), nn.BatchNorm1d(4), nn.Linear(4, K))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("model", [mlp([3, 5]), modules(net)])
def test_a_pickled_unit_gives_the_same_bits(model, device):
    one = unit(model, ["predictions", "networks"], device)
    count = len(one.task.networks)
    found, again = run(one), run(pickle.loads(pickle.dumps(one)))
    assert set(found) == {*CURVES, "test_output", *(f"state {m}" for m in range(count)), "seconds"}
    assert all(type(values) is np.ndarray for values in found.values())
    assert found["test_loss"].shape == (count, 2)
    assert found["test_output"].shape == (count, 40, K)
    for name in set(found) - {"seconds"}:
        np.testing.assert_array_equal(found[name], again[name], strict=True)
    assert 0 < found["seconds"] < 60


def test_only_what_is_kept():
    assert set(run(unit())) == {*CURVES, "seconds"}


def test_every_epoch_ticks():
    ticks = []
    run(unit(), lambda: ticks.append(1))
    assert len(ticks) == 3


@pytest.mark.parametrize("model", [mlp(5), modules(net)])
def test_a_network_s_state_brings_it_back(model):
    one = unit(model, ["networks"], seeds=[3])
    found = run(one)
    again = load_state(model.build(I, K, 3, torch.float64), found["state 0"])
    assert not again.training
    with torch.no_grad():
        loss = nn.functional.cross_entropy(again(toy(3).test.x), toy(3).test.y)
    np.testing.assert_allclose(loss, found["test_loss"][0, -1], rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_state_keeps_every_bit_of_parameters_and_buffers(dtype):
    trained, fresh = net().to(dtype), net().to(dtype)
    trained(torch.randn(9, I, dtype=dtype))  # moves the running mean
    load_state(fresh, state_bytes(trained))
    for name, value in trained.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], value), name
    assert deviation(fresh, trained) == 0 and fresh[1].num_batches_tracked == 1


def test_no_state_is_no_bytes():
    assert state_bytes(nn.ReLU()).shape == (0,)
    load_state(nn.ReLU(), state_bytes(nn.ReLU()))


def test_groups_that_share_data_still_do_elsewhere():
    shared, own = toy(0), toy(1)
    one = task(seeds=[0, 1, 2])
    one = type(one)(one.networks, [shared, own, shared], one.width, one.epochs, one.dtype)
    for moved in (on_device(one, "meta"), pickle.loads(pickle.dumps(one))):
        assert moved.data[0] is moved.data[2] is not moved.data[1]
    assert on_device(one, "meta").data[0].train.x.device.type == "meta"


def test_mlps_are_trained_by_hand_and_all_else_by_vmap():
    assert isinstance(make_engine(task(modules(net))), VmapStack)
    assert isinstance(make_engine(task(mlp([3, 5]))), FastStack)
    assert isinstance(make_engine(replace(task(mlp(3)), width=None)), VmapStack)


def test_snapshots_are_the_networks_at_each_report():
    early, late = run(unit(keep=["snapshots"])), run(unit(keep=["networks"], epochs=3))
    assert early["state 1"].shape[0] == 2
    np.testing.assert_array_equal(early["state 1"][1], late["state 1"])
    start = mlp(5).build(I, K, 0, torch.float64)
    np.testing.assert_array_equal(early["state 1"][0], state_bytes(start))
