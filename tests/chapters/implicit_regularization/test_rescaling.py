"""Rescaled layers: the same function, other curvature; ASAM does not see the difference."""

import pytest
import torch
from torch import nn

from reglab.chapters.implicit_regularization import rescaling
from reglab.data import signals
from reglab.sharpness import flat_loss
from reglab.train import fit, mlp

RHO = 0.1


@pytest.fixture(scope="module")
def data():
    return signals(4240, n_train=100)


@pytest.fixture(scope="module")
def network(data):
    net = mlp(8).build(40, 10, seed=4240)
    fit(net, data, epochs=5, lr=0.1)
    return net


@pytest.mark.parametrize("factor", [0.25, 3.0])
def test_the_function_stays(network, data, factor):
    scaled = rescaling.rescale(network, factor)
    assert torch.allclose(scaled(data.test.x), network(data.test.x), atol=1e-4)
    assert torch.allclose(scaled[0].weight, factor * network[0].weight)
    assert torch.allclose(scaled[0].bias, factor * network[0].bias)
    assert torch.equal(scaled[4].weight, network[4].weight)


def test_the_network_itself_stays(network):
    before = network[0].weight.clone()
    rescaling.rescale(network, 10.0)
    assert torch.equal(network[0].weight, before)


def test_only_relu_layers_can_be_rescaled():
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    with pytest.raises(ValueError, match="needs a ReLU"):
        rescaling.rescale(net, 2.0)


def test_the_factor_is_positive(network):
    with pytest.raises(ValueError, match="factor"):
        rescaling.rescale(network, -1.0)


@pytest.fixture(scope="module")
def found(network, data):
    return rescaling.measure(network, data.train, factors=[0.1, 1.0, 10.0], rho=RHO)


def test_sharpness_grows_at_both_ends(found):
    low, middle, high = found.sharpness.values
    assert low > 3 * middle and high > 3 * middle


def test_outputs_stay(found):
    assert (found.outputs < 1e-10).all()


def test_asam_sees_the_function_alone_and_sam_the_weights(found):
    assert float(found.asam.std() / found.asam.mean()) < 1e-6
    assert float(found.sam.max() / found.sam.min()) > 1.5


def test_the_loss_rises_by_what_sam_moves(network, data):
    network = network.double()
    part = data.train.to(dtype=torch.float64)
    loss, w = flat_loss(network, part.x, part.y)
    g = torch.func.grad(loss)(w)
    rises = rescaling.loss_rises(network, part, RHO)
    assert rises["sam"] == pytest.approx(float(loss(w + RHO * g / g.norm()) - loss(w)))
    t = w.abs()
    e = RHO * t**2 * g / (t * g).norm()
    assert rises["asam"] == pytest.approx(float(loss(w + e) - loss(w)))
