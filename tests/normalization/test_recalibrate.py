"""Running statistics computed once more: parity with torch's, what else it leaves alone, errors."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn
from torch.testing import assert_close

from reglab.normalization import BatchNorm1d, GhostBatchNorm, recalibrate

F64 = torch.float64


def data(n=40):
    g = torch.Generator().manual_seed(0)
    return torch.randn(n, 3, generator=g, dtype=F64) * 2 + 1


def network(kind=BatchNorm1d, p=0.0):
    layers = [nn.Linear(3, 5), kind(5, momentum=0.3), nn.ReLU(), nn.Dropout(p), nn.Linear(5, 4)]
    model = nn.Sequential(*layers, kind(4)).double()
    for _ in range(3):
        model(torch.randn(10, 3, dtype=F64))
    return model


@pytest.mark.parametrize("kind", [BatchNorm1d, nn.BatchNorm1d])
def test_without_dropout_it_is_torch_s_update_bn(kind):
    ours, theirs = network(kind), network(nn.BatchNorm1d)  # update_bn knows torch's layers alone
    theirs.load_state_dict(ours.state_dict())
    batches = list(data().split(10))
    assert recalibrate(ours, batches) is ours
    update_bn(batches, theirs)
    assert_close(dict(ours.state_dict()), dict(theirs.state_dict()))


def test_the_statistics_are_averages_over_the_batches():
    layer, batches = BatchNorm1d(3, dtype=F64), list(data().split(10))
    recalibrate(layer, iter(batches))
    assert_close(layer.running_mean, data().mean(0))
    assert_close(layer.running_var, torch.stack([b.var(0) for b in batches]).mean(0))
    assert layer.num_batches_tracked.item() == 4


def test_dropout_stays_off():
    model = network(p=0.9)
    recalibrate(model, data().split(10))
    hidden = model[:3].eval()(data())
    want = model[4](model[2](BatchNorm1d(5).double()(model[0](data()[:10]))))
    model.train()
    recalibrate(model, [data()[:10]])
    assert_close(model[5].running_mean, want.mean(0))
    assert hidden.shape == (40, 5)


@pytest.mark.parametrize("training", [True, False])
def test_modes_momenta_and_weights_stay(training):
    model = network().train(training)
    model[1].eval()
    weights = copy.deepcopy(dict(model.named_parameters()))
    recalibrate(model, data().split(10))
    modes = [m.training for m in model]
    assert modes == [training, False, training, training, training, training]
    assert model.training is training
    assert (model[1].momentum, model[5].momentum) == (0.3, 0.1)
    assert_close(dict(model.named_parameters()), weights, rtol=0, atol=0)


def test_modes_and_momenta_come_back_after_an_error():
    model = network().eval()
    with pytest.raises(RuntimeError):
        recalibrate(model, [torch.zeros(4, 7, dtype=F64)])
    assert not any(m.training for m in model.modules())
    assert model[1].momentum == 0.3


def test_ghost_batches_too():
    layer = GhostBatchNorm(3, 5, dtype=F64)
    recalibrate(layer, [data()])
    assert_close(layer.running_var, torch.stack([p.var(0) for p in data().split(5)]).mean(0))


def test_no_graph_is_built():
    model = network()
    recalibrate(model, data().split(10))
    assert not model[1].running_mean.requires_grad


def test_errors():
    with pytest.raises(ValueError, match="no batch normalization with running statistics"):
        recalibrate(nn.Sequential(BatchNorm1d(3, track_running_stats=False)), [data()])
    with pytest.raises(ValueError, match="batches is empty"):
        recalibrate(network(), [])
