"""Classifiers on generated images: normal laws, the stored table, a repeat in miniature."""

import numpy as np
import torch

from reglab.chapters.augmentation import generated
from reglab.data import Examples


def test_normal_images_have_the_means_and_the_common_covariance():
    g = torch.Generator().manual_seed(0)
    y = torch.arange(400) % 10
    centers = 0.3 + 0.4 * torch.rand(10, 6, generator=g)
    x = centers[y] + 0.03 * torch.randn(400, 6, generator=g)
    made = generated.normal_images(Examples(x, y), seed=1, count=20_000)
    assert torch.bincount(made.y).tolist() == [2000] * 10
    for k in (0, 7):
        own, real = made.x[made.y == k], x[y == k]
        assert (own.mean(0) - real.mean(0)).abs().max() < 0.005
        assert (own.std(0) / 0.03 - 1).abs().max() < 0.1


def test_the_stored_table_has_all_arms_and_seeds():
    stored = generated.stored()
    assert list(stored.arm.values) == list(generated.ARMS)
    assert stored.test_error.shape == (6, 10)
    assert not stored.test_error.isnull().any()
    assert 0.05 < float(stored.test_error.sel(arm="real").mean()) < 0.15


def test_stored_images_are_eight_by_eight_in_sixteen_steps():
    images = generated.stored_images()
    assert set(images.source.values) == {"real", "GAN", "normal law"}
    assert images.sizes["pixel"] == 64 and images.sizes["digit"] == 10
    assert float(images.min()) == 0 and float(images.max()) == 16
    assert np.array_equal(images, np.round(images))


def test_real_arms_can_be_repeated_and_generated_ones_run():
    """Of the stored arms, the real ones need no generator: the errors must come out again."""
    seeds = [2950, 2951]
    runs = generated.repeat(seeds, steps=2, epochs={"generated": 1, "both": 1, "real": 300})
    assert list(runs.arm.values) == list(generated.ARMS)
    for arm in ("real", "real, noise"):
        want = generated.stored().test_error.sel(arm=arm, seed=seeds)
        np.testing.assert_allclose(runs.test_error.sel(arm=arm), want, atol=0.01)
    assert float(runs.test_error.sel(arm="GAN").mean()) > 0.5
