"""The chapter's networks in miniature: what is measured, by hand, and what an arm may set."""

import numpy as np
import pytest
import torch

from reglab.chapters.implicit_regularization import networks
from reglab.data import signals
from reglab.sharpness import SAM, flat_loss
from reglab.train import fit, mlp

SEEDS = [4240, 4241]
ARMS = {
    "slow": networks.PLAIN | dict(lr=0.05, epochs=2),
    "SAM": networks.TUNED | dict(lr=0.1, epochs=1, techniques=[SAM(0.1)], label_noise=0.3),
    "lost": networks.PLAIN | dict(lr=1e6, epochs=1),
}


@pytest.fixture(scope="module")
def runs():
    with pytest.warns(RuntimeWarning, match="diverged"):
        return networks.train(ARMS, SEEDS)


def trained(seed=4241, **settings):
    net = mlp(64).build(40, 10, seed)
    noise = settings.pop("label_noise", 0.0)
    fit(net, signals(seed, 1000, label_noise=noise), seed=seed, report=[0], **settings)
    return net


def test_dims_and_measures(runs):
    assert runs.sizes == {"arm": 3, "seed": 2}
    assert list(runs) == networks.MEASURES
    assert runs.arm.values.tolist() == list(ARMS) and runs.seed.values.tolist() == SEEDS


@pytest.mark.parametrize("arm", ["slow", "SAM"])
def test_each_arm_is_what_fit_trains(runs, arm):
    settings = dict(ARMS[arm])
    net, noise = trained(**settings), settings.get("label_noise", 0.0)
    data, one = signals(4241, 1000, label_noise=noise), runs.sel(arm=arm, seed=4241)
    with torch.no_grad():
        wrong = (net(data.test.x).argmax(1) != data.test.y).double().mean()
    assert float(one.test_error) == pytest.approx(float(wrong), abs=0.003)
    assert float(one.squared_weights) == pytest.approx(networks.sum_of_squares(net), rel=1e-3)
    assert float(one.sharpness) == pytest.approx(networks.sharpness(net, data.train), rel=0.02)


def test_lost_networks_guess(runs):
    lost = runs.sel(arm="lost")
    assert (lost.test_error == 0.9).all() and (lost.train_error == 0.9).all()
    assert np.isnan(lost.sharpness).all() and np.isnan(lost.squared_weights).all()


def test_sharpness_is_the_largest_eigenvalue():
    net = mlp(4).build(40, 10, 4240).double()
    data = signals(4240, n_train=50).train.to(dtype=torch.float64)
    loss, w = flat_loss(net, data.x, data.y)
    want = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, w))[-1]
    assert networks.sharpness(net, data, steps=60) == pytest.approx(float(want), rel=1e-6)
    assert networks.sharpness(net, data) == pytest.approx(float(want), rel=0.02)


def test_sum_of_squares_counts_biases():
    net = mlp(4).build(40, 10, 4240)
    with torch.no_grad():
        for w in net.parameters():
            w.fill_(2.0)
    count = sum(w.numel() for w in net.parameters())
    assert networks.sum_of_squares(net) == 4 * count


def test_equal_distance_and_equal_steps():
    assert {arm["lr"] * arm["epochs"] for arm in networks.RATES.values()} == {120.0}
    for arm in networks.STEPS.values():
        assert arm["epochs"] * -(-networks.N // arm["batch"]) == 3000
    assert {arm["epochs"] for arm in networks.EPOCHS.values()} == {60}
