"""Instance normalization: one channel of one example at a time."""

import torch
from torch.testing import assert_close

from reglab.normalization.instance import InstanceNorm1d, InstanceNorm2d, instance_norm

F64 = torch.float64


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def test_each_channel_of_each_example_has_mean_0_variance_1():
    y = instance_norm(3 * randn(2, 6, 5, 4) + 2, eps=0.0).flatten(2)
    assert_close(y.mean(2), torch.zeros(2, 6, dtype=F64))
    assert_close(y.var(2, correction=0), torch.ones(2, 6, dtype=F64))


def test_scale_and_shift_belong_to_channels():
    x, w, b = randn(2, 3, 5), randn(3, seed=1), randn(3, seed=2)
    want = w[:, None] * instance_norm(x) + b[:, None]
    assert_close(instance_norm(x, w, b), want)


def test_contrast_and_brightness_of_an_image_vanish():
    x = randn(2, 3, 4, 4)
    layer = InstanceNorm2d(3, eps=0.0)
    assert_close(layer(7 * x - 3), layer(x))


def test_without_scale_and_shift_unless_asked_for():
    assert not list(InstanceNorm1d(3).parameters())
    assert [tuple(p.shape) for p in InstanceNorm1d(3, affine=True).parameters()] == [(3,), (3,)]


def test_eps_is_added_to_the_variance():
    x = torch.tensor([[[1.0, -1.0]]], dtype=F64)
    assert_close(InstanceNorm1d(1, eps=3.0)(x), x / 2)
    assert_close(instance_norm(x, eps=3.0), x / 2)


def test_eps_is_torch_s_unless_said_otherwise():
    x = 1e-3 * randn(2, 3, 5)  # a variance that eps is not small against
    assert_close(instance_norm(x), torch.nn.functional.instance_norm(x), rtol=1e-12, atol=1e-12)
