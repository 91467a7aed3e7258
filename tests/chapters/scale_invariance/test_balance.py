"""The exact case: by hand, against the library's balance, and against a walk of the optimizer."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from reglab.chapters.scale_invariance import balance as chapter
from reglab.core import stream
from reglab.penalties import angle_between, sgd_step


@pytest.fixture(scope="module")
def exact():
    return chapter.lengths([0.1, 0.5], [0.0, 0.1], [0.5, 2.0], steps=1000, every=10)


def test_first_steps_by_hand():
    two = chapter.lengths([0.5], [0.2], [2.0], steps=4, every=1).isel(lr=0, lam=0, start=0)
    squares = two.length.sel(schedule="constant").values ** 2
    assert_allclose(squares[:2], [4.0, 0.9**2 * 4 + 0.25 / 4])
    late = two.length.sel(schedule="a tenth from the middle on").values ** 2
    assert_allclose(late[:3], squares[:3])
    assert_allclose(late[3], 0.99**2 * squares[2] + 0.05**2 / squares[2])
    effective = two.effective.sel(schedule="a tenth from the middle on").values
    assert_allclose(effective, np.array([0.5, 0.5, 0.05, 0.05, 0.05]) / late)


def test_a_walk_of_the_optimizer_has_these_lengths_and_angles():
    """Random gradients at a right angle to the weight, as long as those of such a function."""
    want = chapter.lengths([0.2], [0.3], [0.7], steps=20, every=1).isel(
        lr=0, lam=0, start=0, schedule=0
    )
    generator = stream(0, "walk")
    w = torch.full((5,), 0.7 / 5**0.5, dtype=torch.float64)
    for step in range(20):
        g = torch.randn(5, generator=generator, dtype=torch.float64)
        g -= (g @ w) / (w @ w) * w
        before = w
        w, _ = sgd_step(w, chapter.SIZE * g / g.norm() / w.norm(), lr=0.2, decay=0.3)
        assert_allclose(before.norm(), want.length[step], rtol=1e-12)
        assert_allclose(angle_between(before, w), want.angle[step], rtol=1e-9)


def test_with_decay_every_start_ends_in_balance(exact):
    end = exact.isel(step=-1).sel(lam=0.1, schedule="constant")
    for start in (0.5, 2.0):
        one = end.sel(start=start)
        assert_allclose(one.length, one.length_in_balance, rtol=1e-6)
        assert_allclose(np.cos(one.angle), 1 - one.lr * 0.1, rtol=1e-6)
    assert_allclose(exact.time.sel(lam=0.1), [50, 10])


def test_without_decay_the_effective_rate_forgets_the_rate(exact):
    end = exact.isel(step=-1).sel(lam=0.0, schedule="constant", start=0.5)
    assert_allclose(end.effective, 1 / np.sqrt(2 * 1000), rtol=0.02)
    nothing = exact.sel(lam=0.0)
    assert nothing.angle_in_balance.isnull().all() and nothing.time.isnull().all()


def test_shapes(exact):
    assert dict(exact.sizes) == {"lr": 2, "lam": 2, "start": 2, "schedule": 2, "step": 101}
