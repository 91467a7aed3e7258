"""Moons and spirals: the geometry, the noise, the balance of classes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import kstest
from sklearn.datasets import make_moons

from reglab.data import moons, spirals
from reglab.data.planar import moon_points, spiral_points

BOTH = pytest.mark.parametrize("draw, classes", [(moons, 2), (spirals, 3)])


def test_moons_have_the_geometry_of_scikit_learn():
    want, y = make_moons(200, shuffle=False, noise=None)
    u = np.tile(np.linspace(0, 1, 100), 2)
    assert_allclose(moon_points(u, y), want, atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_are_one_arm_turned(classes):
    u = np.linspace(0, 1, 50)
    first = spiral_points(u, np.zeros(50), classes, 1.5)
    assert_allclose(np.hypot(*first.T), u, atol=1e-12)
    assert_allclose(first[-1], [np.cos(3 * np.pi), np.sin(3 * np.pi)], atol=1e-12)
    assert_allclose(first @ [1, 1j], u * np.exp(3j * np.pi * u), atol=1e-12)
    for k in range(classes):
        turned = (first @ [1, 1j]) * np.exp(2j * np.pi * k / classes)
        arm = spiral_points(u, np.full(50, k), classes, 1.5)
        assert_allclose(arm @ [1, 1j], turned, atol=1e-12)


def test_noise_free_points_lie_on_the_curves():
    s = moons(3, noise=0)
    center = torch.stack([s.test.y, s.test.y * 0.5], dim=1)  # of the half circles: (0, 0), (1, 1/2)
    offset = s.test.x - center
    assert torch.allclose(offset.norm(dim=1), torch.ones(2000), atol=1e-6)
    sign = 1 - 2 * s.test.y
    assert (offset[:, 1] * sign > -1e-6).all()
    x, y = (
        spirals(3, noise=0, turns=0, classes=4).test.x,
        spirals(3, noise=0, turns=0, classes=4).test.y,
    )
    angle = torch.atan2(x[:, 1], x[:, 0]) % (2 * torch.pi)
    assert torch.allclose(torch.cos(angle - y * torch.pi / 2), torch.ones(2000), atol=1e-6)


@BOTH
def test_noise_is_gaussian_of_the_given_size_and_moves_nothing_else(draw, classes):
    """Kolmogorov-Smirnov on 10 000 residuals; 2 tests at alpha 1e-6."""
    clean, noisy = (draw(5, n_test=5000, noise=noise).test for noise in (0, 0.25))
    residual = (noisy.x - clean.x).double() / 0.25
    assert torch.equal(clean.y, noisy.y)
    assert kstest(residual.ravel(), "norm").pvalue > 1e-6
    assert abs(np.corrcoef(residual.T)[0, 1]) < 5 / np.sqrt(5000)


def test_places_are_uniform_along_the_curve_and_unrelated_to_the_class():
    """KS on the radius of each arm, which is the place; 3 tests at alpha 1e-6."""
    s = spirals(6, n_test=9000, noise=0)
    for k in range(3):
        assert kstest(s.test.x[s.test.y == k].norm(dim=1).double(), "uniform").pvalue > 1e-6


@given(n=st.integers(1, 50), classes=st.integers(2, 6), seed=st.integers(0, 99))
def test_classes_are_balanced_to_within_one(n, classes, seed):
    y = spirals(seed, n_train=n, n_val=0, n_test=0, classes=classes).train.y
    counts = y.bincount(minlength=classes)
    assert counts.max() - counts.min() <= 1 and len(counts) == classes


def test_classes_come_in_random_order():
    y = moons(0, n_train=400).train.y
    repeats = (y[1:] == y[:-1]).double().mean()
    assert 0.1 < repeats < 0.4  # 1/4 in rounds of two; 0 if they alternated, 1 if sorted
    assert 60 < int(y[::2].sum()) < 140  # fair within each round


@BOTH
def test_more_examples_only_add_to_fewer(draw, classes):
    few, many = draw(4, n_train=31), draw(4, n_train=100)
    assert torch.equal(few.train.x, many.train.x[:31]) and torch.equal(few.val.x, many.val.x)
    assert torch.equal(few.train.y, many.train.y[:31]) and torch.equal(few.test.x, many.test.x)


@BOTH
def test_returns_what_it_promises(draw, classes):
    s = draw(1, n_train=50, n_val=20, n_test=30)
    assert [len(part) for part in s.parts().values()] == [50, 20, 30]
    for part in s.parts().values():
        assert part.x.shape[1:] == (2,) and part.x.dtype == torch.float32
        assert part.y.dtype == torch.int64 and set(part.y.tolist()) == set(range(classes))
    assert s.classes == classes


@BOTH
def test_errors(draw, classes):
    for change, message in [
        ({"noise": -0.1}, "noise must be a finite number >= 0; got -0.1"),
        ({"n_train": 0}, "n_train must be a whole number >= 1; got 0"),
        ({"n_val": -1}, "n_val must be a whole number >= 0; got -1"),
        ({"n_test": 1.5}, "n_test must be a whole number >= 0; got 1.5"),
    ]:
        with pytest.raises(ValueError, match=message):
            draw(0, **change)
    with pytest.raises(ValueError, match="classes must be a whole number >= 2; got 1"):
        spirals(classes=1)
    with pytest.raises(ValueError, match="turns must be a finite number >= 0; got -1"):
        spirals(turns=-1)
