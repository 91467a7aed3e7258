"""Noise on weights: exact for a quadratic, and larger than the Hessian says at a kink."""

import pytest
import torch

from reglab.chapters.implicit_regularization import noise
from reglab.core import stream

W = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
CURVATURE = torch.tensor([1.0, 2.0, 6.0], dtype=torch.float64)


def quadratic(w):
    return (CURVATURE * w**2).sum() / 2 + 3 * w[0]


def test_a_quadratic_rises_by_half_of_the_trace():
    found = noise.mean_rise(quadratic, W, 0.1, 4000, stream(4240, "noise"))
    assert found == pytest.approx(0.01 / 2 * 9, rel=0.05)


def test_a_linear_part_cancels_exactly():
    assert noise.mean_rise(lambda w: 5 * w.sum(), W, 0.1, 3) == pytest.approx(0, abs=1e-12)


def test_expected_rise():
    found = noise.expected_rise(quadratic, W, 0.1, 5, stream(4240, "signs"))
    assert found == pytest.approx(0.045)


def test_the_hessian_does_not_see_a_kink():
    def kink(w):
        return torch.relu(w).sum()

    zero = 0 * W
    assert noise.expected_rise(kink, zero, 0.1, 5) == 0
    found = noise.mean_rise(kink, zero, 0.1, 4000, stream(4240, "noise"))
    assert found == pytest.approx(3 * 0.1 / (2 * torch.pi) ** 0.5, rel=0.05)
