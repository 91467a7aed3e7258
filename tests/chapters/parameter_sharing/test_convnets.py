"""Convolutional, local and dense networks: their connections, their data, and one by `fit`."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from reglab.augmentation import Shift
from reglab.chapters.parameter_sharing import convnets as chapter
from reglab.data import signals
from reglab.sharing import count_weights
from reglab.train import fit


def built(name, seed=4190):
    return chapter.NETWORKS[name].build(40, 10, seed)


def count(network):
    return sum(w.numel() for w in network.parameters() if w.ndim > 1)


def layer_counts():
    return [
        count_weights(channels, 8, length, 5, stride=2, padding=2)
        for channels, length in [(1, 40), (8, 20), (8, 10)]
    ]


def test_the_convolution_has_the_shared_weights():
    assert count(built("convolution")) == sum(c.shared for c in layer_counts()) + 400


def test_local_connections_are_those_of_the_convolution():
    left = [int(m.mask.sum()) for m in built("local") if hasattr(m, "mask")]
    assert left == [c.local for c in layer_counts()]


def test_tied_by_hand_the_local_network_is_the_convolutional_one():
    conv, free = built("convolution").double(), built("local").double()
    kernels = [m for m in conv if isinstance(m, nn.Conv1d)]
    with torch.no_grad():
        for layer, kernel, (_, length) in zip(free[:-1:2], kernels, chapter.shapes(), strict=False):
            matrix = chapter.convolution_matrix(kernel.weight, length, **chapter.SPACING)
            layer.weight.copy_(matrix)
        free[-1].load_state_dict(conv[-1].state_dict())
    x = torch.randn(3, 40, dtype=torch.float64)
    assert_close(free(x), conv(x))


@pytest.mark.parametrize("place", [0, 2, 4])
def test_both_start_with_he_s_variance(place):
    conv = [m for m in built("convolution") if isinstance(m, nn.Conv1d)][place // 2]
    local = built("local")[place]
    fan_in = conv.in_channels * 5
    assert conv.weight.abs().max() <= (6 / fan_in) ** 0.5
    drawn = local.weight[local.mask]
    assert drawn.square().mean().item() == pytest.approx(2 / fan_in, rel=0.15)


@pytest.mark.parametrize("name", ["convolution", "local"])
def test_biases_start_at_0(name):
    assert all(not w.any() for n, w in built(name).named_parameters() if n.endswith("bias"))


def test_shuffled_points_are_the_same_points_in_one_order():
    plain, mixed = signals(4190, 100), chapter.ordered_signals(4190, 100, "shuffled")
    places = [(plain.train.x == mixed.train.x[:, [i]]).all(0).nonzero().item() for i in range(40)]
    assert sorted(places) == list(range(40)) and places != sorted(places)
    assert torch.equal(plain.test.x[:, places], mixed.test.x)


def test_each_seed_has_its_own_order():
    one, other = (chapter.ordered_signals(s, 100, "shuffled").train.x for s in (4190, 4191))
    assert not torch.equal(one.sort(1).values[0], other.sort(1).values[0])


@pytest.mark.parametrize("name", ["convolution", "dense + shifts"])
def test_a_network_is_what_fit_trains(name):
    runs = chapter.train_networks("100 signals", [4190], {name: 0.05}, steps=3)
    network, data = built(name.split()[0]), signals(4190, 100)
    techniques = [Shift(3)] if "shifts" in name else []
    settings = dict(epochs=3, lr=0.05, schedule="cosine", seed=4190)
    fit(network, data, techniques=techniques, **settings)
    error = (network.eval()(data.test.x).argmax(1) != data.test.y).double().mean().item()
    assert runs.test_error.item() == pytest.approx(error, abs=2e-3)


def test_all_settings_train_equally_many_steps():
    sizes = {name: data["n_train"] for name, data in chapter.SETTINGS.items()}
    assert all(chapter.STEPS * 100 % n == 0 for n in sizes.values())


def test_every_setting_has_rates():
    assert list(chapter.RATES) == list(chapter.SETTINGS)
