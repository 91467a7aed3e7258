"""Edge of stability: the network, its loss, and one short training against plain torch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from reglab.chapters.implicit_regularization import edge
from reglab.data import signals
from reglab.sharpness import flat_loss
from reglab.train import modules


def test_the_network():
    net = modules(edge.tanh_network).build(40, 10, seed=4240)
    shapes = [tuple(p.shape) for p in net.parameters()]
    assert shapes == [(32, 40), (32,), (32, 32), (32,), (10, 32), (10,)]
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
    assert all((layer.bias == 0).all() for layer in net if hasattr(layer, "bias"))


def test_weights_are_smaller_than_he_s():
    net = modules(edge.tanh_network, width=500).build(40, 10, seed=4240)
    assert net[2].weight.std().item() == pytest.approx(0.6 * (2 / 500) ** 0.5, rel=0.01)


def test_squared_loss_by_hand():
    z, y = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([0, 1])
    want = ((z - F.one_hot(y, 2)) ** 2).mean()
    assert edge.squared_loss(z, y).item() == pytest.approx(float(want))


def test_sharpness_is_the_largest_eigenvalue():
    net = modules(edge.tanh_network, width=3).build(40, 10, seed=4240).double()
    data = signals(4240, n_train=20).train.to(dtype=torch.float64)
    loss, w = flat_loss(net, data.x, data.y, edge.squared_loss)
    want = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, w))[-1]
    assert edge.sharpness(net, data, steps=40) == pytest.approx(float(want), rel=1e-6)


@pytest.fixture(scope="module")
def runs():
    return edge.train([4240, 4241], rates=[0.5], steps=10, every=5)


def test_dims(runs):
    assert runs.sharpness.dims == ("lr", "seed", "step")
    assert runs.step.values.tolist() == [0, 5, 10]


def test_training_is_plain_gradient_descent_on_all_examples(runs):
    net = modules(edge.tanh_network).build(40, 10, seed=4241)
    data = signals(4241, n_train=200).train
    for step in range(11):
        loss = edge.squared_loss(net(data.x), data.y)
        one = runs.sel(lr=0.5, seed=4241)
        if step in (0, 5, 10):
            assert float(one.train_loss.sel(step=step)) == pytest.approx(loss.item(), rel=1e-4)
            assert float(one.sharpness.sel(step=step)) == pytest.approx(
                edge.sharpness(net, data), rel=1e-3
            )
        gradients = torch.autograd.grad(loss, list(net.parameters()))
        with torch.no_grad():
            for w, g in zip(net.parameters(), gradients, strict=True):
                w.sub_(0.5 * g)


def test_the_sharpness_at_the_start_does_not_depend_on_the_rate():
    runs = edge.train([4240], rates=[0.1, 0.2], steps=1, every=1)
    assert np.ptp(runs.sharpness.sel(step=0).values) < 1e-5
    assert np.ptp(runs.sharpness.sel(step=1).values) > 1e-5
