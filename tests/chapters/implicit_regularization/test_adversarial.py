"""Adversarial training and gradient penalties in miniature, and the attack by hand."""

import pytest
import torch
from torch.nn import functional as F

from reglab.chapters.implicit_regularization import adversarial
from reglab.core import stream
from reglab.data import signals
from reglab.sharpness import fgsm
from reglab.train import fit, mlp


@pytest.fixture(scope="module")
def network():
    return mlp(8).build(40, 10, seed=4240).double()


@pytest.fixture(scope="module")
def data():
    return signals(4240, n_train=50).train.to(dtype=torch.float64)


def loss_of(network, data, **arm):
    found = adversarial.batch_loss(network, data.x, data.y, stream(4240, "augment"), **arm)
    return found.item()


def test_without_anything_it_is_the_cross_entropy(network, data):
    want = F.cross_entropy(network(data.x), data.y).item()
    assert loss_of(network, data) == pytest.approx(want)


def test_adversarial_changes(network, data):
    x = fgsm(network, data.x, data.y, 0.1)
    want = F.cross_entropy(network(x), data.y).item()
    assert loss_of(network, data, size=0.1) == pytest.approx(want)
    assert want > loss_of(network, data)


def test_penalty_by_hand(network, data):
    x = data.x.clone().requires_grad_()
    slopes = torch.autograd.grad(F.cross_entropy(network(x), data.y, reduction="sum"), x)[0]
    want = loss_of(network, data) + 0.3 * float(slopes.square().sum(1).mean() / 2)
    assert loss_of(network, data, penalty=0.3) == pytest.approx(want)


def test_noise_is_of_the_same_size_with_random_signs(network, data):
    signs = 2.0 * (torch.rand(data.x.shape, generator=stream(4240, "augment")) < 0.5) - 1
    x = data.x + 0.1 * signs.to(data.x.dtype)
    want = F.cross_entropy(network(x), data.y).item()
    assert loss_of(network, data, noise=0.1) == pytest.approx(want)


def test_plain_training_is_what_fit_does():
    got = adversarial.train_network(4240, lr=0.1, epochs=2)
    want, splits = mlp(64).build(40, 10, 4240), signals(4240, n_train=1000)
    fit(want, splits, epochs=2, lr=0.1, schedule="cosine", seed=4240)
    x = splits.test.x
    assert torch.allclose(got(x), want(x), atol=1e-3)


def test_attacked_error_by_hand(network, data):
    assert adversarial.attacked_error(network, data, 0.0) == pytest.approx(
        float((network(data.x).argmax(1) != data.y).double().mean())
    )
    x = fgsm(network, data.x, data.y, 0.2)
    want = float((network(x).argmax(1) != data.y).double().mean())
    assert adversarial.attacked_error(network, data, 0.2) == pytest.approx(want)


def test_every_arm_is_attacked_at_every_size():
    arms = {"plain": dict(lr=0.1), "penalty": dict(lr=0.05, penalty=0.1)}
    runs = adversarial.train([4240, 4241], arms, sizes=[0.0, 0.1], epochs=1)
    assert runs.test_error.sizes == {"arm": 2, "seed": 2, "size": 2}
    network, splits = adversarial.train_network(4241, 0.05, 1, penalty=0.1), signals(4241, 1000)
    one = runs.sel(arm="penalty", seed=4241, size=0.1)
    for name, part in [("val_error", splits.val), ("test_error", splits.test)]:
        want = adversarial.attacked_error(network, part, 0.1)
        assert float(one[name]) == pytest.approx(want, abs=0.01)
