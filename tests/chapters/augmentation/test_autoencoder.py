"""Stacked networks equal single ones; autoencoders learn; features come from training inputs."""

import torch
from torch import nn
from torch.testing import assert_close

from reglab.chapters.augmentation import autoencoder as ae
from reglab.data import signals


def test_stacked_networks_equal_single_ones():
    weights = ae.initial_weights([0, 1, 2], [5, 4, 3], "test")
    x = torch.randn(3, 7, 5)
    got = ae.forward(x, weights)
    for i in range(3):
        first, second = nn.Linear(5, 4), nn.Linear(4, 3)
        with torch.no_grad():
            for layer, w, b in ((first, *weights[:2]), (second, *weights[2:])):
                layer.weight.copy_(w[i].T)
                layer.bias.copy_(b[i, 0])
        assert_close(got[i], nn.Sequential(first, nn.ReLU(), second)(x[i]))


def test_weights_belong_to_their_seed_and_role():
    alone = ae.initial_weights([1], [5, 4], "test")
    beside = ae.initial_weights([0, 1], [5, 4], "test")
    assert torch.equal(alone[0][0], beside[0][1]) and not alone[1].any()
    assert not torch.equal(alone[0], ae.initial_weights([1], [5, 4], "other")[0])
    wide = ae.initial_weights([0], [2000, 50], "test")[0]
    assert abs(float(wide.detach().var()) * 2000 / 2 - 1) < 0.05


def test_an_autoencoder_explains_most_of_the_variance():
    """The best linear map from its features back to the inputs, against their mean."""
    x = torch.stack([signals(s, n_train=300).train.x for s in (0, 1)])
    encoder = ae.train_autoencoders(x, [0, 1], steps=150)
    codes = ae.forward(x, encoder)
    for code, inputs in zip(codes, x, strict=True):
        design = torch.cat([code, torch.ones(len(code), 1)], 1)
        fitted = design @ torch.linalg.lstsq(design, inputs).solution
        assert (inputs - fitted).var() < 0.35 * inputs.var()


def test_features_are_standardized_on_the_training_part_alone():
    splits = [signals(s, n_train=300) for s in (0, 1)]
    coded = ae.with_features(splits, [0, 1], steps=5)
    for before, after in zip(splits, coded, strict=True):
        assert after.train.x.shape == (300, ae.FEATURES)
        assert_close(after.train.x.mean(0), torch.zeros(ae.FEATURES), atol=1e-4, rtol=0)
        assert_close(after.train.x.std(0), torch.ones(ae.FEATURES), atol=1e-4, rtol=0)
        assert after.test.x.mean(0).abs().max() > 1e-3
        assert torch.equal(after.test.y, before.test.y) and after.classes == 10
